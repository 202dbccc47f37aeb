"""What holds for every history: ticks, snapshots and replays change nothing, no resolve is lost."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.effect import Effect, Notify, Publish
from routing.engine import Engine
from routing.event import (
    Acknowledge,
    AlertSeen,
    Escalate,
    Event,
    ExpireSilence,
    PolicyChanged,
    Reassign,
    ReceiptSeen,
    Reopen,
    Resolve,
    SetSilence,
    Snooze,
)
from routing.incident import IncidentState, NotifyReason
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.notification import Notification
from routing.policy import (
    Contact,
    EscalationPolicy,
    Flapping,
    Heartbeat,
    Inhibition,
    Layer,
    Level,
    OnlyIf,
    PageBudget,
    Policy,
    Rule,
    Schedule,
    SignOfLife,
    Silence,
)
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import START, levels, policy, seconds, target

Step = tuple[float, str, int, int]
History = list[tuple[Event, datetime]]

EMPTY = Schedule(
    name="late",
    time_zone="Europe/Berlin",
    layers=(Layer(users=("ana", "bo"), starts_at=START + seconds(600), turn=timedelta(minutes=7)),),
)
NIGHT = TimeInterval(name="night", parts=(Part(times=((200, 240), (300, 330))),))
INHIBIT = Inhibition(
    name="web",
    source=(Matcher(name="service", op="=", value="web"),),
    target=(Matcher(name="severity", op="=", value="warning"),),
)
CRITICAL = OnlyIf(severities=(Severity.CRITICAL,))
PICKY = EscalationPolicy(
    name="on-call",
    levels=(
        Level(targets=(target("ana"),), wait=timedelta(minutes=2), only_if=CRITICAL),
        Level(
            targets=(target("bo"), replace(target("late", "schedule"), is_next=True)),
            wait=timedelta(minutes=3),
            rotates=True,
        ),
    ),
    repeat=1,
    ack_expires=seconds(250),
)
PATIENT = tuple(
    replace(
        user,
        contacts=(*user.contacts, Contact("email", user.name)),
        rules=(
            Rule(contact=user.contacts[0], only_if=OnlyIf(during=("night",))),
            Rule(contact=Contact("email", user.name), after=seconds(100)),
        ),
    )
    for user in policy().users
)
ONE = Matcher(name="host", op="=", value="1")
DEFAULTS = (
    replace(
        policy(escalation=replace(levels("ana", "bo", wait=2, repeat=1), ack_expires=seconds(250))),
        flapping=Flapping(changes=2, within=timedelta(hours=2), calm=timedelta(minutes=9)),
    ),
    replace(
        policy(escalation=levels("schedule:late", "ana", "zoe", wait=4), schedules=(EMPTY,)),
        page_budget=PageBudget(
            pages=1, per=timedelta(minutes=30), digest_after=timedelta(minutes=8)
        ),
    ),
    replace(
        policy(escalation=PICKY),
        digest="picky",
        intervals=(NIGHT,),
        users=PATIENT,
        schedules=(EMPTY,),
    ),
    replace(policy(digest="plain"), intervals=(NIGHT,)),
    replace(
        policy(escalation=levels("ana", "bo", wait=2)),
        digest="inhibiting",
        inhibitions=(INHIBIT, replace(INHIBIT, name="api", source=INHIBIT.target, equal=("host",))),
    ),
)
STATUSES = (
    DeliveryStatus.SENT,
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED_TEMPORARY,
    DeliveryStatus.FAILED_PERMANENT,
)
POLICIES = (
    *DEFAULTS,
    replace(policy(), digest="compat", is_compat=True, inhibitions=(INHIBIT,)),
    replace(
        policy(escalation=levels("ana", "bo", wait=2)),
        digest="beating",
        heartbeats=(Heartbeat(name="one", matchers=(ONE,), every=seconds(200)),),
        sign_of_life=SignOfLife(receiver="ops", every=seconds(1500)),
    ),
)
KINDS = ("fire", "fire", "end", "receipt", "receipt", "receipt", "ack", "close")
RARER = ("silence", "expire", "edit", "lease", "lease", "snooze", "reassign", "escalate", "unack")

steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 7.0, 29.0, 31.0, 130.0, 301.0, 4000.0, 15000.0]),
        st.sampled_from(KINDS + RARER),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=4,
    max_size=40,
).map(lambda drawn: [(0.0, "fire", 0, 1), (31.0, "fire", 4, 1), *drawn])
"""Histories in which there is always something to tell of."""


class World:
    """An engine and the outbox in front of it; turns drawn steps into a history of events."""

    def __init__(self, policy: Policy, edits: tuple[Policy, ...] = POLICIES) -> None:
        self.engine = Engine(policy)
        self.edits = edits
        self.now = START
        self.history: History = []
        self.effects: list[Effect] = []
        self.log: list[Event | Effect] = []
        self.waiting: list[Notification] = []
        self.known: list[str] = []

    def run(self, drawn: list[Step]) -> None:
        for wait, kind, a, b in drawn:
            self.now += seconds(wait)
            self.note(self.engine.wake(self.now))
            for event in self.events(kind, a, b):
                self.history.append((event, self.now))
                self.log.append(event)
                self.note(self.engine.handle(event, self.now))

    def note(self, effects: list[Effect]) -> None:
        self.effects += effects
        self.log += effects
        for effect in effects:
            if isinstance(effect, Notify):
                self.waiting.append(effect.notification)
            if isinstance(effect, Publish) and effect.incident.id not in self.known:
                self.known.append(effect.incident.id)

    def events(self, kind: str, a: int, b: int) -> list[Event]:
        if kind in ("fire", "end"):
            labels = {"service": "api" if a < 4 else "web", "host": str(a)}
            severity = Severity.CRITICAL if b else Severity.WARNING
            ends_at = self.now if kind == "end" else None
            alert = Alert(labels=labels, severity=severity, starts_at=self.now, ends_at=ends_at)
            return [AlertSeen(alert)]
        if kind == "lease":
            labels = {"service": "api" if a < 4 else "web", "host": str(a)}
            until = self.now + seconds((5, 20, 60, 300, 4000, 0)[b])
            alert = Alert(
                labels=labels, severity=Severity.WARNING, starts_at=self.now, ends_at=until
            )
            return [AlertSeen(alert, is_timeout=a % 2 == 0)]
        if kind == "receipt":
            if not self.waiting:
                return []
            told = self.oldest_with(self.waiting[a % len(self.waiting)])
            self.waiting.remove(told)
            receipt = ReceiptSeen(answer(told, STATUSES[b % len(STATUSES)]))
            return [receipt, receipt] if a == 3 else [receipt]
        if kind in ("ack", "close"):
            id_ = self.known[a % len(self.known)] if self.known else "nosuch"
            by = ("ana", "bo")[b % 2]
            make = Acknowledge if kind == "ack" else Resolve
            return [make(incident_id=id_, by=by, via="console")]
        if kind in ("snooze", "reassign", "escalate", "unack"):
            return [self.handover(kind, a, b)] * (1 + b % 2)
        return [self.rarer(kind, a, b)]

    def oldest_with(self, told: Notification) -> Notification:
        """What the outbox answers first: a contact's messages of an incident, in their order."""
        mine = (told.incident.id, told.contact)
        return next(one for one in self.waiting if (one.incident.id, one.contact) == mine)

    def handover(self, kind: str, a: int, b: int) -> Event:
        about: dict[str, Any] = {
            "incident_id": self.known[a % len(self.known)] if self.known else "nosuch",
            "by": ("ana", "bo")[b % 2],
            "via": "console",
            "id": f"{self.now}{kind}" if a % 2 else "",
        }
        if kind == "unack":
            return Reopen(**about)
        if kind == "snooze":
            return Snooze(until=self.now + seconds((60, 600, 0, 5000)[b % 4]), **about)
        if kind == "escalate":
            return Escalate(level=b % 3 if a > 3 else None, **about)
        to = (("user", "cai"), ("user", "zoe"), ("schedule", "late"), ("policy", "on-call"))
        to_kind, name = to[b % 4]
        return Reassign(kind=to_kind, name=name, **about)

    def rarer(self, kind: str, a: int, b: int) -> Event:
        if kind == "edit":
            return PolicyChanged(self.edits[a % len(self.edits)])
        if kind == "expire":
            return ExpireSilence(f"s{a % 2}")
        matcher = Matcher(name="host" if b % 2 else "service", op="=~", value="api|[0-2]")
        until = self.now + seconds(60 * (1 + b))
        made = Silence(id=f"s{a % 2}", matchers=(matcher,), starts_at=self.now, ends_at=until)
        recurs = ("night",) if a > 3 else ()
        starts_at = self.now + seconds(30 * (a % 3))
        return SetSilence(replace(made, during=recurs, starts_at=starts_at))


