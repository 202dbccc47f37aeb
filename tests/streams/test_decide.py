"""Decide: large incidents, large snapshots, and wakes that come a little late."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from faust.types import TP
from msgspec.structs import replace

from config.topics import Topics
from routing.alert import Alert, Evidence, Point, Severity
from routing.brief import MOST
from routing.effect import Notify
from routing.event import (
    Acknowledge,
    AlertSeen,
    Event,
    ReceiptSeen,
    SetSilence,
    Snooze,
    Tick,
    encode,
)
from routing.incident import Incident
from routing.notification import Notification
from routing.policy import Policy, Receiver, Route, Silence
from routing.receipt import DeliveryStatus, Receipt
from streams import clock
from streams.chunk import Chunk
from streams.decide import Decide, EngineState, NotAnEvent
from streams.stats import Stats
from tests.scenarios.story import policy

LARGEST = 8 << 20  # bytes, a record that the broker takes


class Works:
    """Decide, with as much around it as it needs: table, producer and configuration."""

    def __init__(self) -> None:
        self.topics = Topics("t")
        self.policy: Policy = policy()
        self.state = EngineState(self.policy)
        self.state.policy_digest = self.policy.digest
        self.sent: dict[str, list[bytes]] = defaultdict(list)
        self.decide = Decide(
            self,  # type: ignore[arg-type]
            config=lambda: self,  # type: ignore[arg-type, return-value]
            producer=self,  # type: ignore[arg-type]
            dead_letters=None,  # type: ignore[arg-type]
            stats=Stats(),
        )

    def owned(self) -> list[int]:
        return [0]

    def part(self, _: int) -> EngineState:
        return self.state

    @asynccontextmanager
    async def applying(self, _: int) -> AsyncIterator[EngineState]:
        yield self.state

    async def send(self, topic: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        self.sent[topic].append(value)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def log(self, *events: Event, at: datetime) -> None:
        """The events come out of the log, which says that it is `at`."""
        n, start = len(events), self.state.applied
        await self.decide.handle(
            Chunk(
                tp=TP("events", 0),
                start=start,
                next_offset=start + n,
                values=[encode(event) for event in events],
                keys=[None] * n,
                timestamps=[int(at.timestamp() * 1000)] * n,
                offsets=range(start, start + n),
            )
        )


def alert(n: int) -> Alert:
    points = tuple(Point(1.79e9 + i + n / 7, i / 3 + n, i / 9, i / 7) for i in range(64))
    return Alert(
        labels={"service": "web", "host": f"host{n}"},
        severity=Severity.ERROR,
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        evidence=Evidence(
            series=f'load{{host="{n}"}}',
            value=1.0,
            expected=0.0,
            lower=0.0,
            upper=0.5,
            p_value=1e-9,
            points=points,
        ),
    )


def test_incident_of_very_many_alerts_fits_its_records_and_is_published_once_a_chunk() -> None:
    async def story() -> None:
        works = Works()
        now = datetime(2026, 1, 1, tzinfo=UTC)
        await works.log(*(AlertSeen(alert(n)) for n in range(3000)), at=now)
        await works.log(Tick(), at=now + timedelta(hours=1))
        views, wishes = works.sent[works.topics.incidents], works.sent[works.topics.notifications]
        assert len(views) == 2
        assert wishes
        assert max(len(value) for value in [*views, *wishes]) < LARGEST
        assert len(msgspec.json.decode(views[-1], type=Incident).alerts) == 3000
        notification = msgspec.json.decode(wishes[0], type=Notification)
        assert len(notification.incident.alerts) == MOST
        assert notification.incident.firing_count == 3000

    asyncio.run(story())


def test_large_snapshot_is_written_in_parts_that_a_crash_halfway_leaves_whole() -> None:
    first = EngineState(policy(), largest=1000)
    records: list[tuple[bytes, bytes | None]] = []
    for n in range(40):
        first.apply(n, 1.79e9, encode(AlertSeen(alert(n))))
        if n % 10 == 9:
            whole, records = records, [*records, *first.snapshot()]
    assert max(len(value or b"") for _, value in records) <= 1016
    assert restored(records).engine.snapshot() == first.engine.snapshot()
    assert restored(records).applied == 40
    for crashed_at in range(len(whole), len(records)):
        assert restored(records[:crashed_at]).applied == 30
    again = restored(records[:-1])
    again.apply(30, 1.79e9, encode(AlertSeen(alert(30))))
    assert restored([*records[:-1], *again.snapshot()]).applied == 31


def restored(records: list[tuple[bytes, bytes | None]]) -> EngineState:
    state = EngineState(policy(), largest=1000)
    for key, value in records:
        assert value is not None
        state.restore(key, value)
    return state


NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
WHILE = Silence(id="s", matchers=(), starts_at=NAIVE, ends_at=clock.instant(1.9e9))


@pytest.mark.parametrize(
    ("timestamp", "value"),
    [
        (1.79e9, b"junk"),
        (1.79e9, b'{"type": "resolve", "incident_id": "\xff", "by": "", "via": ""}'),
        (1.79e9, encode(AlertSeen(replace(alert(0), starts_at=NAIVE)))),
        (1.79e9, encode(SetSilence(WHILE))),
        (1.79e9, encode(Snooze(incident_id="a", by="ana", via="console", until=NAIVE))),
        (1e14, encode(Tick())),
        (-1e14, encode(Tick())),
    ],
)
def test_record_that_is_no_event_changes_nothing(timestamp: float, value: bytes) -> None:
    state = EngineState(policy())
    with pytest.raises(NotAnEvent):
        state.apply(0, timestamp, value)
    assert state.snapshot() == []
    assert state.apply(1, 1.79e9, encode(AlertSeen(alert(1))))


@pytest.mark.parametrize("behind", [timedelta(milliseconds=1), timedelta(seconds=5)])
def test_wake_whose_tick_the_log_dates_too_early_is_asked_for_again(behind: timedelta) -> None:
    async def story() -> None:
        works = Works()
        await works.log(AlertSeen(alert(0)), at=clock.now() - timedelta(hours=1))
        due = works.state.engine.next_wake()
        assert due is not None
        await works.decide.tick()
        await works.decide.tick()
        assert works.sent[works.topics.events] == [encode(Tick())]  # one is on its way
        await works.log(Tick(), at=due - behind)
        assert works.state.engine.next_wake() == due
        await works.decide.tick()
        assert works.sent[works.topics.events] == [encode(Tick())] * 2

    asyncio.run(story())


def test_log_that_was_made_anew_is_applied_from_its_beginning() -> None:
    state, at = EngineState(policy()), 1_700_000_000.0
    for offset in range(5):
        state.apply(offset, at + offset, encode(Tick()))
    assert state.apply(3, at + 3, encode(AlertSeen(alert(1)))) == []  # a repeat
    again = restored(state.snapshot())
    assert again.apply(0, at + 60, encode(AlertSeen(alert(1)))) != []
    assert again.applied == 1
    assert again.apply(0, at + 60, encode(AlertSeen(alert(2)))) == []


def failing(state: EngineState, log: list[bytes], at: float) -> None:
    """Every notification is refused for good; the receipts go into the log."""
    for effect in state.apply(len(log), at, log[-1]):
        if isinstance(effect, Notify):
            told = effect.notification
            receipt = Receipt(
                notification_id=told.id,
                incident_id=told.incident.id,
                contact=told.contact,
                status=DeliveryStatus.FAILED_PERMANENT,
                attempt=told.attempt,
            )
            log.append(encode(ReceiptSeen(receipt)))
            failing(state, log, at + 1)


def test_incident_of_which_nobody_could_be_told_is_lost_once_and_known_after_a_restart() -> None:
    state = EngineState(policy())
    log = [encode(AlertSeen(replace(alert(0), starts_at=clock.instant(1.79e9))))]
    state.apply(0, 1.79e9, log[0])
    log.append(encode(Tick()))
    failing(state, log, 1.79e9 + 60)
    (lost,) = state.lost
    assert lost.reason == "nobody_left"
    assert list(state.unheard.receivers) == [lost.incident_id]
    again = EngineState(policy())
    for key, value in state.snapshot():
        again.restore(key, value or b"")
    assert again.unheard.receivers == state.unheard.receivers
    taken = Acknowledge(incident_id=lost.incident_id, by="ana", via="console")
    again.apply(again.applied, 1.79e9 + 90, encode(taken))
    assert (again.unheard.receivers, again.lost) == ({}, [])


def test_what_nobody_heard_of_becomes_a_dead_letter_with_the_record_that_revealed_it() -> None:
    async def story() -> None:
        works, buried = Works(), []

        class Kept:
            async def bury(self, chunk: Chunk, bad: list[Any]) -> None:
                buried.extend((chunk.values[one.position], one.reason) for one in bad)

        works.decide._dead_letters = Kept()  # type: ignore[assignment]
        nobody = policy(
            route=Route(path="root", receiver="none"), receivers=(Receiver(name="none"),)
        )
        works.policy = nobody
        works.state = EngineState(nobody)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        await works.log(AlertSeen(alert(0)), at=now)
        await works.log(Tick(), at=now + timedelta(minutes=1))
        assert buried == [(encode(Tick()), "nobody_left")]

    asyncio.run(story())
