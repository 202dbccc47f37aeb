"""The topics of dead letters and of what was sent again, open to be read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from config.settings import Config
from config.topics import Topics
from streams.deadletter import DeadLetter, Place
from streams.letters import reading
from streams.letters.ledger import Ledger
from streams.letters.letters import Choice, Letter, chosen, decoded, described
from streams.letters.retry import is_same


class Found(NamedTuple):
    """A letter, all that it kept, and the record itself where it is still at its place."""

    letter: Letter
    kept: DeadLetter
    record: Any | None


@dataclass(frozen=True, slots=True)
class LetterTopics:
    """What is read with one consumer, one thing after the other."""

    names: Topics
    consumer: Any
    ledger: Ledger

    def letters(self, choice: Choice) -> AsyncIterator[Letter]:
        """The letters that are meant, oldest first."""
        records = reading.all_of(self.consumer, self.names.deadletter, since_ms=choice.since_ms)
        return chosen(records, choice, self.ledger)

    async def one(self, wanted: Place | int) -> Found | None:
        """The letter of a record, or that with a number, None when there is none."""
        record, kept = await (self._of(wanted) if isinstance(wanted, Place) else self._at(wanted))
        if kept is None:
            return None
        letter = described(record, kept, self.ledger)
        original = await self._record(TopicPartition(*kept.place[:2]), kept.offset)
        return Found(letter, kept, original if is_same(original, letter) else None)

    async def _at(self, number: int) -> tuple[Any, DeadLetter | None]:
        record = await self._record(TopicPartition(self.names.deadletter, 0), number)
        return record, None if record is None else decoded(record.value)

    async def _of(self, place: Place) -> tuple[Any, DeadLetter | None]:
        """The newest letter about a place."""
        found: tuple[Any, DeadLetter | None] = (None, None)
        async for record in reading.all_of(self.consumer, self.names.deadletter):
            letter = decoded(record.value)
            if letter is not None and letter.place == place:
                found = record, letter
        return found

    async def _record(self, partition: TopicPartition, offset: int) -> Any | None:
        if partition not in await reading.partitions_of(self.consumer, partition.topic):
            return None
        return await anext(reading.at(self.consumer, partition, [offset]))


@asynccontextmanager
async def letter_topics(config: Config) -> AsyncIterator[LetterTopics]:
    """The topics of a configuration. Raises `BrokerError` when no broker can be used."""
    async with reading.reader(config.kafka) as consumer:
        ledger = await Ledger.read(reading.all_of(consumer, config.topics.retried))
        yield LetterTopics(config.topics, consumer, ledger)
