"""Whether the input topics are still those that a worker began with."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from config.settings import Config
from streams.metadata import Seen, topics_seen
from streams.stats import Stats

log = structlog.get_logger(__name__)

_LOOKS = 2  # a broker that has just started may not know every topic yet


class Outcome(enum.StrEnum):
    """What became of an input topic."""

    GONE = "is not there any more"
    BACK = "is there again"
    MADE_ANEW = "was made anew"
    RESHAPED = "has another number of partitions"


class Change(NamedTuple):
    """An outcome, and the number of partitions it was noticed with."""

    topic: str
    outcome: Outcome
    partitions: int

    @property
    def needs_restart(self) -> bool:
        """Whether a worker has to begin anew with it: as what it is wired to."""
        return self.outcome in (Outcome.MADE_ANEW, Outcome.RESHAPED)


class Presence:
    """Remembers the topics as they were seen last; looks are some seconds apart."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._known: dict[str, Seen | None] = dict.fromkeys(topics)
        self._missed: dict[str, int] = dict.fromkeys(self._known, 0)

    @property
    def topics(self) -> list[str]:
        """The topics that are looked for."""
        return list(self._known)

    @property
    def ids(self) -> dict[str, bytes]:
        """The ids of the topics that were seen."""
        return {topic: seen.id for topic, seen in self._known.items() if seen}

    def is_gone(self, topic: str) -> bool:
        """Whether a topic is not there."""
        return self._missed.get(topic, 0) >= _LOOKS

    def look(self, found: Mapping[str, Seen | None]) -> Iterator[Change]:
        """What has changed; each change is told once. A topic that is not in `found` is unclear."""
        for topic, seen in found.items():
            outcome = self._missing(topic) if seen is None else self._seen(topic, seen)
            if outcome is not None:
                yield Change(topic, outcome, seen.partitions if seen else 0)

    def _missing(self, topic: str) -> Outcome | None:
        self._missed[topic] += 1
        return Outcome.GONE if self._missed[topic] == _LOOKS else None

    def _seen(self, topic: str, seen: Seen) -> Outcome | None:
        before, self._known[topic] = self._known[topic], seen
        was_gone, self._missed[topic] = self.is_gone(topic), 0
        if before is None:
            return Outcome.MADE_ANEW if was_gone else None
        if seen.id != before.id or (was_gone and not seen.id):
            return Outcome.MADE_ANEW
        if seen.partitions != before.partitions:
            return Outcome.RESHAPED
        return Outcome.BACK if was_gone else None


class InputWatch:
    """Looks after the topics of the inputs, and says what became of them."""

    def __init__(self, producer: AIOKafkaProducer, config: Config, stats: Stats) -> None:
        self._producer = producer
        self._names = {source.topic: source.name for source in config.inputs}
        self._presence = Presence(self._names)
        self._stats = stats

    @property
    def ids(self) -> dict[str, bytes]:
        """Topic -> its id as it was seen last."""
        return self._presence.ids

    async def look(self) -> bool:
        """Look once; whether the worker has to begin anew."""
        try:
            found = await topics_seen(self._producer.client, self._presence.topics)
        except KafkaError:
            return False  # no broker answers, so that nobody can tell
        changes = list(self._presence.look(found))
        for change in changes:
            log.warning(
                "input.changed",
                input=self._names[change.topic],
                topic=change.topic,
                what=change.outcome.value,
                partitions=change.partitions,
            )
        for topic, name in self._names.items():
            self._stats.input(name).is_gone = self._presence.is_gone(topic)
        return any(change.needs_restart for change in changes)
