"""The topics of the engine, read once up to their present end."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from routing.effect import Explain
from routing.incident import Incident
from routing.notification import Notification
from streams import clock
from streams.letters.reading import all_of

T = TypeVar("T")


class _Named(msgspec.Struct):
    id: str


_decision: msgspec.json.Decoder[Explain] = msgspec.json.Decoder(Explain)
_named = msgspec.json.Decoder(_Named)
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


async def decisions(consumer: Any, topic: str, *, naming: str = "") -> list[Explain]:
    """The decisions, in order; one that was written twice, after a crash, is there once.

    With `naming` only those in which this id or fingerprint stands: no others are decoded.
    """
    marks = (as_written(naming),)
    found = [one async for _, one in _records(consumer, topic, _decision.decode, marks)]
    return list(dict.fromkeys(found))


async def incidents(consumer: Any, topic: str, marks: Iterable[bytes] = ()) -> dict[str, Incident]:
    """The newest view of each incident by its id, oldest first.

    With `marks` only those in whose newest view each of them stands: no others are decoded.
    """
    newest = {
        one.id: record.value async for record, one in _records(consumer, topic, _named.decode)
    }
    found: dict[str, Incident] = {}
    for id_, value in newest.items():
        if _has(value, marks):
            with suppress(msgspec.MsgspecError):
                found[id_] = _incident.decode(value)
    return found


def as_written(part: str | dict[str, str]) -> bytes:
    """How a text, or a label, stands in the records.

    >>> as_written("fp1:0a"), as_written({"host": "a"})
    (b'fp1:0a', b'"host":"a"')
    """
    return msgspec.json.encode(part)[1:-1]


async def notifications(consumer: Any, topic: str) -> list[Recorded]:
    """The notifications, in order."""
    return [
        Recorded(clock.instant(record.timestamp / 1000.0), one)
        async for record, one in _records(consumer, topic, _notification.decode)
    ]


def _has(value: bytes, marks: Iterable[bytes]) -> bool:
    return all(mark in value for mark in marks)


async def _records(
    consumer: Any, topic: str, decode: Callable[[bytes], T], marks: Iterable[bytes] = ()
) -> AsyncIterator[tuple[Any, T]]:
    """What of a topic can be read, and has the marks; a record of a later version may not be."""
    async for record in all_of(consumer, topic):
        try:
            if record.value and _has(record.value, marks):
                yield record, decode(record.value)
        except msgspec.MsgspecError:
            continue
