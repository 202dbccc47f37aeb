"""A storm of alerts through the engine and the real outbox, at the pace of the providers.

    python -m bench.delivery.storm [--alerts 10000] [--causes 300] [--critical 40] [--json]

So many alerts within a minute, of so many causes, some of them critical: those go to PagerDuty and
Slack, the others to Slack and mail. The providers answer after 0.2 s. Time is virtual: what is
measured is how long messages wait for each other, not the machine. Exits with 1 where a channel was
told faster than its provider takes, or where the first page of a critical cause took 30 s or more.
"""

import argparse
import asyncio
import json
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from faust.types import TP

from routing.alert import Alert, Severity
from routing.channels.channel import Message
from routing.channels.registry import OURS
from routing.effect import Effect, Notify
from routing.engine import Engine
from routing.event import AlertSeen, Tick, decode
from routing.labels import Matcher
from routing.pace import UNPACED, Pace
from routing.policy import Contact, Policy, Receiver, Route
from routing.receipt import DeliveryStatus, Receipt
from streams.chunk import Chunk
from streams.ledger import Ledger
from streams.outbox import Outbox
from streams.stats import Stats
from tests.streams.virtual import run

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
SLACK, PAGER, MAIL = (
    Contact("slack", "#ops"),
    Contact("pagerduty", "shop-oncall"),
    Contact("email", "ana@shop.example"),
)
PACES: dict[str, Pace] = {kind: getattr(made, "pace", UNPACED) for kind, made in OURS.items()}
_TURN_S = 0.05
_ANSWERS_S = 0.2
_GOAL_S = 30.0
_AFTER_S = 600.0


class Provider:
    """A provider that notes when it was asked, and takes everything."""

    def __init__(self, kind: str) -> None:
        self.kind = self.name = kind
        self.at: list[float] = []
        self.changes: list[float] = []
        self.first: dict[str, float] = {}

    def render(self, notification: Any) -> Message:
        """Nothing of it matters here."""
        return Message(notification=notification, payload={})

    async def send(self, message: Message) -> Receipt:
        """Take it."""
        now, about = asyncio.get_running_loop().time(), message.notification
        (self.changes if about.handle else self.at).append(now)
        self.first.setdefault(about.incident.id, now)
        await asyncio.sleep(_ANSWERS_S)
        return about.receipt(DeliveryStatus.SENT, handle={"ts": about.incident.id})

    async def close(self) -> None:
        """Nothing is held."""


class World:
    """The engine, the outbox, and the log between them."""

    generation = 1
    is_member = True
    events = "events"

    def __init__(self) -> None:
        self.providers = {one.channel: Provider(one.channel) for one in (SLACK, PAGER, MAIL)}
        self.engine, self.ledger, self.topics = Engine(policy()), Ledger(), self
        self.paces, self.stats = PACES, Stats()
        self.log: list[bytes] = []
        self.outbox = Outbox(
            self,  # type: ignore[arg-type]
            config=lambda: self,  # type: ignore[arg-type, return-value]
            producer=self,
            dead_letters=None,  # type: ignore[arg-type]
            stats=self.stats,
        )

    def channels(self) -> Mapping[str, Provider]:
        """As the configuration has them."""
        return self.providers

    def part(self, _: int) -> Ledger:
        """The ledger of the only partition."""
        return self.ledger

    async def write(self, *_: Any) -> None:
        """The changelog takes it."""

    async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        """The event log takes it."""
        self.log.append(value)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def pass_time(self, until: float) -> None:
        """The engine reads the log; its wishes go to the outbox."""
        while (now := asyncio.get_running_loop().time()) < until:
            at = START + timedelta(seconds=now)
            events, self.log = [decode(value) for value in self.log], []
            due = self.engine.next_wake()
            if due is not None and due <= at:
                events.append(Tick())
            await self.wish([e for event in events for e in self.engine.handle(event, at)])
            await asyncio.sleep(_TURN_S)

    async def wish(self, effects: Sequence[Effect]) -> None:
        """Notifications to the outbox, as a chunk."""
        values = [msgspec.json.encode(e.notification) for e in effects if isinstance(e, Notify)]
        if values:
            await self.outbox.handle(chunk_of(values))


