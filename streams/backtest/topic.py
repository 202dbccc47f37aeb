"""A topic's records as the past of its series, decoded as a worker does."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiokafka import TopicPartition
from faust.types import TP

from config.settings import Input, Kafka
from detectors.detector import Floats
from detectors.history import Samples
from detectors.series import Series
from streams.backtest.instants import stamp
from streams.backtest.past import BadRow, Past, Source
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.intake import Intake
from streams.letters.reading import all_of, partitions_of, reader
from streams.meters.meters import Meters
from streams.samples import Columns
from streams.stats import Stats
from streams.topics import TopicError, missing_topic

_AT_ONCE = 5000  # records of a chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which records: written in a time (ms), and so many of each partition at the most."""

    since_ms: int = 0
    until_ms: int | None = None
    most: int | None = None


@dataclass(slots=True)
class _Bad:
    """Records that could not be read."""

    rows: list[BadRow] = field(default_factory=list)

    async def bury(self, chunk: Chunk, bad: list[Bad]) -> None:
        for fault in bad:
            place = f"partition {chunk.tp.partition}: {fault.detail}"
            self.rows.append(BadRow(chunk.offsets[fault.position], place))


async def read_topic(kafka: Kafka, source: Input, bounds: Bounds) -> Source:
    """All samples of a topic up to its present end; nothing is committed.

    Raises `BrokerError`, and `TopicError` for a topic that is not there or has no such records.
    """
    bad, parts = _Bad(), list[Columns]()
    async with reader(kafka) as consumer:
        partitions = await partitions_of(consumer, source.topic)
        if not partitions:
            raise missing_topic(source.topic, kafka, await consumer.topics())
        intake = Intake(source, dead_letters=bad, stats=Stats())
        meters = {tp: Meters(lambda _: source.quantiles) for tp in partitions}
        async for partition, chunk in _chunks(consumer, source.topic, bounds):
            columns = await intake.take(chunk)
            if columns is not None:
                parts.append(meters[partition].convert(chunk.next_offset, columns))
    if not parts and not bad.rows:
        raise TopicError(f"topic {source.topic} has no records, or none in that time")
    return _source(source.topic, parts, bad.rows)


async def _chunks(
    consumer: Any, topic: str, bounds: Bounds
) -> AsyncIterator[tuple[TopicPartition, Chunk]]:
    records: list[Any] = []
    taken: dict[int, int] = defaultdict(int)
    async for record in all_of(consumer, topic, since_ms=bounds.since_ms):
        if bounds.until_ms is not None and record.timestamp > bounds.until_ms:
            continue
        taken[record.partition] += 1
        if bounds.most is not None and taken[record.partition] > bounds.most:
            continue
        if records and (len(records) == _AT_ONCE or records[0].partition != record.partition):
            yield _chunk(records)
            records = []
        records.append(record)
    if records:
        yield _chunk(records)


def _chunk(records: Sequence[Any]) -> tuple[TopicPartition, Chunk]:
    first, last = records[0], records[-1]
    chunk = Chunk(
        tp=TP(first.topic, first.partition),
        start=first.offset,
        next_offset=last.offset + 1,
        values=[record.value for record in records],
        keys=[record.key for record in records],
        timestamps=[record.timestamp for record in records],
        offsets=[record.offset for record in records],
    )
    return TopicPartition(first.topic, first.partition), chunk


def _source(topic: str, parts: Sequence[Columns], bad: Sequence[BadRow]) -> Source:
    """The samples of all partitions by time, as rows of one long table."""
    numbers: dict[str, int] = {}
    rows = [np.zeros(0, np.intp)]
    for part in parts:
        of_key = [numbers.setdefault(key, len(numbers)) for key in part.keys]
        rows.append(np.array(of_key, np.intp)[part.index])
    number = np.concatenate(rows)
    at = np.concatenate([np.zeros(0), *(part.at for part in parts)])
    value = np.concatenate([np.zeros(0), *(part.value for part in parts)])
    order = np.argsort(at, kind="stable")
    number, at, value = number[order], at[order], value[order]
    by_series = np.argsort(number, kind="stable")
    places = np.split(by_series, np.searchsorted(number[by_series], np.arange(1, len(numbers))))
    return Source(
        place=f"{topic}.csv",
        stamps=[stamp(when) for when in at.tolist()],
        values=[f"{x:.17g}" for x in value.tolist()],
        pasts=[_past(key, at, value, place) for key, place in zip(numbers, places, strict=False)],
        bad=bad,
    )


def _past(key: str, at: Floats, value: Floats, rows: Any) -> Past:
    return Past(series=Series.parse(key), rows=rows, samples=Samples(at[rows], value[rows]))
