"""A Kafka in memory, as far as aiokafka's fetcher and coordinator can see: for tests of a consumer.

The consumer, its fetcher and its subscription are aiokafka's own; only what would go over the
network is answered here, from lists.
"""

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import OffsetAndMetadata

ZSTD = 4


def batch(start: int, *values: bytes, compression: int = 0) -> bytes:
    """A record batch as a broker keeps it: consecutive offsets from `start` on."""
    builder = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, -1, 1 << 30)
    for offset, value in enumerate(values):
        builder.append(offset, 1_700_000_000_000 + start + offset, b"k", value, [])
    encoded = bytes(builder.build())
    return start.to_bytes(8, "big") + encoded[8:]


class MemoryLog:
    """Partitions of batches, and what a group has committed."""

    def __init__(self) -> None:
        self.batches: dict[Any, list[tuple[int, bytes]]] = defaultdict(list)
        self.ends: dict[Any, int] = defaultdict(int)
        self.committed: dict[Any, int] = {}
        self.fetched: list[tuple[str, int, int]] = []  # topic, partition, from which offset

    def append(self, topic: str, *values: bytes, partition: int = 0, start: int | None = None,
               compression: int = 0) -> None:  # fmt: skip
        """Append a batch; it may begin later than the last one ended."""
        tp = TopicPartition(topic, partition)
        start = self.ends[tp] if start is None else start
        self.ends[tp] = start + len(values)
        encoded = batch(start, *values, compression=compression)
        self.batches[tp].append((self.ends[tp], encoded))

    def read(self, topic: str, partition: int, offset: int) -> bytes:
        """What a fetch from an offset on gives."""
        batches = self.batches[TopicPartition(topic, partition)]
        return b"".join(encoded for end, encoded in batches if end > offset)


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
            (topic, [(number, 0, self._end(topic, number), -1, [], self._read(topic, number, at))
                     for number, at, _ in partitions])
            for topic, partitions in request.topics
        ]  # fmt: skip
        if not any(part[-1] for _, parts in answer for part in parts):
            await asyncio.sleep(0.01)  # the long poll of a broker that has nothing
        return SimpleNamespace(API_VERSION=4, topics=answer)

    def _read(self, topic: str, partition: int, offset: int) -> bytes:
        self.log.fetched.append((topic, partition, offset))
        return self.log.read(topic, partition, offset)

    def _end(self, topic: str, partition: int) -> int:
        return self.log.ends[TopicPartition(topic, partition)]

    def _offsets(self, request: Any) -> Any:
        answer = [
            (topic, [(number, 0, -1, self._end(topic, number) if when == -1 else 0)
                     for number, when in partitions])
            for topic, partitions in request._topics
        ]  # fmt: skip
        return SimpleNamespace(API_VERSION=1, topics=answer)


class Coordinator:
    """A group of one, whose partitions the test gives out."""

    coordinator_id = 0

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.generation = 0
        self.refused: Exception | None = None  # what a commit fails with

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