def answer(told: Notification, status: DeliveryStatus) -> Receipt:
    return told.receipt(status, handle={"ref": told.contact.address})


def replay(
    policy: Policy, history: History, end: datetime, *, ticks: Any = (), restores: Any = ()
) -> list[bytes]:
    """The encoded effects of a history, with wakes and snapshot-restores strewn in between."""
    engine = Engine(policy)
    effects: list[Effect] = []
    extra = sorted(ticks)
    for index, (event, now) in enumerate([*history, (None, end)]):
        while extra and extra[0] <= now:
            effects += engine.wake(extra.pop(0))
        if index in restores:
            engine = Engine.restore(engine.snapshot())
        effects += engine.handle(event, now) if event else engine.wake(now)
    return [msgspec.json.encode(effect) for effect in effects]


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(0, len(POLICIES) - 1), st.data())
def test_ticks_snapshots_and_replays_change_nothing(
    drawn: list[Step], which: int, data: st.DataObject
) -> None:
    world = World(POLICIES[which])
    world.run(drawn)
    end = world.now + timedelta(hours=9)
    world.note(world.engine.wake(end))
    seen = [msgspec.json.encode(effect) for effect in world.effects]

    assert replay(POLICIES[which], world.history, end) == seen, "a replay without any tick"
    span = (end - START).total_seconds()
    ticks = data.draw(st.lists(st.floats(0, span), max_size=40))
    ticked = [START + timedelta(seconds=tick) for tick in ticks]
    restores = data.draw(st.sets(st.integers(0, len(world.history))))
    again = replay(POLICIES[which], world.history, end, ticks=ticked, restores=restores)
    assert again == seen, "a replay with ticks and restores in between"


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(0, len(DEFAULTS) - 1))
def test_a_delivered_page_is_followed_by_a_resolve_and_no_other_is(
    drawn: list[Step], which: int
) -> None:
    world = World(DEFAULTS[which], edits=DEFAULTS)
    world.run(drawn)
    world.run([(400.0, "end", host, 1) for host in range(6)])
    world.note(world.engine.wake(world.now + timedelta(minutes=20)))
    delivered: set[tuple[str, Contact]] = set()
    resolved: set[tuple[str, Contact]] = set()
    answers: dict[tuple[str, Contact], dict[str, DeliveryStatus | None]] = defaultdict(dict)
    for entry in world.log:
        if isinstance(entry, ReceiptSeen):
            receipt = entry.receipt
            about = (receipt.incident_id, receipt.contact)
            answers[about][receipt.notification_id] = receipt.status
            if receipt.status is DeliveryStatus.SENT:
                delivered.add(about)
        elif isinstance(entry, Notify):
            told = entry.notification
            about = (told.incident.id, told.contact)
            if told.reason is NotifyReason.RESOLVED and about not in resolved:
                resolved.add(about)
                so_far = set(answers[about].values())
                assert so_far - {DeliveryStatus.FAILED_PERMANENT}, "it never got anything"
            answers[about][told.id] = None
    assert delivered <= resolved


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(0, len(DEFAULTS) - 1))
def test_everything_ends_in_resolved_incidents_that_are_forgotten(
    drawn: list[Step], which: int
) -> None:
    world = World(DEFAULTS[which], edits=DEFAULTS)
    world.run(drawn)
    world.run([(1.0, "end", host, 1) for host in range(6)])
    world.note(world.engine.wake(world.now + timedelta(hours=30)))
    last = {e.incident.id: e.incident for e in world.effects if isinstance(e, Publish)}
    assert all(incident.state is IncidentState.RESOLVED for incident in last.values())
    assert world.engine.incidents() == ()
    assert world.engine.next_wake() is None


