"""A program that takes webhooks: it checks the signature, and knows a repeat by its id."""

import msgspec
from aiohttp import web

from routing.channels import signature
from routing.secret import Secret
from streams.clock import epoch_s
from streams.demo.peers.faults import Faults, application
from streams.demo.peers.received import Journal


class WebhookPeer:
    """Any path is an address of its own; `token` is asked for where there is one."""

    def __init__(self, journal: Journal, *, secret: str, token: str = "") -> None:
        self.journal = journal
        self.faults = Faults()
        self._secret = Secret(secret)
        self._token = token
        self._seen: set[str] = set()
        self._open: set[tuple[str, str]] = set()

    def app(self) -> web.Application:
        """The application to serve."""
        app = application(self.faults)
        app.router.add_post("/{address}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.json_response({"error": "who are you?"}, status=401)
        if not signature.is_genuine(raw, request.headers, now=epoch_s(), secret=self._secret):
            return web.json_response({"error": "the signature is wrong"}, status=401)
        if request.headers[signature.ID] not in self._seen:
            self._seen.add(request.headers[signature.ID])
            self._keep(request.match_info["address"], raw)
        return web.Response(status=204)

    def _keep(self, address: str, raw: bytes) -> None:
        given = msgspec.json.decode(raw)
        ours = given["tocsin"]
        talk = (address, ours["incident"])
        self.journal.keep(
            epoch_s(),
            "webhook",
            "again" if talk in self._open else "open",
            incident=ours["incident"],
            contact=address,
            reason=ours["reason"],
            ref=ours["notification"],
            text=ours["title"],
            body=given,
        )
        (self._open.discard if ours["state"] == "resolved" else self._open.add)(talk)
