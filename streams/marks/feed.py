"""The feed of marks into a worker: all of `tocsin.marks`, from its beginning, in no group."""

from datetime import datetime
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from config.connection import client_options
from config.marks.mark import Mark, decode
from config.marks.marks import Marks
from config.settings import Kafka
from streams.letters import reading
from streams.producer import send_all

log = structlog.get_logger(__name__)

_AT_ONCE = 2000


class MarkFeed:
    """Holds the newest marks that are known; `poll` now and then."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._consumer: Any = None
        self._marks: dict[str, Mark] = {}
        self._newest = Marks()

    def newest(self) -> Marks:
        """The newest marks: the same object until one is made or taken back."""
        return self._newest

    async def start(self) -> None:
        """Connect, and take in all that there is: no partition may be judged without it.

        The topic must exist. Raises `BrokerError` when the broker gives nothing.
        """
        self._consumer = AIOKafkaConsumer(
            **client_options(self._kafka),
            client_id="tocsin-marks",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await self._consumer.start()
        async for record in reading.all_of(self._consumer, self._topic):
            self._take(record)
        self._newest = Marks(self._marks.values())

    async def stop(self) -> None:
        """Give the connection back."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def poll(self) -> None:
        """Take in what has come since; waits for nothing."""
        found = await self._consumer.getmany(timeout_ms=0, max_records=_AT_ONCE)
        records = [record for run in found.values() for record in run]
        for record in records:
            self._take(record)
        if records:
            self._newest = Marks(self._marks.values())

    def _take(self, record: Any) -> None:
        key = (record.key or b"").decode(errors="replace")
        if not record.value:
            self._marks.pop(key, None)
            return
        try:
            self._marks[key] = decode(record.value, written_ms=record.timestamp)
        except msgspec.DecodeError as error:
            log.warning("mark.unreadable", key=key, offset=record.offset, why=str(error))

    async def sweep(self, producer: AIOKafkaProducer, now: datetime) -> None:
        """Delete the spans that are long over."""
        over = [(self._topic, span.id.encode(), None, 0) for span in self._newest.over(now)]
        await send_all(producer, over)
