"""Reading topics once, from a place to their end, without a consumer group."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from config.connection import client_options
from config.settings import Kafka
from streams.broker import BrokerError, check_reachable

_WAIT_MS = 250
_SILENT_S = 30.0  # a broker that gives nothing for so long is away


@asynccontextmanager
async def reader(kafka: Kafka) -> AsyncIterator[Any]:
    """A consumer without a group. Raises `BrokerError` when no broker can be used."""
    await check_reachable(kafka)
    consumer = AIOKafkaConsumer(
        **client_options(kafka),
        client_id="tocsin",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=8 << 20,
    )
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise BrokerError(f"{kafka.bootstrap}: {error}") from error
    finally:
        await consumer.stop()


async def partitions_of(consumer: Any, topic: str) -> list[TopicPartition]:
    """The partitions of a topic, none when there is no such topic."""
    # Of all topics: to ask for one alone would create it, and what a consumer knows by itself is
    # of the topics that are assigned to it.
    cluster = await consumer._client.fetch_all_metadata()
    numbers = cluster.partitions_for_topic(topic) or ()
    return [TopicPartition(topic, number) for number in sorted(numbers)]


async def all_of(consumer: Any, topic: str, *, since_ms: int = 0) -> AsyncIterator[Any]:
    """Every record of a topic up to its present end, oldest first within a partition.

    With `since_ms`, those with an older timestamp are left out.
    """
    for partition in await partitions_of(consumer, topic):
        consumer.assign([partition])
        consumer.seek(partition, await _first(consumer, partition, since_ms))
        async for record in to_end(consumer, partition):
            if record.timestamp >= since_ms:
                yield record


async def to_end(consumer: Any, partition: TopicPartition) -> AsyncIterator[Any]:
    """Every record from where the consumer stands in a partition up to its present end."""
    end: int | None = None
    while end is None or await consumer.position(partition) < end:
        for record in await _some(consumer, partition):
            yield record
        if end is None:
            end = consumer.highwater(partition)


async def at(
    consumer: Any, partition: TopicPartition, offsets: Sequence[int]
) -> AsyncIterator[Any]:
    """The record at each of ascending offsets of a partition, None where it is gone."""
    consumer.assign([partition])
    left = list(offsets)[::-1]
    while left:
        consumer.seek(partition, left[-1])
        batch = await _some(consumer, partition)
        by_offset = {record.offset: record for record in batch}
        decided = _decided(left[-1], by_offset)
        while left and left[-1] <= decided:
            yield by_offset.get(left.pop())


def _decided(asked: int, by_offset: Mapping[int, Any]) -> int:
    """Up to which offset a batch says what is there, when it was asked for at one.

    Where nothing is at or behind that one, the partition is shorter, and was read from its start.
    """
    if asked in by_offset:
        return max(by_offset)
    return min((offset for offset in by_offset if offset > asked), default=asked + 1) - 1


async def _first(consumer: Any, partition: TopicPartition, since_ms: int) -> int:
    start: int = (await consumer.beginning_offsets([partition]))[partition]
    if since_ms:
        found = (await consumer.offsets_for_times({partition: since_ms}))[partition]
        if found is not None:  # the embedded broker knows no times: all are read
            return max(start, int(found.offset))
    return start


async def _some(consumer: Any, partition: TopicPartition) -> list[Any]:
    """The next records; none where the partition ends. Raises `BrokerError` for a silent broker."""
    now = asyncio.get_running_loop().time
    deadline = now() + _SILENT_S
    while now() < deadline:
        found = await consumer.getmany(partition, timeout_ms=_WAIT_MS)
        if found:
            return list(found[partition])
        mark = consumer.highwater(partition)
        if mark is not None and await consumer.position(partition) >= mark:
            return []
    raise BrokerError(f"{partition.topic}/{partition.partition}: the broker gives no records")
