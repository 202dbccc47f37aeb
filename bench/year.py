"""A year of a team on call, through the routing engine: `python -m bench.year`.

Twelve people in three zones take turns by the week, handed over at nine on their own clocks, across
both changes of daylight saving time. In the year 100,000 alerts fire and end: most of them alone or
a few at a time, some that flap, and a storm a month. Every message is taken after two seconds; half
of the pages are acknowledged after some minutes. The engine is woken whenever it asks for it.

`--json` prints what came of it for machines. The time is CPU time of one core, with making up the
alerts left out.
"""

import argparse
import heapq
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from routing.alert import Alert, Severity
from routing.effect import Effect, Explain, Notify, Publish
from routing.engine import Engine
from routing.event import Acknowledge, AlertSeen, Event, ReceiptSeen
from routing.incident import Incident, NotifyReason
from routing.labels import Matcher
from routing.notification import Notification
from routing.policy import (
    Contact,
    EscalationPolicy,
    Flapping,
    Layer,
    Level,
    PageBudget,
    Policy,
    Receiver,
    Route,
    Schedule,
    Target,
    User,
)
from routing.receipt import DeliveryStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
ZONES = ("Europe/Vienna", "America/New_York", "Australia/Lord_Howe")
EACH = 4  # people in a zone
SERVICES = 60
BUDGET = PageBudget(pages=10)

Dated = tuple[datetime, Event]


@dataclass(slots=True)
class Outcome:
    """What came of a year."""

    alerts: int = 0
    events: int = 0
    incidents: set[str] = field(default_factory=set)
    messages: Counter[str] = field(default_factory=Counter)
    pages: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    decisions: Counter[str] = field(default_factory=Counter)
    left: int = 0
    cpu_s: float = 0.0

    def facts(self) -> dict[str, object]:
        """Figures for people and machines."""
        return {
            "alerts": self.alerts,
            "events": self.events,
            "incidents": len(self.incidents),
            "messages": dict(sorted(self.messages.items())),
            "pages_a_person": {who: len(at) for who, at in sorted(self.pages.items())},
            "most_pages_in_an_hour": max(map(most_in_an_hour, self.pages.values()), default=0),
            "waited_for_a_digest": self.decisions["over_budget"],
            "flapped": self.decisions["flapping"],
            "left_open": self.left,
            "cpu_s": round(self.cpu_s, 2),
            "us_an_alert": round(self.cpu_s / max(1, self.alerts) * 1e6, 1),
        }


