"""Dead letters as they are in their topic, chosen by what a person asks for."""

from collections import Counter, deque
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from streams.deadletter import DeadLetter, Place, recorded_at
from streams.letters.ledger import Ledger, Mark, identity

_decode = msgspec.json.Decoder(DeadLetter).decode


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter without the record's bytes, and what became of its record since.

    `offset` is the letter's own; `retries` says how often the record had been sent again before
    it failed here; `mark` is the attempt after that, if there was one.
    """

    offset: int
    buried_at: datetime | None
    reason: str
    detail: str
    place: Place
    recorded_at: datetime | None
    size: int
    is_whole: bool
    retries: int
    mark: Mark | None

    @property
    def record(self) -> str:
        """The record that it is about."""
        return identity(self.place, self.recorded_at)

    @property
    def state(self) -> str:
        """What became of the record, in a word or two."""
        if self.mark is not None:
            return "sent again" if self.mark.became is not None else "perhaps sent again"
        return f"failed again ({self.retries})" if self.retries else "open"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters a person means; what is not set is any."""

    reason: str | None = None
    topic: str | None = None
    since: datetime | None = None
    places: frozenset[Place] = frozenset()

    @property
    def since_ms(self) -> int:
        """The oldest time of a letter, in ms."""
        return 0 if self.since is None else int(self.since.timestamp() * 1000)

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant; `since` is for the reader of the topic."""
        return (
            self.reason in (None, letter.reason)
            and self.topic in (None, letter.topic)
            and (not self.places or letter.place in self.places)
        )


async def chosen(
    records: AsyncIterable[Any], choice: Choice, ledger: Ledger
) -> AsyncIterator[Letter]:
    """The letters that are meant, oldest first; a record that has several is told once.

    After a crash a worker may bury again what it had buried before.
    """
    seen: set[int] = set()
    async for record in records:
        letter = decoded(record.value)
        if letter is None or not choice.takes(letter):
            continue
        found = described(record, letter, ledger)
        if (number := hash(found.record)) not in seen:
            seen.add(number)
            yield found


def decoded(value: bytes | None) -> DeadLetter | None:
    """A record of the topic as a letter, None where it is none: others may write there too."""
    try:
        return _decode(value or b"")
    except msgspec.DecodeError:
        return None


def described(record: Any, letter: DeadLetter, ledger: Ledger) -> Letter:
    """A letter of the topic with what the ledger knows of its record."""
    name = identity(letter.place, letter.recorded_at)
    return Letter(
        offset=record.offset,
        buried_at=recorded_at(record.timestamp),
        reason=letter.reason,
        detail=letter.detail,
        place=letter.place,
        recorded_at=letter.recorded_at,
        size=letter.size,
        is_whole=letter.is_whole,
        retries=ledger.retries(name),
        mark=ledger.marks.get(name),
    )


@dataclass(slots=True)
class Overview:
    """The newest letters, and all of them counted."""

    newest: deque[Letter]
    by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)  # reason, topic

    @classmethod
    async def of(
        cls, letters: AsyncIterable[Letter], *, limit: int | None, takes: Callable[[Letter], bool]
    ) -> "Overview":
        """Of the letters that `takes` lets through, `limit` are kept."""
        overview = cls(deque(maxlen=limit))
        async for letter in letters:
            if takes(letter):
                overview.newest.appendleft(letter)
                overview.by_reason[letter.reason, letter.place.topic] += 1
        return overview

    @property
    def total(self) -> int:
        """How many there are."""
        return self.by_reason.total()
