"""How fast the channels are against peers that answer at once: `python -m bench.channels`.

The peers run in a process of their own. Each notification is a new incident with a picture, four
are in flight as in the outbox, and each takes what the first message to its provider takes: one
request, or for Jira two, or for mail a connection with its login. Printed are notifications a
second, the wait of one (half, and 99 of 100, are faster), and our own CPU for it, in milliseconds.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from routing.channels.apprise import Apprise
from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.samples import alert, evidence, incident, notification
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook
from routing.notification import Notification
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams import clock
from streams.demo.peers.apprise import USER
from streams.demo.peers.serve import HOST, Credentials
from streams.lane import AT_ONCE

GIVEN = Credentials()
Ports = Mapping[str, int]


def _url(ports: Ports, kind: str) -> str:
    return f"http://{HOST}:{ports[kind]}"


CHANNELS: dict[str, tuple[str, Callable[[Ports], Channel]]] = {
    "slack": (
        "#ops",
        lambda at: Slack(name="it", token=Secret(GIVEN.slack_token), base_url=_url(at, "slack")),
    ),
    "slack alone": (
        "#ops",
        lambda at: Slack(
            name="it",
            token=Secret(GIVEN.slack_token),
            base_url=_url(at, "slack"),
            picture=False,
        ),
    ),
    "pagerduty": (
        "shop-oncall",
        lambda at: PagerDuty(
            name="it",
            routing_keys={name: Secret(key) for name, key in GIVEN.pagerduty_keys.items()},
            base_url=_url(at, "pagerduty"),
        ),
    ),
    "email": (
        "ana@shop.example",
        lambda at: Email(name="it", host=HOST, port=at["smtp"], sender="tocsin@shop.example"),
    ),
    "jira": (
        "OPS",
        lambda at: Jira(
            name="it",
            base_url=_url(at, "jira"),
            user=GIVEN.jira_user,
            token=Secret(GIVEN.jira_token),
        ),
    ),
    "webhook": (
        "bot",
        lambda at: Webhook(
            name="it",
            urls={"bot": f"{_url(at, 'webhook')}/bot"},
            secret=Secret(GIVEN.webhook_secret),
        ),
    ),
    "apprise": (
        "phone",
        lambda at: Apprise(
            name="it",
            urls={
                "phone": Secret(
                    f"json://{USER}:{GIVEN.apprise_password}@{HOST}:{at['apprise']}/phone"
                )
            },
        ),
    ),
}


def main() -> None:
    """Print one line for each channel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="notifications to each")
    parser.add_argument("--only", choices=CHANNELS, help="one channel alone")
    given = parser.parse_args()
    print(f"{'channel':<12} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>8}")
    asyncio.run(_all([given.only] if given.only else list(CHANNELS), given.count))


async def _all(kinds: list[str], count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with _peers(folder) as ports:
            for kind in kinds:
                print(f"{kind:<12} {await _measured(kind, ports, count)}", flush=True)


@contextlib.asynccontextmanager
async def _peers(folder: str) -> AsyncIterator[Ports]:
    """The peers, in a process that ends with its standard input."""
    command = [sys.executable, "-m", "streams.demo.peers", "--dir", folder]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


async def _measured(kind: str, ports: Ports, count: int) -> str:
    address, make = CHANNELS[kind]
    channel = make(ports)
    try:
        await _tell(channel, _page(address, kind, -1))  # connections, imports, who the server is
        began, cpu = time.perf_counter(), time.process_time()
        waits = await _flood(channel, [_page(address, kind, n) for n in range(count)])
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    finally:
        await channel.close()
    ranked = sorted(waits)
    p50, p99 = (ranked[min(count - 1, int(count * part))] * 1e3 for part in (0.5, 0.99))
    return f"{count / took:9.1f} {p50:8.1f} {p99:8.1f} {cpu / count * 1e3:8.2f}"


async def _flood(channel: Channel, pages: list[Notification]) -> list[float]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(page: Notification) -> float:
        async with turn:
            began = time.perf_counter()
            await _tell(channel, page)
            return time.perf_counter() - began

    return await asyncio.gather(*map(one, pages))


async def _tell(channel: Channel, page: Notification) -> None:
    """As the outbox does it, decoding included."""
    given: Any = msgspec.json.decode(msgspec.json.encode(page), type=Notification)
    receipt = await channel.send(replace(channel.render(given), at=clock.now()))
    assert receipt.status is DeliveryStatus.SENT, receipt.detail


def _page(address: str, kind: str, number: int) -> Notification:
    id = f"{kind}-{number}"
    one = alert(evidence=evidence(value=700.0 + number))  # a picture of its own
    return notification(address, id=id, incident=incident(id=id, alerts={"f1": one}))


if __name__ == "__main__":
    main()
