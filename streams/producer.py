"""The Kafka producers of a worker: every record acknowledged by all replicas, or an error.

After an error one takes no more, and what waits in it fails as well. aiokafka gives each batch a
time of its own: the one behind a batch that was given up could still arrive. Whoever reads the
input again sends all of it again, and what comes behind its successor is taken for a repeat
(`streams/sources.py`). A worker whose producer failed ends anyway, and its next life has new ones.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from config.connection import client_options
from config.settings import Kafka

Record = tuple[str, bytes | None, bytes | None, int | None]  # topic, key, value, partition


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """A producer whose first failure is its last word."""

    async def send(self, *args: Any, **kwargs: Any) -> "asyncio.Future[RecordMetadata]":
        """See aiokafka. Raises what failed first, once anything has."""
        try:
            sent: asyncio.Future[RecordMetadata] = await super().send(*args, **kwargs)
        except KafkaError as error:
            self._end(error)
            raise
        sent.add_done_callback(self._look)
        return sent

    def _look(self, sent: "asyncio.Future[RecordMetadata]") -> None:
        error = None if sent.cancelled() else sent.exception()
        if error is not None:
            self._end(error)

    def _end(self, error: BaseException) -> None:
        """Fail what waits, and what comes. The sender has no look at it before that."""
        queue = self._message_accumulator
        if queue._exception is not None:
            return
        queue._exception = error
        for batch in chain.from_iterable(queue._batches.values()):
            if batch.retry_count:
                queue._pending_batches.add(batch)  # where it takes itself out
            batch.failure(error)
            batch._drain_waiter.exception()  # or it complains that nobody has asked
        queue._batches.clear()


@dataclass(frozen=True, slots=True)
class Producers:
    """The producers of a worker: of each, a broker has one request at a time.

    So samples have one of their own, and so has state: megabytes of it would hold up the others.
    What must come after something else waits for its acknowledgement, whoever sent that.
    """

    samples: AIOKafkaProducer
    state: AIOKafkaProducer
    rest: AIOKafkaProducer

    async def start(self) -> None:
        """Connect all of them. Raises KafkaError where that fails."""
        await asyncio.gather(*(one.start() for one in self.all))

    @property
    def all(self) -> tuple[AIOKafkaProducer, ...]:
        """Each of them, to be stopped."""
        return self.samples, self.state, self.rest


def new_producers(address: Kafka | str, client_id: str) -> Producers:
    """The producers of a worker, not yet started."""
    samples, state = (new_producer(address, f"{client_id}-{of}") for of in ("samples", "state"))
    return Producers(samples, state, new_producer(address, client_id))


def new_producer(address: Kafka | str, client_id: str) -> Producer:
    """A producer, not yet started. zstd, acks from all replicas, 8 MB requests.

    zstd packs state and samples three to seven times as fast as aiokafka's lz4, and smaller.
    """
    return Producer(
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
