"""The topics of the engine, read once up to their present end."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from routing.effect import Explain
from routing.incident import Incident
from routing.notification import Notification
from streams import clock
from streams.letters.reading import all_of

T = TypeVar("T")

_decision: msgspec.json.Decoder[Explain] = msgspec.json.Decoder(Explain)
_incident: msgspec.json.Decoder[Incident] = msgspec.json.Decoder(Incident)
_notification: msgspec.json.Decoder[Notification] = msgspec.json.Decoder(Notification)


class Recorded(NamedTuple):
    """A notification, and when it was written."""

    at: datetime
    notification: Notification


class Bounds(NamedTuple):
    """From which instant to which; None is as far as the topic goes."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies within, both ends included."""
        return (self.since or at) <= at <= (self.until or at)


async def decisions(consumer: Any, topic: str) -> list[Explain]:
    """The decisions, in order; one that was written twice, after a crash, is there once."""
    found = [one async for one in _read(consumer, topic, _decision.decode)]
    return list(dict.fromkeys(found))


async def incidents(consumer: Any, topic: str) -> dict[str, Incident]:
    """The newest view of each incident by its id, oldest first."""
    return {one.id: one async for one in _read(consumer, topic, _incident.decode)}


async def notifications(consumer: Any, topic: str) -> list[Recorded]:
    """The notifications, in order."""
    return [
        Recorded(clock.instant(record.timestamp / 1000.0), one)
        async for record, one in _records(consumer, topic, _notification.decode)
    ]


async def _read(consumer: Any, topic: str, decode: Callable[[bytes], T]) -> AsyncIterator[T]:
    async for _, one in _records(consumer, topic, decode):
        yield one


async def _records(
    consumer: Any, topic: str, decode: Callable[[bytes], T]
) -> AsyncIterator[tuple[Any, T]]:
    """What of a topic can be read; a record of a later version may not be."""
    async for record in all_of(consumer, topic):
        try:
            if record.value:
                yield record, decode(record.value)
        except msgspec.MsgspecError:
            continue
