"""Where providers tell what people answered: signed requests, each taken once.

Our own troubles are 503, never 4xx: providers try again after the first, and give up upon the
second. Nothing of a request is logged.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from console.answers import Outcome, carry_out
from console.desk import Desk, desk_of
from console.errors import LogUnavailable
from console.replies import reply
from routing.channels.answer import Answer, Hearing, Unheard, hearing

LARGEST = 1024 * 1024
READ_WITHIN_S = 5.0
WRITTEN_WITHIN_S = 2.5  # Slack waits for 3 s, PagerDuty for 5 s
_STATUS = {"not_set_up": 404, "not_genuine": 401, "stale": 401, "unreadable": 400}

routes = web.RouteTableDef()


@routes.post("/hooks/{kind:[a-z]+}/{channel:[^/]+}")
async def hook(request: web.Request) -> web.Response:
    """Write what was answered, then say that we have it."""
    desk = desk_of(request)
    try:
        found = desk.channels.get(request.match_info["channel"])
        channel = hearing(found, request.match_info["kind"])
        body = await _body(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answers = channel.hear(body, headers, now=desk.now().timestamp())
    except Unheard as unheard:
        desk.heard[_counted(request), unheard.reason] += 1
        return web.Response(status=_STATUS[unheard.reason])
    is_taken = await take(desk, channel, answers)
    return web.Response(status=200) if is_taken else _later()


async def take(desk: Desk, channel: Hearing, answers: Sequence[Answer]) -> bool:
    """Carry each answer out, and count what became of it. False where it has to come again."""
    outcomes: list[tuple[Answer, Outcome]] = []
    try:
        async with asyncio.timeout(WRITTEN_WITHIN_S):
            for answer in answers:
                if answer.id in desk.taken:
                    desk.heard[channel.name, "repeated"] += 1
                    continue
                is_old = desk.taken.is_overtaken(channel.name, answer)
                outcome = "late" if is_old else await carry_out(desk, channel, answer)
                outcomes.append((answer, outcome))
                desk.taken.add(channel.name, answer)
    except (LogUnavailable, TimeoutError):
        desk.heard[channel.name, "failed"] += 1
        return False
    finally:
        for answer, outcome in outcomes:
            desk.heard[channel.name, outcome] += 1
            reply(desk, channel, answer, outcome)
    return True


def _counted(request: web.Request) -> str:
    """The name to count under: only those of channels that exist, or counters would not end."""
    name = request.match_info["channel"]
    return name if name in desk_of(request).channels else "none"


async def _body(request: web.Request) -> bytes:
    """The body as it was signed: whole, not compressed, and not without end."""
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            async for part in request.content.iter_any():
                body += part
                if len(body) > LARGEST:
                    raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "5"})
