"""Ingest: decode an input topic, and re-key its samples by series into `tocsin.samples`."""

import asyncio
from collections.abc import Iterator, Mapping

import numpy as np
from aiokafka import AIOKafkaProducer

from config.settings import Input
from detectors.series import Series
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Codec, Decoded
from streams.codecs.errors import ErrorRecords
from streams.codecs.native import NativeJson
from streams.deadletter import DeadLetters
from streams.producer import Record, send_all
from streams.samples import Columns, pack, partition_of
from streams.stats import Stats

_MOST_KEYS = 1_000_000
_LARGEST = 4 << 20  # bytes in a message at the most, half of what the broker takes
_SAMPLE_BYTES = 20  # of the columns
_WIDEST = 4  # bytes of a character
_REACHED_EVERY_S = 0.5  # how often a partition without samples of a source hears how far it is


def codec_for(source: Input) -> Codec:
    """The codec of an input."""
    kind = ErrorRecords if source.kind == "errors" else NativeJson
    return kind(extra=source.labels, latest_ahead_s=source.latest_ahead_s)


class Ingest:
    """Handles the chunks of one input."""

    def __init__(
        self,
        source: Input,
        *,
        topic: str,
        partitions: int,
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._input = source
        self._codec = codec_for(source)
        self._topic = topic
        self._partitions = partitions
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats
        self._partition_of: dict[str, int] = {}
        self._reached: dict[str, float] = {}
        self._told: dict[tuple[str, int], float] = {}

    async def handle(self, chunk: Chunk) -> None:
        """Decode, bury what is bad, and send the rest on; returns when the broker has it."""
        now = clock.epoch_s()
        found = self._codec.decode(chunk.values, chunk.timestamps, now=now)
        self._stats.records += len(chunk)
        if found.bad:
            await self._dead_letters.bury(chunk, found.bad)
        if found.keys:
            source = f"{chunk.tp.topic}/{chunk.tp.partition}"
            for run in _runs(found):
                await send_all(self._producer, self._rekeyed(run, source, now))

    def _rekeyed(self, found: Decoded, source: str, now: float) -> list[Record]:
        index_of: dict[str, int] = {}
        index = np.array([index_of.setdefault(k, len(index_of)) for k in found.keys], np.int32)
        keys = list(index_of)
        at, value = np.array(found.at), np.array(found.value)
        goes_to = np.array([self._partition(key) for key in keys], np.int32)
        records: list[Record] = []
        # A timestamp ahead of the clock is one producer's mistake, not the time for all.
        newest = min(float(at.max()), now)
        reached = self._reached[source] = max(self._reached.get(source, 0.0), newest)
        wall = asyncio.get_running_loop().time()
        for partition in range(self._partitions):
            mine = np.flatnonzero(goes_to == partition)
            if (
                not len(mine)
                and wall - self._told.get((source, partition), -1e9) < _REACHED_EVERY_S
            ):
                continue
            self._told[source, partition] = wall
            position = np.full(len(keys), -1, np.int32)
            position[mine] = np.arange(len(mine), dtype=np.int32)
            chosen = position[index] >= 0
            columns = Columns(
                self._input.name,
                source,
                reached,
                [keys[i] for i in mine],
                position[index[chosen]],
                at[chosen],
                value[chosen],
            )
            records.append((self._topic, None, pack(columns), partition))
        return records

    def _partition(self, key: str) -> int:
        partition = self._partition_of.get(key)
        if partition is None:
            if len(self._partition_of) >= _MOST_KEYS:
                self._partition_of.clear()
            partition = partition_of(self._partition_key(key), self._partitions)
            self._partition_of[key] = partition
        return partition

    def _partition_key(self, key: str) -> str:
        names = self._input.partition_by
        if not names:
            return key
        labels: Mapping[str, str] = Series.parse(key).labels
        return "\0".join(labels.get(name, "") for name in names)


def _runs(found: Decoded) -> Iterator[Decoded]:
    """The samples in runs that fit a message, whatever becomes of them: one, nearly always."""
    most = sum(map(len, found.keys)) * _WIDEST + len(found.keys) * _SAMPLE_BYTES
    if most <= _LARGEST:
        yield found
        return
    start = size = 0
    for position, key in enumerate(found.keys):
        more = len(key) * _WIDEST + _SAMPLE_BYTES
        if size + more > _LARGEST and position > start:
            yield _slice(found, start, position)
            start, size = position, 0
        size += more
    yield _slice(found, start, len(found.keys))


def _slice(found: Decoded, start: int, end: int) -> Decoded:
    return Decoded(found.keys[start:end], found.at[start:end], found.value[start:end])