def chunk_of(values: Sequence[bytes]) -> Chunk:
    """Notifications as the outbox is handed them."""
    n = len(values)
    return Chunk(
        tp=TP("notifications", 0),
        start=0,
        next_offset=n,
        values=list(values),
        keys=[None] * n,
        timestamps=[0] * n,
        offsets=range(n),
    )


def policy() -> Policy:
    """Critical ones page; the others are told in chat and by mail."""
    paged = Matcher(name="severity", op="=", value="critical")
    page = Route(
        path="0/0",
        receiver="page",
        matchers=(paged,),
        group_by=("cause",),
        group_wait=timedelta(seconds=5),
    )
    root = Route(path="0", receiver="tell", group_by=("cause",), routes=(page,))
    receivers = (
        Receiver(name="page", contacts=(PAGER, SLACK)),
        Receiver(name="tell", contacts=(SLACK, MAIL)),
    )
    return Policy(digest="storm", route=root, receivers=receivers)


def alert(number: int, causes: int, critical: int) -> Alert:
    """The alert of this number."""
    cause = number % causes
    severity = Severity.CRITICAL if cause < critical else Severity.ERROR
    labels = {"cause": f"{cause}", "host": f"h{number}", "severity": severity.value}
    return Alert(labels=labels, severity=severity, starts_at=START)


async def storm(alerts: int, causes: int, critical: int) -> dict[str, Any]:
    """The storm and its time after; the summary."""
    world = World()
    began: dict[str, float] = {}
    for number in range(alerts):
        await world.pass_time(60 * number / alerts)
        one, now = alert(number, causes, critical), asyncio.get_running_loop().time()
        await world.wish(world.engine.handle(AlertSeen(one), START + timedelta(seconds=now)))
        if one.severity is Severity.CRITICAL:
            began.setdefault(one.labels["cause"], now)
    await world.pass_time(60 + _AFTER_S)
    return summary(world, began)


def summary(world: World, began: Mapping[str, float]) -> dict[str, Any]:
    """What came of it."""
    cause = {one.id: one.group_labels["cause"] for one in world.engine.incidents()}
    pages = defaultdict[str, list[float]](list)
    for provider in world.providers.values():
        for incident, at in provider.first.items():
            pages[cause[incident]].append(at)
    waits = sorted(min(pages[name], default=float("inf")) - at for name, at in began.items())
    given_up = sum(d.is_given_up for i in world.engine.incidents() for d in i.deliveries)
    channels = {name: _channel(one, PACES[name]) for name, one in world.providers.items()}
    is_within = all(one["most_a_minute"] <= one["limit"] for one in channels.values())
    is_within &= all(
        one["changes_a_minute"] <= (one["limit_of_changes"] or one["limit"])
        for one in channels.values()
    )
    return {
        "ok": is_within and waits[-1] < _GOAL_S and not given_up,
        "channels": channels,
        "first_page_of_a_critical_cause_s": {"half": waits[len(waits) // 2], "all": waits[-1]},
        "superseded": {
            name: world.stats.notifications[name][DeliveryStatus.SUPERSEDED] for name in channels
        },
        "given_up": given_up,
        "told": len(pages),
    }


def _channel(provider: Provider, pace: Pace) -> dict[str, Any]:
    assert pace.address is not None
    return {
        "messages": len(provider.at) + len(provider.changes),
        "most_a_minute": _most(sorted(provider.at + provider.changes)),
        "limit": pace.address.count,
        "changes_a_minute": _most(provider.changes),
        "limit_of_changes": pace.changes.count if pace.changes else None,
    }


def _most(at: Sequence[float]) -> int:
    """The most in any minute."""
    return max((bisect_left(at, begin + 60) - n for n, begin in enumerate(at)), default=0)


def main() -> int:
    """Run, and print the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.delivery.storm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--causes", type=int, default=300)
    parser.add_argument("--critical", type=int, default=40, help="of the causes")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = run(storm(given.alerts, given.causes, given.critical))
    told = "\n".join(f"{name:34s} {value}" for name, value in found.items())
    print(json.dumps(found, indent=2) if given.json else told)
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
