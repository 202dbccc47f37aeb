"""Reading a partition to its end."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


class Record(NamedTuple):
    """What is of use of a record."""

    offset: int
    key: bytes | None
    value: bytes | None


async def records(bootstrap: str, topic: str, partition: int = 0) -> AsyncIterator[Record]:
    """Every record that is there now, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 << 20)
    await consumer.start()
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        consumer.seek(tp, (await consumer.beginning_offsets([tp]))[tp])
        while await consumer.position(tp) < end:
            for run in (await consumer.getmany(timeout_ms=500)).values():
                for record in run:
                    yield Record(record.offset, record.key, record.value)
    finally:
        await consumer.stop()


async def newest_by_key(bootstrap: str, topic: str, partition: int = 0) -> list[Record]:
    """The newest record of each key, in order; those that delete a key are left out."""
    newest = {record.key: record async for record in records(bootstrap, topic, partition)}
    return sorted(record for record in newest.values() if record.value is not None)


async def partitions_of(bootstrap: str, topic: str) -> int:
    """How many partitions a topic has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        return len(described["partitions"])
    finally:
        await admin.close()
