"""Dead letters: records that could not be decoded, kept with the reason and the place."""

from datetime import datetime
from typing import NamedTuple, Self

import msgspec
from aiokafka import AIOKafkaProducer
from msgspec import Struct

from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.producer import send_all
from streams.stats import Stats

KEPT = 256 << 10  # bytes of the record that are kept; the whole is still at its offset


class Place(NamedTuple):
    """Where a record is, or was.

    >>> Place.parse("app/0/17")
    Place(topic='app', partition=0, offset=17)
    >>> str(Place("app", 0, 17))
    'app/0/17'
    """

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The place a text says. Raises ValueError where it says none."""
        topic, _, numbers = text.partition("/")
        partition, _, offset = numbers.partition("/")
        if not (topic and partition.isdecimal() and offset.isdecimal()):
            raise ValueError(f"{text!r} is no place of a record: TOPIC/PARTITION/OFFSET")
        return cls(topic, int(partition), int(offset))


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A record of `tocsin.deadletter`. `value` and `key` are base64, cut at 256 KiB.

    `recorded_at` is the record's own time in Kafka, None where that is no time at all.
    """

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    recorded_at: datetime | None
    size: int
    key: bytes | None
    value: bytes | None

    @property
    def place(self) -> Place:
        """Where the record is, as long as its topic keeps it."""
        return Place(self.topic, self.partition, self.offset)

    @property
    def is_whole(self) -> bool:
        """True where the letter has all of the record's key and value."""
        return len(self.value or b"") == self.size and len(self.key or b"") < KEPT


class DeadLetters:
    """Writes dead letters and counts them by reason."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, stats: Stats) -> None:
        self._producer = producer
        self._topic = topic
        self._stats = stats

    async def bury(self, chunk: Chunk, bad: list[Bad]) -> None:
        """Keep the bad records of a chunk, by offset; returns when the broker has them."""
        letters = [_letter(chunk, fault) for fault in sorted(bad)]
        await send_all(
            self._producer,
            [(self._topic, None, msgspec.json.encode(letter), None) for letter in letters],
        )
        self._stats.dead_letters.update(letter.reason for letter in letters)


def recorded_at(timestamp_ms: int) -> datetime | None:
    """A record's time in Kafka as an instant, None where it is absurd."""
    try:
        return clock.instant(timestamp_ms / 1000.0)
    except (ValueError, OverflowError, OSError):  # a producer may write any 64 bits
        return None


def _letter(chunk: Chunk, fault: Bad) -> DeadLetter:
    value, key = chunk.values[fault.position], chunk.keys[fault.position]
    return DeadLetter(
        reason=fault.reason,
        detail=fault.detail[:500],
        topic=chunk.tp.topic,
        partition=chunk.tp.partition,
        offset=chunk.offsets[fault.position],
        recorded_at=recorded_at(chunk.timestamps[fault.position]),
        size=len(value or b""),
        key=key[:KEPT] if key is not None else None,
        value=value[:KEPT] if value is not None else None,
    )
