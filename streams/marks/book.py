"""The book of marks, for commands: read as it is now, and written with care."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from config.marks.mark import Mark, Span, decode, encode
from config.marks.marks import MOST_FEEDBACK, MOST_SPANS, Marks
from config.settings import Config
from config.topics import Topics
from routing.incident import Incident
from streams.letters import reading
from streams.marks.topic import marks_topic
from streams.producer import new_producer, send_all
from streams.topics import ensure_topics

_incident = msgspec.json.Decoder(Incident)


class BookFull(Exception):
    """There are as many marks of a kind as may be. One line: what to do."""


@dataclass(frozen=True, slots=True)
class Book:
    """The marks there are, and where new ones are written."""

    names: Topics
    marks: Marks
    consumer: Any
    producer: AIOKafkaProducer

    def one(self, mark_id: str) -> Mark | None:
        """The mark with an id."""
        return next((mark for mark in self.marks if mark.id == mark_id), None)

    async def write(self, mark: Mark, *, now: datetime) -> None:
        """Add a mark, or replace the one of its id; what is long over makes room.

        Raises :class:`BookFull`.
        """
        over = {span.id for span in self.marks.over(now)}
        self._check_room(mark, over)
        gone = [(self.names.marks, id_.encode(), None, 0) for id_ in sorted(over)]
        record = (self.names.marks, mark.id.encode(), encode(mark), 0)
        await send_all(self.producer, [*gone, record])

    async def take_back(self, mark: Mark) -> None:
        """As if it had never been made."""
        await send_all(self.producer, [(self.names.marks, mark.id.encode(), None, 0)])

    async def incident(self, incident_id: str) -> Incident | None:
        """The incident with an id, as it was written last."""
        found = None
        async for record in reading.all_of(self.consumer, self.names.incidents):
            if record.key == incident_id.encode():
                found = None if record.value is None else _incident.decode(record.value)
        return found

    def _check_room(self, mark: Mark, over: set[str]) -> None:
        if self.one(mark.id) is not None:
            return
        if isinstance(mark, Span):
            if len([span for span in self.marks.spans if span.id not in over]) >= MOST_SPANS:
                raise BookFull(
                    f"there are {MOST_SPANS} deploy and maintenance marks already, which is all "
                    "there may be: make one for many series, or wait until some are a week old"
                )
        elif len(self.marks.feedback) >= MOST_FEEDBACK:
            raise BookFull(
                f"feedback was given {MOST_FEEDBACK} times, which is all there may be: set the "
                "budget in a profile instead, and take some back with tocsin feedback undo"
            )


@asynccontextmanager
async def mark_book(config: Config) -> AsyncIterator[Book]:
    """The book of a configuration. Raises `BrokerError` when no broker can be used."""
    topic = marks_topic(config.topics)
    await ensure_topics(config.kafka, [topic], replication=config.kafka.replication)
    producer = new_producer(config.kafka, "tocsin-marks")
    async with reading.reader(config.kafka) as consumer:
        marks = await read_marks(consumer, config.topics)
        await producer.start()
        try:
            yield Book(config.topics, marks, consumer, producer)
        finally:
            await producer.stop()


async def read_marks(consumer: Any, names: Topics) -> Marks:
    """The marks as they are now, none where nobody ever made the topic."""
    marks: dict[str, Mark] = {}
    if await reading.partitions_of(consumer, names.marks):
        async for record in reading.all_of(consumer, names.marks):
            _take(marks, record)
    return Marks(marks.values())


def _take(marks: dict[str, Mark], record: Any) -> None:
    key = (record.key or b"").decode(errors="replace")
    marks.pop(key, None)
    if record.value:
        try:
            marks[key] = decode(record.value, written_ms=record.timestamp)
        except msgspec.DecodeError:
            return  # workers tell of it; others may write there too
