"""The one Kafka producer of a worker: every record acknowledged by all replicas, or an error."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from config.connection import client_options
from config.settings import Kafka

Record = tuple[str, bytes | None, bytes | None, int | None]  # topic, key, value, partition


def new_producer(address: Kafka | str, client_id: str) -> AIOKafkaProducer:
    """A producer, not yet started. zstd, acks from all replicas, 8 MB requests.

    zstd packs state and samples three to seven times as fast as aiokafka's lz4, and smaller.
    """
    return AIOKafkaProducer(
        **client_options(address),
        client_id=client_id,
        acks="all",
        compression_type="zstd",
        linger_ms=2,
        max_batch_size=1 << 20,
        max_request_size=8 << 20,
    )


async def send_all(producer: AIOKafkaProducer, records: Iterable[Record]) -> None:
    """Send records in order and wait for every acknowledgement. Raises on the first failure."""
    sent = await begin_all(producer, records)
    if sent:
        await asyncio.gather(*sent)


async def begin_all(
    producer: AIOKafkaProducer, records: Iterable[Record]
) -> "list[asyncio.Future[RecordMetadata]]":
    """Have records sent in order; gives their acknowledgements to come."""
    return [
        await producer.send(topic, value, key=key, partition=partition)
        for topic, key, value, partition in records
    ]
