"""A Kafka in memory, as far as aiokafka's fetcher and coordinator can see: for tests of a consumer.

The consumer, its fetcher and its subscription are aiokafka's own; only what would go over the
network is answered here, from lists.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Generator, Iterator
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import OffsetAndMetadata

ZSTD = 4
OUT_OF_RANGE = 1


Record = tuple[bytes | None, bytes | None]  # key and value


def batch(start: int, *values: bytes, compression: int = 0) -> bytes:
    """A record batch as a broker keeps it: consecutive offsets from `start` on."""
    return keyed_batch(start, *((b'"k"', value) for value in values), compression=compression)


def keyed_batch(start: int, *records: Record, compression: int = 0) -> bytes:
    """The same, of records with keys."""
    builder = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, -1, 1 << 30)
    for offset, (key, value) in enumerate(records):
        builder.append(offset, 1_700_000_000_000 + start + offset, key, value, [])
    encoded = bytes(builder.build())
    return start.to_bytes(8, "big") + encoded[8:]


class MemoryLog:
    """Partitions of batches, and what a group has committed."""

    def __init__(self) -> None:
        self.batches: dict[Any, list[tuple[int, bytes]]] = defaultdict(list)
        self.begins: dict[Any, int] = defaultdict(int)
        self.ends: dict[Any, int] = defaultdict(int)
        self.committed: dict[Any, int] = {}
        self.fetched: list[tuple[str, int, int]] = []  # topic, partition, from which offset

    def append(
        self, topic: str, *values: bytes, partition: int = 0, start: int | None = None
    ) -> None:
        """Append a batch; it may begin later than the last one ended."""
        self.write(topic, *((b'"k"', value) for value in values), partition=partition, start=start)

    def write(
        self, topic: str, *records: Record, partition: int = 0, start: int | None = None
    ) -> None:
        """Append a batch of records with keys."""
        tp = TopicPartition(topic, partition)
        start = self.ends[tp] if start is None else start
        self.ends[tp] = start + len(records)
        self.batches[tp].append((self.ends[tp], keyed_batch(start, *records)))

    def records(self, tp: Any) -> Iterator[Record]:
        """The records of a partition, with their keys."""
        for _, encoded in self.batches[tp]:
            yield from ((one.key, one.value) for one in MemoryRecords(encoded).next_batch())

    def fetch(self, topic: str, partition: int, offset: int) -> tuple[Any, ...]:
        """The answer for a partition to a fetch from an offset on."""
        self.fetched.append((topic, partition, offset))
        tp = TopicPartition(topic, partition)
        error = 0 if self.begins[tp] <= offset <= self.ends[tp] else OUT_OF_RANGE
        batches = () if error else self.batches[tp]
        found = b"".join(encoded for end, encoded in batches if end > offset)
        return partition, error, self.ends[tp], -1, [], found


class Client:
    """What a fetcher asks of its connection."""

    _metadata_max_age_ms = 300_000

    def __init__(self, log: MemoryLog) -> None:
        self._loop = asyncio.get_running_loop()
        self.log = log
        self.cluster = SimpleNamespace(
            leader_for_partition=lambda tp: 0, broker_metadata=lambda node: node
        )
        self.arrived = asyncio.Event()

    def force_metadata_update(self) -> "asyncio.Future[None]":
        done: asyncio.Future[None] = self._loop.create_future()
        done.set_result(None)
        return done

    def set_topics(self, topics: Any) -> "asyncio.Future[None]":
        return self.force_metadata_update()

    async def _maybe_wait_metadata(self) -> None:
        """All is known."""

    async def send(self, node: int, request: Any) -> Any:
        """Answer a fetch, or where a partition begins (-2) and ends (-1)."""
        await asyncio.sleep(0)
        if not isinstance(request, FetchRequest):
            return self._offsets(request)
        answer = [
            (topic, [self.log.fetch(topic, number, offset) for number, offset, _ in partitions])
            for topic, partitions in request.topics
        ]
        if not any(part[-1] for _, parts in answer for part in parts):
            await asyncio.sleep(0.01)  # the long poll of a broker that has nothing
        return SimpleNamespace(API_VERSION=4, topics=answer)

    def _offsets(self, request: Any) -> Any:
        marks = {-1: self.log.ends, -2: self.log.begins}
        answer = [
            (topic, [(number, 0, -1, marks[when][topic, number]) for number, when in partitions])
            for topic, partitions in request._topics
        ]
        return SimpleNamespace(API_VERSION=1, topics=answer)


class Coordinator:
    """A group of one, whose partitions the test gives out."""

    coordinator_id = 0

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.generation = 0
        self.refused: Exception | None = None  # what a commit fails with
        self._rejoin_needed_fut: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._coordination_task = self._rejoin_needed_fut

    async def commit_offsets(self, assignment: Any, offsets: dict[Any, Any]) -> None:
        if self.refused is not None:
            raise self.refused
        self.log.committed.update({tp: one.offset for tp, one in offsets.items()})

    async def fetch_committed_offsets(self, partitions: Any) -> dict[Any, Any]:
        await asyncio.sleep(0)
        known = self.log.committed
        return {tp: OffsetAndMetadata(known[tp], "") for tp in partitions if tp in known}

    def check_errors(self) -> None:
        """There are none."""


class MemoryProducer:
    """Writes into the log; what it is given is acknowledged when somebody waits for it."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.under_way = self.most_under_way = 0
        self.breaks: type[BaseException] | None = None  # while nothing can be written
        self.gate: asyncio.Event | None = None  # until it is set nothing more is taken

    def create_batch(self) -> BatchBuilder:
        """An empty batch, of the size that a worker's has."""
        return BatchBuilder(1 << 20, 0)

    async def send(
        self, topic: str, value: bytes | None, *, key: bytes | None, partition: int
    ) -> Awaitable[Any]:
        """Take one record."""
        return self._take(topic, [(key, value)], partition, len(value or b""))

    async def send_batch(
        self, batch: BatchBuilder, topic: str, *, partition: int
    ) -> Awaitable[Any]:
        """Take a batch."""
        if self.gate is not None:
            await self.gate.wait()
        size = batch.size()
        read = MemoryRecords(bytes(batch._build())).next_batch()
        return self._take(topic, [(one.key, one.value) for one in read], partition, size)

    def _take(self, topic: str, records: list[Record], partition: int, size: int) -> Awaitable[Any]:
        if self.breaks is not None:
            raise self.breaks
        self.under_way += size
        self.most_under_way = max(self.under_way, self.most_under_way)
        offset = self.log.ends[topic, partition]
        self.log.write(topic, *records, partition=partition)

        return _Ack(self, size, offset)


class _Ack:
    """Comes when it is waited for."""

    def __init__(self, producer: MemoryProducer, size: int, offset: int) -> None:
        self._producer, self._size, self._offset = producer, size, offset

    def __await__(self) -> Generator[None, None, Any]:
        yield
        self._producer.under_way -= self._size
        return SimpleNamespace(offset=self._offset)


def connect(consumer: AIOKafkaConsumer, log: MemoryLog) -> None:
    """Let a consumer read the log in memory instead of a cluster."""
    client = Client(log)
    consumer._client = client
    consumer._coordinator = Coordinator(log)
    consumer._fetcher = Fetcher(
        client,
        consumer._subscription,
        fetcher_timeout=0.02,
        prefetch_backoff=0.0,
        auto_offset_reset="earliest",
    )


def assign(consumer: AIOKafkaConsumer, log: MemoryLog, partitions: set[Any]) -> None:
    """Give partitions out, positions where the group has committed to."""
    consumer._coordinator.generation += 1
    consumer._subscription.assign_from_subscribed(partitions)
    assignment = consumer._subscription.subscription.assignment
    for tp in partitions:
        state = assignment.state_value(tp)
        state.await_reset(-2)
        state.reset_to(log.committed.get(tp, 0))
