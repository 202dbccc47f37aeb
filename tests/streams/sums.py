"""A machine that counts the records of a topic under their values: state to look at."""

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from faust.types import TP

from streams.chunk import Chunk
from streams.state import StateTable, state_table
from tests.streams.in_loop import Machine, machine, until
from tests.streams.memory_log import MemoryLog, MemoryProducer

IN, THERE = TP("in", 0), TP("in", 1)
LOG, THERE_LOG = TP("t-sums-changelog", 0), TP("t-sums-changelog", 1)


class Sums:
    """How many records were applied under each key, and up to which offset."""

    def __init__(self) -> None:
        self.counts: dict[bytes, int] = {}
        self.applied = 0
        self.changed: set[bytes] = set()

    def add(self, offsets: list[int], values: list[Any]) -> None:
        for offset, value in zip(offsets, values, strict=True):
            if offset >= self.applied:
                self.counts[value] = self.counts.get(value, 0) + 1
                self.applied = offset + 1
                self.changed.add(value)

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        records: list[tuple[bytes, bytes | None]] = [
            (key, packed(self.applied, self.counts[key]) if key in self.counts else None)
            for key in sorted(self.changed)
        ]
        self.changed.clear()
        return records

    def seal(self) -> list[tuple[bytes, bytes | None]]:
        return []

    def restore(self, key: bytes, value: bytes) -> None:
        if value == b"of another version":
            raise ValueError("version 2 is not 1")
        applied, self.counts[key] = struct.unpack_from(">qq", value)
        self.applied = max(applied, self.applied)


class DividedSums(Sums):
    """The same, written a key at a time; its seal is how many there were of all."""

    def pieces(self) -> Iterator[list[tuple[bytes, bytes | None]]]:
        for key in sorted(self.changed):
            self.changed.discard(key)
            yield [(key, packed(self.applied, self.counts[key]))]

    def seal(self) -> list[tuple[bytes, bytes | None]]:
        return [(b"all", packed(self.applied, sum(self.counts.values())))]


def packed(applied: int, count: int) -> bytes:
    """A count as it stands in the changelog."""
    return struct.pack(">qq", applied, count)


class Counter:
    """A machine that counts the records of `in`, and its table."""

    def __init__(self, m: Machine, **options: Any) -> None:
        self.m = m
        self.producer = MemoryProducer(m.log)
        self.hold: asyncio.Event | None = None  # between two halves of a chunk
        self.held = 0
        self.table: StateTable[Sums] = state_table(
            m.app,
            cast(AIOKafkaProducer, self.producer),
            name="sums",
            source="in",
            partitions=2,
            **{"start": lambda _: Sums(), **options},
        )
        m.app.chunk_agent("in", self.handle)

    async def handle(self, chunk: Chunk) -> None:
        offsets, values, half = list(chunk.offsets), chunk.values, len(chunk) // 2
        await self._apply(chunk, offsets[:half], values[:half])
        if self.hold is not None:
            self.held += 1
            await self.hold.wait()
        await self._apply(chunk, offsets[half:], values[half:])

    async def _apply(self, chunk: Chunk, offsets: list[int], values: list[Any]) -> None:
        async with self.table.applying(chunk.tp.partition) as state:
            state.add(offsets, values)

    def counts(self, partition: int = 0) -> dict[bytes, int]:
        return self.table.part(partition).counts

    async def counted(self, total: int, partition: int = 0) -> None:
        await until(lambda: sum(self.counts(partition).values()) == total)
        await asyncio.sleep(0.01)  # for the acknowledgement


@asynccontextmanager
async def counting(log: MemoryLog, *actives: TP, **options: Any) -> AsyncIterator[Counter]:
    """A counter with some partitions."""
    async with machine("ours", log) as m:
        counter = Counter(m, **options)
        await m.start()
        await m.rebalance(*actives)
        await m.ready()
        yield counter
