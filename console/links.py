"""Links of mails: a page that asks once more, and its button. A GET changes nothing."""

import secrets

import structlog
from aiohttp import web

from console.answers import carry_out, is_so, name_of
from console.desk import Desk, desk_of
from console.errors import LogUnavailable
from console.render import message, page
from routing.channels.answer import BUTTONS, Answer, Person, Unheard
from routing.channels.email import Email
from routing.channels.mail_links import Link
from routing.digest import digest

log = structlog.get_logger()
routes = web.RouteTableDef()

_DOES = {
    "acknowledge": "You take it: escalation stops, and all who were told hear of it.",
    "resolve": "It is closed, and all who were told hear of it.",
    "silence": "Nobody is told of its alerts for an hour.",
}
_REFUSED = {
    "stale": (410, "This link is over", "Open the incident, and use the buttons on its page."),
    "not_genuine": (
        403,
        "This link is not one of ours",
        "It was cut short or changed on its way: copy the whole address from the mail.",
    ),
}
_NO_KEY = (
    404,
    "Links do not work here",
    "The console has no link_key for this channel: set it as the worker has it.",
)
_GONE = "It may be long resolved: look in the list of incidents."


@routes.get("/act/{channel:[^/]+}/{token:[^/]+}")
async def ask(request: web.Request) -> web.Response:
    """What the link would do, and the button that does it."""
    try:
        _, link = _opened(request)
    except Unheard as unheard:
        return _refused(request, unheard)
    return _page(request, link)


@routes.post("/act/{channel:[^/]+}/{token:[^/]+}")
async def act(request: web.Request) -> web.Response:
    """Write what the link stands for; its signature is all that is needed."""
    desk = desk_of(request)
    try:
        mail, link = _opened(request)
        answer = await _answer(request, link)
        outcome = await carry_out(desk, mail, answer)
    except Unheard as unheard:
        return _refused(request, unheard)
    except LogUnavailable as error:
        desk.heard[request.match_info["channel"], "failed"] += 1
        log.warning("command not sent", command=link.word, incident=link.incident_id)
        return _page(request, link, problem=f"Not sent: {error}.", status=503)
    desk.heard[mail.name, outcome] += 1
    if outcome == "refused":
        problem = "Not done: its alerts share no label. Make a silence by hand."
        return _page(request, link, problem=problem, status=409)
    return web.Response(
        status=303, headers={"Location": f"{request.rel_url.raw_path}?sent=1"}, text="Sent.\n"
    )


def _opened(request: web.Request) -> tuple[Email, Link]:
    """The channel and the link. Raises `Unheard`, and counts that."""
    desk, name = desk_of(request), request.match_info["channel"]
    mail = desk.channels.get(name)
    try:
        if not isinstance(mail, Email):
            raise Unheard("not_set_up")
        return mail, mail.opened(request.match_info["token"], now=desk.now().timestamp())
    except Unheard as unheard:
        desk.heard[name if mail else "none", unheard.reason] += 1
        raise


async def _answer(request: web.Request, link: Link) -> Answer:
    try:
        once = (await request.post()).get("once", "")
    except (ValueError, LookupError):
        raise Unheard("not_genuine") from None
    said = once[:64] if isinstance(once, str) else ""
    who = Person(addresses=_addresses(link), name=link.recipient)
    name = digest(link.incident_id, link.word, link.recipient, said, chars=20)
    return Answer(incident_id=link.incident_id, word=link.word, by=who, id=f"mail:{name}")


def _addresses(link: Link) -> tuple[str, ...]:
    return (link.recipient, *(part.strip() for part in link.recipient.split(",")))


def _page(
    request: web.Request, link: Link, *, problem: str = "", status: int = 200
) -> web.Response:
    desk = desk_of(request)
    incident = desk.projection.incident(link.incident_id)
    if incident is None:
        heading = "There is no such incident here"
        return message(request, status=404, heading=heading, advice=_GONE)
    by = _by(desk, request, link)
    is_sent = bool(request.query.get("sent")) and not problem
    return page(
        request,
        "act.html",
        status=status,
        incident=incident,
        label=BUTTONS[link.word],
        does=_DOES.get(link.word, ""),
        by=by,
        problem=problem,
        is_sent=is_sent,
        is_so=is_so(incident, link.word, by),
        once=secrets.token_hex(8),
    )


def _by(desk: Desk, request: web.Request, link: Link) -> str:
    who = Person(addresses=_addresses(link), name=link.recipient)
    return name_of(desk.users, request.match_info["channel"], who)


def _refused(request: web.Request, unheard: Unheard) -> web.Response:
    status, heading, advice = _REFUSED.get(unheard.reason, _NO_KEY)
    return message(request, status=status, heading=heading, advice=advice)
