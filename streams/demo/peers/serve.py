"""All peers in one event loop."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from msgspec import Struct, field

from streams.demo.peers.apprise import ApprisePeer
from streams.demo.peers.jira import JiraPeer
from streams.demo.peers.pagerduty import PagerDutyPeer
from streams.demo.peers.received import Journal
from streams.demo.peers.slack import SlackPeer
from streams.demo.peers.smtp import SmtpPeer
from streams.demo.peers.webhook import WebhookPeer

HOST = "127.0.0.1"
_OVER_HTTP = ("slack", "pagerduty", "jira", "webhook", "apprise")


class Credentials(Struct, frozen=True, kw_only=True):
    """What the peers take for true. Made up: they open nothing but these peers."""

    slack_token: str = "xoxb-demo"
    pagerduty_keys: dict[str, str] = field(
        default_factory=lambda: {"shop-oncall": "0123456789abcdef0123456789abcdef"}
    )
    jira_user: str = "tocsin@shop.example"
    jira_token: str = "jira-demo"
    smtp_user: str = ""
    smtp_password: str = ""
    slack_signing_secret: str = "slack-signing-demo"
    pagerduty_webhook_secret: str = "pagerduty-webhook-demo"
    jira_webhook_secret: str = "jira-webhook-demo"
    webhook_secret: str = "whsec_ZGVtbw=="
    webhook_token: str = ""
    apprise_password: str = "apprise-demo"


class Peers:
    """The peers, served while the context is open.

    `ports` says where `slack`, `pagerduty`, `jira`, `webhook`, `apprise` and `smtp` listen; as
    given they are wishes, 0 for any free one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ports: Mapping[str, int] | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        given = credentials or Credentials()
        names = {key: name for name, key in given.pagerduty_keys.items()}
        self.journal = Journal(folder)
        self.credentials = given
        self.slack = SlackPeer(self.journal, token=given.slack_token)
        self.pagerduty = PagerDutyPeer(self.journal, keys=names)
        self.jira = JiraPeer(self.journal, token=given.jira_token, user=given.jira_user)
        self.smtp = SmtpPeer(self.journal, user=given.smtp_user, password=given.smtp_password)
        self.webhook = WebhookPeer(
            self.journal, secret=given.webhook_secret, token=given.webhook_token
        )
        self.apprise = ApprisePeer(self.journal, password=given.apprise_password)
        self.ports: dict[str, int] = {}
        self._wishes = ports or {}
        self._runners: list[web.AppRunner] = []
        self._mail: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        try:
            for kind in _OVER_HTTP:
                self.ports[kind] = await self._serve(getattr(self, kind).app(), kind)
            await self._serve_mail()
        except OSError:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    def url(self, kind: str) -> str:
        """The base address of a peer that speaks HTTP."""
        tail = "/api/" if kind == "slack" else ""
        return f"http://{HOST}:{self.ports[kind]}{tail}"

    async def close(self) -> None:
        """Stop listening and let go of whoever hangs."""
        for kind in _OVER_HTTP:
            getattr(self, kind).faults.release()
        self.smtp.release()
        if self._mail is not None:
            self._mail.close()
        for runner in self._runners:
            await runner.cleanup()

    async def _serve(self, app: web.Application, kind: str) -> int:
        app.router.add_get("/__received", self._received)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self._wishes.get(kind, 0))
        await site.start()
        return int(runner.addresses[0][1])

    async def _serve_mail(self) -> None:
        loop = asyncio.get_running_loop()
        wish = self._wishes.get("smtp", 0)
        self._mail = await loop.create_server(self.smtp.protocol, HOST, wish)
        self.ports["smtp"] = int(self._mail.sockets[0].getsockname()[1])

    async def _received(self, request: web.Request) -> web.Response:
        """Everything that any of the peers accepted, oldest first; `?bodies=1` for all of it."""
        body = self.journal.as_json(bodies="bodies" in request.query)
        return web.Response(body=body, content_type="application/json")
