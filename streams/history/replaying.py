"""The event log decided again: what the engine makes of the same records."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from routing.effect import Explain, Notify, Publish
from routing.event import Event, PolicyChanged, decode
from routing.incident import Incident
from routing.notification import Notification
from routing.policy import Policy
from streams import clock
from streams.decide import EngineState, NotAnEvent
from streams.letters.reading import all_of


class Record(NamedTuple):
    """A record of the event log."""

    offset: int
    timestamp: float  # epoch seconds
    value: bytes


@dataclass(slots=True)
class Replay:
    """What came of the events. `is_whole`: the log was there from its first record on."""

    is_whole: bool = True
    events: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    decisions: dict[Explain, None] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    told: list[tuple[datetime, Notification]] = field(default_factory=list)

    def take(self, state: EngineState, record: Record) -> None:
        """One record of the log, and what the engine makes of it."""
        try:
            effects = state.apply(record.offset, record.timestamp, record.value)
        except NotAnEvent:
            return
        self.events += 1
        self.last_at = clock.instant(state.now)
        self.first_at = self.first_at or self.last_at
        for effect in effects:
            if isinstance(effect, Explain):
                self.decisions[effect] = None
            elif isinstance(effect, Publish):
                self.incidents[effect.incident.id] = effect.incident
            elif isinstance(effect, Notify):
                self.notifications[effect.notification.id] = effect.notification
                self.told.append((self.last_at, effect.notification))


async def log_of(consumer: Any, topic: str, until: datetime | None = None) -> list[Record]:
    """The records of the event log up to its present end, or up to an instant."""
    return [record async for record in _records(consumer, topic, until)]


async def _records(consumer: Any, topic: str, until: datetime | None) -> AsyncIterator[Record]:
    latest = None if until is None else until.timestamp()
    async for record in all_of(consumer, topic):
        at = record.timestamp / 1000.0
        if latest is None or at <= latest:
            yield Record(record.offset, at, record.value or b"")


def replay(
    log: Sequence[Record], policy: Policy, *, progress: Callable[[int], None] = lambda _: None
) -> Replay:
    """What the engine makes of the log, from the first policy in it on, or else by `policy`."""
    found = Replay(is_whole=not log or log[0].offset == 0)
    state = EngineState(first_policy(log) or policy)
    for record in log:
        found.take(state, record)
        progress(1)
    return found


def first_policy(log: Iterable[Record]) -> Policy | None:
    """The policy of the first record that tells one."""
    for record in log:
        event = event_of(record)
        if isinstance(event, PolicyChanged):
            return event.policy
    return None


def event_of(record: Record) -> Event | None:
    """The event in a record, None where there is none."""
    try:
        return decode(record.value)
    except ValueError:
        return None
