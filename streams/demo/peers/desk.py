"""The desk: a page with everything that the stand-ins were told, and their buttons to answer it."""

from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct
from yarl import URL

from streams import clock
from streams.demo.peers.hand import Hand, NothingToPressError, Word
from streams.demo.peers.received import Received
from streams.demo.peers.serve import HOST, Peers

SHOWN = 20  # incidents, the newest first
NAMES = {"slack": "Slack", "pagerduty": "PagerDuty", "email": "Mail", "jira": "Jira"}
_WORDS: tuple[Word, ...] = ("acknowledge", "resolve")
_STATES = ("acknowledged", "resolved")


class Seen(Struct, frozen=True, kw_only=True):
    """What one stand-in shows of an incident."""

    channel: str
    contact: str
    name: str
    said: str
    at: str
    state: str


class Told(Struct, frozen=True, kw_only=True):
    """An incident as all stand-ins together show it."""

    incident: str
    title: str
    seen: tuple[Seen, ...]
    is_over: bool


class Desk:
    """Serves the page, and presses for whoever asks; `console` is the address that is told."""

    def __init__(self, peers: Peers, console: str, *, port: int = 0) -> None:
        self._peers, self._console, self._wish = peers, console, port
        self._runner: web.AppRunner | None = None
        self._hand: Hand | None = None
        self.port = 0
        loader = FileSystemLoader(Path(__file__).parent)
        pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._page = pages.get_template("desk.html")

    async def __aenter__(self) -> Self:
        self._hand = Hand(self._peers, self._console) if self._console else None
        app = web.Application()
        app.router.add_get("/", self._show)
        app.router.add_post("/", self._press)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._wish).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._hand is not None:
            await self._hand.close()

    async def _show(self, request: web.Request) -> web.Response:
        text = self._page.render(
            told=told(self._peers.journal.received, done=self._peers.jira.done())[:SHOWN],
            words=_WORDS if self._hand else (),
            console=self._console,
            problem=request.query.get("problem", ""),
        )
        return web.Response(text=text, content_type="text/html")

    async def _press(self, request: web.Request) -> web.Response:
        """Press what the form names; programs, which accept JSON, hear of it by the status."""
        if request.headers.get("Origin") not in (None, f"http://{request.host}"):
            return web.Response(status=403, text="this was pressed on another site\n")
        form = await request.post()
        channel, incident = str(form.get("channel", "")), str(form.get("incident", ""))
        word = next((known for known in _WORDS if known == form.get("word")), None)
        if self._hand is None or word is None or channel not in NAMES:
            return web.Response(status=400, text="there is nothing like that to press\n")
        problem = ""
        try:
            await self._hand.press(channel, incident, word)
        except NothingToPressError as error:
            problem = str(error)
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = f"the console did not take it: {error or type(error).__name__}"
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"problem": problem}, status=409 if problem else 200)
        raise web.HTTPSeeOther(URL("/").with_query({"problem": problem} if problem else {}))


def told(received: Iterable[Received], *, done: Collection[str] = ()) -> list[Told]:
    """The incidents that the stand-ins heard of, the newest first.

    `done` are those whose issues are closed, of which Jira itself tells nothing.
    """
    by_incident: dict[str, dict[tuple[str, str], list[Received]]] = {}
    for one in received:
        if one.channel in NAMES and one.incident:
            places = by_incident.setdefault(one.incident, {})
            places.setdefault((one.channel, one.contact), []).append(one)
    newest_first = reversed(by_incident.items())
    return [_told(incident, places, incident in done) for incident, places in newest_first]


def _told(incident: str, places: dict[tuple[str, str], list[Received]], is_done: bool) -> Told:
    seen = tuple(_seen(some, is_done) for some in places.values())
    title = next(iter(places.values()))[0].text.partition("\n")[0]
    return Told(
        incident=incident,
        title=title,
        seen=seen,
        is_over=all(one.state == "resolved" for one in seen),
    )


def _seen(some: list[Received], is_done: bool) -> Seen:
    last = some[-1]
    states = [one.reason for one in some if one.reason in _STATES]
    states += ["resolved"] if is_done and last.channel == "jira" else []
    return Seen(
        channel=last.channel,
        contact=last.contact,
        name=NAMES[last.channel],
        said=last.text.partition("\n")[0],
        at=f"{clock.instant(last.at):%H:%M:%S}",
        state=states[-1] if states else "open",
    )
