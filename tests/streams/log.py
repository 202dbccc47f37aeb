"""Reading and writing topics in tests."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.producer import new_producer, send_all


class Log:
    """A producer, and what has been read of some topics so far."""

    def __init__(self, bootstrap: str, *topics: str) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self.records: dict[str, list[Any]] = {topic: [] for topic in topics}

    async def __aenter__(self) -> Self:
        self._producer = new_producer(self._bootstrap, "test")
        await self._producer.start()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            max_partition_fetch_bytes=8 << 20,
        )
        await self._consumer.start()
        self._consumer.assign([TopicPartition(topic, 0) for topic in self._topics])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._consumer.stop()
        await self._producer.stop()

    async def write(self, topic: str, *values: bytes, partition: int | None = None) -> None:
        """Append records, acknowledged."""
        await send_all(self._producer, [(topic, None, value, partition) for value in values])

    async def refresh(self) -> None:
        """Learn of partitions that were added meanwhile."""
        await self._producer.client.force_metadata_update()

    async def read_until(self, holds: Callable[[], bool], *, within_s: float = 60) -> None:
        """Read on until `holds()`; fails with what was read when it never does."""
        deadline = asyncio.get_running_loop().time() + within_s
        while not holds():
            if asyncio.get_running_loop().time() > deadline:
                seen = {topic: len(records) for topic, records in self.records.items()}
                raise AssertionError(f"not within {within_s} s; records read: {seen}")
            for tp, records in (await self._consumer.getmany(timeout_ms=100)).items():
                self.records[tp.topic] += records