@settings(max_examples=80, deadline=None)
@given(steps, st.integers(0, len(DEFAULTS) - 1))
def test_notifications_have_ids_of_their_own_and_incidents_count_their_versions(
    drawn: list[Step], which: int
) -> None:
    world = World(DEFAULTS[which], edits=DEFAULTS)
    world.run(drawn)
    told = [effect.notification for effect in world.effects if isinstance(effect, Notify)]
    assert len({notification.id for notification in told}) == len(told)
    versions: dict[str, list[int]] = defaultdict(list)
    for effect in world.effects:
        if isinstance(effect, Publish):
            versions[effect.incident.id].append(effect.incident.version)
    assert all(seen == list(range(1, len(seen) + 1)) for seen in versions.values())
    upcoming = world.engine.next_wake()
    assert upcoming is None or upcoming > world.now


@settings(max_examples=80, deadline=None)
@given(steps, st.integers(0, len(DEFAULTS) - 1))
def test_nobody_is_told_of_an_incident_that_somebody_took_or_that_is_over_but_of_that(
    drawn: list[Step], which: int
) -> None:
    world = World(DEFAULTS[which], edits=DEFAULTS)
    world.run(drawn)
    for effect in world.effects:
        if isinstance(effect, Notify):
            reason, state = effect.notification.reason, effect.notification.incident.state
            if reason in (NotifyReason.REPEAT, NotifyReason.ESCALATED):
                assert state is IncidentState.OPEN or effect.notification.attempt > 1
            assert (state is IncidentState.RESOLVED) == (reason is NotifyReason.RESOLVED)
