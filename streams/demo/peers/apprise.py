"""A service that takes pushes from Apprise, as its `json://` URLs send them."""

import base64

from aiohttp import web

from streams.clock import epoch_s
from streams.demo.peers.faults import Faults, application
from streams.demo.peers.received import Journal

USER = "tocsin"
_LONGEST = 1800  # of a text; services for phones take about as much


class ApprisePeer:
    """Any path is an address of its own; `password` is asked for."""

    def __init__(self, journal: Journal, *, password: str) -> None:
        self.journal = journal
        self.faults = Faults()
        self._login = base64.b64encode(f"{USER}:{password}".encode()).decode()
        self._known: set[tuple[str, str]] = set()

    def app(self) -> web.Application:
        """The application to serve."""
        app = application(self.faults)
        app.router.add_post("/{address}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Basic {self._login}":
            return web.Response(status=401)
        said = await request.json()
        if not said["title"] or len(said["message"]) > _LONGEST:
            return web.Response(status=400)
        address = request.match_info["address"]
        incident = said["message"].rpartition("\n")[2].removeprefix("Incident ")
        is_known = (address, incident) in self._known
        self._known.add((address, incident))
        self.journal.keep(
            epoch_s(),
            "apprise",
            "again" if is_known else "open",
            incident=incident,
            contact=address,
            ref=f"{address} {incident}",
            text=said["title"],
            body=said,
        )
        return web.Response(status=200)
