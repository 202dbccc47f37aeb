"""For each kind of channel: how to set one up against its peer, and how to trouble it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from routing.channels.apprise import Apprise
from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.pagerduty_clients import ClientName
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook
from routing.notification import Notification
from routing.receipt import Receipt
from routing.secret import Secret
from streams import clock
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import HOST, Credentials, Peers
from streams.demo.peers.smtp import MailFault

CREDENTIALS = Credentials(
    slack_token="xoxb-test-5lack",
    pagerduty_keys={"oncall": "k3y00000000000000000000000000001"},
    jira_token="j1ra-test-token",
    smtp_user="tocsin",
    smtp_password="5mtp-test-password",
    webhook_secret="w3bhook-test-secret",
    apprise_password="4pprise-test-password",
)
SECRETS = (
    CREDENTIALS.slack_token,
    *CREDENTIALS.pagerduty_keys.values(),
    CREDENTIALS.jira_token,
    CREDENTIALS.smtp_password,
    CREDENTIALS.webhook_secret,
    CREDENTIALS.apprise_password,
    "wrong-secret",
)


class Bench(Struct, frozen=True):
    """One kind's set-up."""

    address: str
    make: Callable[..., Channel]
    faults: Callable[[Peers], Any]
    secret: str
    is_http: bool = True
    is_read: bool = True  # a good status with a senseless body is no yes
    is_told_why: bool = True
    knows_repeats: bool = True


def _slack(peers: Peers, secret: str = CREDENTIALS.slack_token, timeout_s: float = 5) -> Slack:
    url = peers.url("slack")
    return Slack(name="it", token=Secret(secret), base_url=url, timeout_s=timeout_s)


def _pagerduty(
    peers: Peers,
    secret: str = CREDENTIALS.pagerduty_keys["oncall"],
    timeout_s: float = 5,
    client: ClientName = "pdpyras",
) -> PagerDuty:
    keys, url = {"oncall": Secret(secret)}, peers.url("pagerduty")
    return PagerDuty(name="it", routing_keys=keys, base_url=url, timeout_s=timeout_s, client=client)


def _email(peers: Peers, secret: str = CREDENTIALS.smtp_password, timeout_s: float = 5) -> Email:
    return Email(
        name="it",
        host=HOST,
        port=peers.ports["smtp"],
        sender="Tocsin <tocsin@shop.example>",
        username="tocsin",
        password=Secret(secret),
        timeout_s=timeout_s,
    )


def _jira(peers: Peers, secret: str = CREDENTIALS.jira_token, timeout_s: float = 5) -> Jira:
    return Jira(
        name="it",
        base_url=peers.url("jira"),
        user=CREDENTIALS.jira_user,
        token=Secret(secret),
        timeout_s=timeout_s,
    )


def _webhook(
    peers: Peers, secret: str = CREDENTIALS.webhook_secret, timeout_s: float = 5
) -> Webhook:
    urls: dict[str, str | Secret] = {"bot": f"{peers.url('webhook')}/bot"}
    return Webhook(name="it", urls=urls, secret=Secret(secret), timeout_s=timeout_s)


def _apprise(
    peers: Peers, secret: str = CREDENTIALS.apprise_password, timeout_s: float = 5
) -> Apprise:
    there = peers.url("apprise").removeprefix("http://")
    return Apprise(
        name="it",
        urls={"phone": Secret(f"json://tocsin:{secret}@{there}/phone")},
        timeout_s=timeout_s,
    )


BENCHES = {
    "slack": Bench("#ops", _slack, lambda peers: peers.slack.faults, CREDENTIALS.slack_token),
    "pagerduty": Bench(
        "oncall",
        _pagerduty,
        lambda peers: peers.pagerduty.faults,
        CREDENTIALS.pagerduty_keys["oncall"],
    ),
    "pagerduty by pagerduty": Bench(
        "oncall",
        partial(_pagerduty, client="pagerduty"),
        lambda peers: peers.pagerduty.faults,
        CREDENTIALS.pagerduty_keys["oncall"],
    ),
    "email": Bench(
        "ana@shop.example",
        _email,
        lambda peers: peers.smtp,
        CREDENTIALS.smtp_password,
        is_http=False,
    ),
    "jira": Bench("OPS", _jira, lambda peers: peers.jira.faults, CREDENTIALS.jira_token),
    "webhook": Bench(
        "bot",
        _webhook,
        lambda peers: peers.webhook.faults,
        CREDENTIALS.webhook_secret,
        is_read=False,
    ),
    "apprise": Bench(
        "phone",
        _apprise,
        lambda peers: peers.apprise.faults,
        CREDENTIALS.apprise_password,
        is_told_why=False,
        knows_repeats=False,
    ),
}


class _Port:
    """Peers of which only the port matters."""

    def __init__(self, port: int) -> None:
        self.ports = {"smtp": port}

    def url(self, kind: str) -> str:
        tail = "/api/" if kind == "slack" else ""
        return f"http://{HOST}:{self.ports['smtp']}{tail}"


def at_port(kind: str, port: int, timeout_s: float) -> Channel:
    """A channel that talks to this port of the machine."""
    return BENCHES[kind].make(_Port(port), timeout_s=timeout_s)


class Later(asyncio.SelectorEventLoop):
    """An event loop whose time can be put on, by as much as is in `passed`."""

    passed = 0.0

    def time(self) -> float:
        return super().time() + self.passed


def with_peers(folder: Path, story: Callable[[Peers], Awaitable[None]], **given: Any) -> None:
    """Run the story while the peers serve."""

    async def run() -> None:
        async with Peers(folder, credentials=CREDENTIALS, **given) as peers:
            await story(peers)

    with asyncio.Runner(loop_factory=Later) as runner:
        runner.run(run())


def later(seconds: float) -> None:
    """Let time pass for the story that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Later)
    loop.passed += seconds


async def tell(channel: Channel, *notifications: Notification) -> list[Receipt]:
    """Send them one after another."""
    at = clock.now()
    return [await channel.send(replace(channel.render(each), at=at)) for each in notifications]


def whats(peers: Peers) -> list[str]:
    """What Slack was told; all but pictures, which come when they are drawn."""
    return [one.what for one in peers.journal.received if one.what != "picture"]


def lost(kind: str) -> Any:
    """The fault in which the peer does all it is asked, and then hangs up."""
    return Fault(kind="lost") if BENCHES[kind].is_http else MailFault(stage="DATA", kind="lost")
