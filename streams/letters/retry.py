"""Sending the records of dead letters again, to the partition they came from.

A record is fetched from its place as long as its topic keeps it: letters have only 256 KiB of it,
and no headers. Key, timestamp and headers stay; the header `tocsin-retried` says how often it was
sent again and where it was first. A record that fails again has a letter of its own, whose
`retries` is known from the ledger; it is sent again only when asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams import clock
from streams.deadletter import DeadLetter, Place, recorded_at
from streams.letters import ledger, reading
from streams.letters.ledger import Mark, identity
from streams.letters.letters import Letter, decoded

HEADER = "tocsin-retried"

_RECORDS, _BYTES = 100, 4 << 20  # of a batch: how much is uncertain after a crash

_FROM_LETTER = "from its letter, which has no headers"


class Original(NamedTuple):
    """What is sent again."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int | None
    headers: Sequence[tuple[str, bytes]]
    is_copy: bool  # of a letter


class Outcome(NamedTuple):
    """What became of one letter: the record's new place, or why there is none, in words."""

    letter: Letter
    became: Place | None
    words: str


def refusal(letter: Letter, *, inputs: frozenset[str], again: bool) -> str | None:
    """Why a letter's record is not to be sent again, None when it is."""
    if letter.place.topic not in inputs:
        return "its topic is no input of the configuration"
    if again:
        return None
    if letter.mark is not None and letter.mark.became is not None:
        return "sent again before (--again: once more)"
    if letter.mark is not None:
        return "perhaps sent again, by a run that did not end (--again: once more)"
    if letter.retries:
        return "sent again before, and failed again (--again: once more)"
    return None


class Retry:
    """Sends records again; `deadletter` and `retried` are the topics of letters and marks."""

    def __init__(
        self, consumer: Any, producer: AIOKafkaProducer, *, deadletter: str, retried: str
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._deadletter = deadletter
        self._retried = retried

    async def send(self, letters: Sequence[Letter]) -> AsyncIterator[Outcome]:
        """Send the records of letters again, by partition in their order; tells of each."""
        batch: list[tuple[Letter, Original]] = []
        size = 0
        async for letter, original in self._originals(letters):
            if isinstance(original, str):
                yield Outcome(letter, None, original)
                continue
            batch.append((letter, original))
            size += letter.size
            if len(batch) >= _RECORDS or size >= _BYTES:
                for outcome in await self._send_whole(batch):
                    yield outcome
                batch, size = [], 0
        for outcome in await self._send_whole(batch):
            yield outcome

    async def _send_whole(self, batch: Sequence[tuple[Letter, Original]]) -> list[Outcome]:
        """Send a batch to its end, even when the command is stopped meanwhile."""
        sending = asyncio.ensure_future(self._send(batch))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await sending
            raise

    async def _send(self, batch: Sequence[tuple[Letter, Original]]) -> list[Outcome]:
        now = clock.now()
        marks = {letter.record: Mark(now, letter.retries + 1) for letter, _ in batch}
        await ledger.write(self._producer, self._retried, marks)
        sent = [await self._sent(letter, original) for letter, original in batch]
        found = await asyncio.gather(*sent, return_exceptions=True)
        kept: dict[str, Mark | None] = {}
        outcomes: list[Outcome] = []
        for (letter, original), result in zip(batch, found, strict=True):
            if isinstance(result, BaseException):
                outcomes.append(Outcome(letter, None, _words(result)))
                kept[letter.record] = letter.mark
                if _is_open(result):
                    kept[letter.record] = marks[letter.record]
                continue
            became = Place(result.topic, result.partition, result.offset)
            name = identity(became, recorded_at(_timestamp(result, original, batch)))
            kept[letter.record] = Mark(now, letter.retries + 1, name)
            outcomes.append(Outcome(letter, became, _FROM_LETTER if original.is_copy else ""))
        await ledger.write(self._producer, self._retried, kept)
        return outcomes

    async def _sent(self, letter: Letter, original: Original) -> "asyncio.Future[Any]":
        """The acknowledgement to come, or the error that there was at once."""
        mark = f"{letter.retries + 1} {letter.place}".encode()
        headers = [(name, value) for name, value in original.headers if name != HEADER]
        try:
            acknowledged: asyncio.Future[Any] = await self._producer.send(
                letter.place.topic,
                original.value,
                key=original.key,
                partition=letter.place.partition,
                timestamp_ms=original.timestamp_ms,
                headers=[*headers, (HEADER, mark)],
            )
        except (KafkaError, ValueError) as error:
            failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed
        return acknowledged

    async def _originals(
        self, letters: Sequence[Letter]
    ) -> AsyncIterator[tuple[Letter, Original | str]]:
        for partition, group in _by_partition(letters):
            if partition not in await reading.partitions_of(self._consumer, partition.topic):
                for letter in group:
                    yield letter, "its partition is gone"
                continue
            gone: list[Letter] = []
            offsets = [letter.place.offset for letter in group]
            found = reading.at(self._consumer, partition, offsets)
            for letter in group:
                record = await anext(found)
                if not is_same(record, letter):
                    gone.append(letter)
                elif record.key is None and record.value is None:
                    yield letter, "it has neither key nor value"
                else:
                    yield letter, _original(record)
            async for pair in self._copies(gone):
                yield pair

    async def _copies(self, letters: list[Letter]) -> AsyncIterator[tuple[Letter, Original | str]]:
        letters.sort(key=lambda letter: letter.offset)
        partition, offsets = TopicPartition(self._deadletter, 0), [one.offset for one in letters]
        found = reading.at(self._consumer, partition, offsets)
        for letter in letters:
            record = await anext(found)
            whole = decoded(record.value) if record is not None else None
            if whole is None or not whole.is_whole:
                yield letter, "it is gone, and its letter has not all of it"
            elif whole.key is None and whole.value is None:
                yield letter, "it had neither key nor value"
            else:
                yield letter, _copy(whole)


def is_same(record: Any, letter: Letter) -> bool:
    """Whether what is at a letter's place is the record that it is about."""
    return (
        record is not None
        and len(record.value or b"") == letter.size
        and recorded_at(record.timestamp) == letter.recorded_at
    )


def _timestamp(result: Any, original: Original, batch: Sequence[tuple[Letter, Original]]) -> int:
    """The time of a record that was sent: its own, or the broker's where that stamps the topic.

    The embedded broker answers with the first time of a batch for all of it.
    """
    own = original.timestamp_ms
    is_kept = any(result.timestamp == one.timestamp_ms for _, one in batch)
    return own if is_kept and own is not None else int(result.timestamp)


def _original(record: Any) -> Original:
    timestamp = record.timestamp if record.timestamp >= 0 else None
    return Original(record.key, record.value, timestamp, record.headers, is_copy=False)


def _copy(letter: DeadLetter) -> Original:
    at = letter.recorded_at
    timestamp = None if at is None or at.timestamp() < 0 else round(at.timestamp() * 1000)
    return Original(letter.key, letter.value, timestamp, (), is_copy=True)


def _is_open(error: BaseException) -> bool:
    """Whether the broker may have the record all the same."""
    return not isinstance(error, ValueError) and getattr(error, "retriable", True)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _by_partition(letters: Sequence[Letter]) -> Iterator[tuple[TopicPartition, list[Letter]]]:
    ordered = sorted(letters, key=lambda letter: letter.place)
    for (topic, partition), group in groupby(ordered, key=lambda letter: letter.place[:2]):
        yield TopicPartition(topic, partition), list(group)