def main() -> None:
    """Run the year and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    facts = run(given.alerts, given.seed).facts()
    if given.json:
        print(json.dumps(facts))
        return
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):24} {value}")


def run(alerts: int, seed: int) -> Outcome:
    """The year, from its first alert until everything is over."""
    events = sorted(story(alerts, random.Random(seed)), key=lambda one: one[0])
    year = Year(policy(), random.Random(seed + 1))
    begun = time.process_time()
    for at, event in events:
        year.run_to(at)
        year.take(event, at)
    year.run_to(START + YEAR + timedelta(days=3))
    year.outcome.cpu_s = time.process_time() - begun
    year.outcome.left = len(year.engine.incidents())
    return year.outcome


def policy() -> Policy:
    """A schedule in each zone, which the other zones follow; budgets, and flapping held."""
    names = [zone.rpartition("/")[2].lower() for zone in ZONES]
    people = {name: [f"{name}-{n}" for n in range(EACH)] for name in names}
    orders = {name: [*names[i:], *names[:i]] for i, name in enumerate(names)}
    routes = tuple(
        Route(
            path=f"0/{name}",
            receiver="ops",
            escalation=name,
            matchers=(Matcher(name="zone", op="=", value=name),),
            group_by=("service",),
        )
        for name in names
    )
    return Policy(
        digest="year",
        route=Route(path="0", receiver="ops", group_by=("service",), routes=routes),
        receivers=(Receiver(name="ops", contacts=(Contact("slack", "#ops"),)),),
        users=tuple(
            User(name=who, contacts=(Contact("pagerduty", who),))
            for some in people.values()
            for who in some
        ),
        schedules=tuple(
            Schedule(name=name, time_zone=zone, layers=(_rota(people[name], zone),))
            for name, zone in zip(names, ZONES, strict=True)
        ),
        escalations=tuple(_escalation(name, orders[name]) for name in names),
        flapping=Flapping(),
        page_budget=BUDGET,
    )


def _rota(users: list[str], zone: str) -> Layer:
    monday = datetime(2025, 12, 29, 9, tzinfo=ZoneInfo(zone))
    handoff = monday.time()
    return Layer(users=tuple(users), starts_at=monday, turn=timedelta(weeks=1), handoff=handoff)


def _escalation(name: str, order: list[str]) -> EscalationPolicy:
    levels = (
        Level(targets=(Target(kind="schedule", name=one),), wait=timedelta(minutes=15))
        for one in order
    )
    return EscalationPolicy(name=name, levels=tuple(levels))


def story(alerts: int, chance: random.Random) -> Iterator[Dated]:
    """The alerts of the year: a tenth in storms, a tenth flaps, the others come by the few."""
    zones = [zone.rpartition("/")[2].lower() for zone in ZONES]
    for month in range(12):
        at = START + timedelta(days=30 * month + chance.uniform(0, 29))
        for n in range(alerts // 120):
            yield from _alert(
                at + timedelta(seconds=60 * n * 120 / alerts),
                timedelta(minutes=chance.uniform(20, 40)),
                {"zone": zones[month % 3], "service": f"s{month}", "host": f"h{n}"},
                Severity.CRITICAL,
            )
    for n in range(alerts // 200):
        at = START + chance.random() * YEAR
        labels = {"zone": chance.choice(zones), "service": f"f{n % 7}", "host": f"h{n}"}
        for turn in range(20):
            yield from _alert(
                at + turn * timedelta(minutes=4), timedelta(minutes=2), labels, Severity.WARNING
            )
    left = alerts - 12 * (alerts // 120) - 20 * (alerts // 200)
    while left > 0:
        together = min(left, chance.choice((1, 1, 2, 3, 8)))
        left -= together
        at = START + chance.random() * YEAR
        cause = {"zone": chance.choice(zones), "service": f"s{chance.randrange(SERVICES)}"}
        severity = chance.choice((Severity.WARNING, Severity.ERROR, Severity.CRITICAL))
        for n in range(together):
            late = timedelta(seconds=chance.uniform(0, 90))
            lasts = timedelta(minutes=chance.expovariate(1 / 25))
            yield from _alert(at + late, lasts, {**cause, "host": f"h{n}"}, severity)


def _alert(
    at: datetime, lasts: timedelta, labels: dict[str, str], severity: Severity
) -> Iterator[Dated]:
    yield at, AlertSeen(Alert(labels=labels, severity=severity, starts_at=at))
    ends_at = at + lasts
    alert = Alert(labels=labels, severity=severity, starts_at=at, ends_at=ends_at)
    yield ends_at, AlertSeen(alert)


class Year:
    """The engine, an outbox that takes everything, and people who answer half of their pages."""

    def __init__(self, policy: Policy, chance: random.Random) -> None:
        self.engine = Engine(policy)
        self.outcome = Outcome()
        self._chance = chance
        self._waiting: list[tuple[datetime, int, Event]] = []
        self._number = count()

    def run_to(self, end: datetime) -> None:
        """Let everything happen that is due before `end`."""
        while True:
            due, own = self.engine.next_wake(), self._waiting[0][0] if self._waiting else None
            if own is not None and own <= end and (due is None or own <= due):
                self.take(heapq.heappop(self._waiting)[2], own)
            elif due is not None and due <= end:
                self._note(self.engine.wake(due), due)
            else:
                return

    def take(self, event: Event, at: datetime) -> None:
        """An event at its instant."""
        self.outcome.events += 1
        self.outcome.alerts += isinstance(event, AlertSeen) and event.alert.is_firing
        self._note(self.engine.handle(event, at), at)

    def _note(self, effects: list[Effect], at: datetime) -> None:
        for effect in effects:
            match effect:
                case Notify(notification=told):
                    self._deliver(told, at)
                case Explain(reason=reason):
                    self.outcome.decisions[reason] += 1
                case Publish(incident=Incident(id=id_)):
                    self.outcome.incidents.add(id_)

    def _deliver(self, told: Notification, at: datetime) -> None:
        self.outcome.messages[told.reason.value] += 1
        self._after(at, 2, ReceiptSeen(told.receipt(DeliveryStatus.SENT)))
        if told.contact.channel != "pagerduty" or told.reason in _CALM:
            return
        who = told.contact.address
        self.outcome.pages[who].append(at)
        if self._chance.random() < 0.5:
            ack = Acknowledge(incident_id=told.incident.id, by=who, via="slack")
            self._after(at, self._chance.uniform(30, 600), ack)

    def _after(self, at: datetime, seconds: float, event: Event) -> None:
        due = at + timedelta(seconds=seconds)
        heapq.heappush(self._waiting, (due, next(self._number), event))


_CALM = (NotifyReason.RESOLVED, NotifyReason.ACKNOWLEDGED)


def most_in_an_hour(pages: list[datetime]) -> int:
    """The most pages in any hour; `pages` in order."""
    most = first = 0
    for last, at in enumerate(pages):
        while pages[first] <= at - timedelta(hours=1):
            first += 1
        most = max(most, last - first + 1)
    return most


if __name__ == "__main__":
    main()
