"""The newest records of every partition of a topic, with what they were compressed by."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from config.settings import Kafka
from streams.letters.reading import partitions_of, reader
from streams.topics import TopicError, missing_topic

COMPRESSIONS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
UNKNOWN = "unknown"

_FEWEST = 20  # of each partition, however many there are
_BYTES = 4 << 20  # asked for at once
_WAIT_MS = 100
_EMPTY_ANSWERS = 20


@dataclass(slots=True)
class Slice:
    """Records of one partition as columns, and where they stand in it: [`first`, `end`)."""

    partition: int
    first: int
    end: int
    values: list[bytes | None] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)  # ms
    compressions: Counter[str] = field(default_factory=Counter)


async def read_slices(kafka: Kafka, topic: str, *, records: int) -> list[Slice]:
    """About so many of the topic's newest records, from all partitions alike.

    Raises `BrokerError` when no broker can be used, and `TopicError` for a topic that is not there,
    or has no records.
    """
    async with reader(kafka) as consumer:
        partitions = await partitions_of(consumer, topic)
        if not partitions:
            raise missing_topic(topic, kafka, await consumer.topics())
        most = max(_FEWEST, -(-records // len(partitions)))
        slices = [await _slice(consumer, partition, most) for partition in partitions]
    if not any(one.values for one in slices):
        raise TopicError(
            f"topic {topic} is empty: it has {len(partitions)} partitions and no records (any "
            "more); publish some, or wait for the producer"
        )
    return slices


async def _slice(consumer: Any, partition: TopicPartition, most: int) -> Slice:
    """The newest records of a partition: at most so many, and a few where they are few."""
    begin = (await consumer.beginning_offsets([partition]))[partition]
    told = (await consumer.end_offsets([partition]))[partition]
    # The embedded broker tells an end that is too low; the mark in a fetch's answer is right.
    end, _ = await _fetch(consumer, partition, told)
    found = Slice(partition.partition, begin, max(told, end))
    position, empty = max(begin, found.end - most), 0
    while position < found.end and empty < _EMPTY_ANSWERS:
        _, batches = await _fetch(consumer, partition, position)
        reached = _add(found, batches, position)
        empty = empty + 1 if reached == position else 0
        position = reached
    return found


async def _fetch(consumer: Any, partition: TopicPartition, offset: int) -> tuple[int, bytes]:
    """The end of the partition, and record batches from an offset on."""
    client = consumer._client
    node = client.cluster.leader_for_partition(partition)
    if node is None or node < 0:
        raise TopicError(f"{partition.topic}/{partition.partition} has no leader: try again later")
    asked = [(partition.topic, [(partition.partition, offset, _BYTES)])]
    answer = await client.send(node, FetchRequest(_WAIT_MS, 1, _BYTES, 0, asked, rack_id=""))
    for _, parts in answer.topics:
        for _, error, highwater, *_, batches in parts:
            return (highwater, batches or b"") if not error else (0, b"")
    return 0, b""


def _add(found: Slice, batches: bytes, position: int) -> int:
    """Add the records from a position on; where to go on."""
    run = MemoryRecords(batches)
    while run.has_next():
        batch = run.next_batch()
        codec = getattr(batch, "compression_type", None)
        name = COMPRESSIONS.get(codec, UNKNOWN) if codec is not None else UNKNOWN
        if not batch.is_control_batch:
            for record in batch:
                if record.offset >= position:
                    found.values.append(record.value)
                    found.keys.append(record.key)
                    found.timestamps.append(record.timestamp)
                    found.compressions[name] += 1
        position = max(position, batch.next_offset)
    return position
