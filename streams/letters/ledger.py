"""Which records were sent again: the compacted topic `tocsin.retried`.

The key is a record that has a dead letter, by its place and time (a topic that is made anew has
the same places again). The value is written before the record is sent, and once more when the
broker has it. So a record is never sent twice without being asked for twice: where it ended in
between, it is known that it may have been sent.
"""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from msgspec import Struct

from streams.deadletter import Place
from streams.producer import send_all


class Mark(Struct, frozen=True):
    """That a record was sent again, how often by then, and what it became.

    `became` is None as long as the broker has not acknowledged it.
    """

    at: datetime
    retries: int
    became: str | None = None


_decode = msgspec.json.Decoder(Mark).decode


def identity(place: Place, recorded_at: datetime | None) -> str:
    """A record, told from others that were at its place before."""
    instant = "" if recorded_at is None else str(round(recorded_at.timestamp() * 1000))
    return f"{place}@{instant}"


@dataclass(slots=True)
class Ledger:
    """What was sent again so far."""

    marks: dict[str, Mark] = field(default_factory=dict)
    _retries: dict[str, int] = field(default_factory=dict)  # of what it became

    @classmethod
    async def read(cls, records: AsyncIterable[Any]) -> "Ledger":
        """The newest mark of each record of the topic."""
        ledger = cls()
        async for record in records:
            name = (record.key or b"").decode(errors="replace")
            if record.value is None:
                ledger.marks.pop(name, None)
            else:
                ledger.note(name, _decode(record.value))
        return ledger

    def note(self, record: str, mark: Mark) -> None:
        """Take in a mark."""
        self.marks[record] = mark
        if mark.became is not None:
            self._retries[mark.became] = mark.retries

    def retries(self, record: str) -> int:
        """How often this record had been sent again when it came to its place."""
        return self._retries.get(record, 0)


async def write(producer: AIOKafkaProducer, topic: str, marks: Mapping[str, Mark | None]) -> None:
    """Write marks, acknowledged; None takes one back."""
    await send_all(
        producer,
        [
            (topic, key.encode(), None if mark is None else msgspec.json.encode(mark), 0)
            for key, mark in marks.items()
        ],
    )
