"""One run of `tocsin deadletter retry`: what is sent, asked, told and counted."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from config.settings import Config
from routing.wording import counted
from streams import clock
from streams.letters.letters import Choice, Letter
from streams.letters.retry import Outcome, Retry, refusal
from streams.letters.topics import LetterTopics, letter_topics
from streams.producer import new_producer
from streams.topics import Topic, ensure_topics

_MANY = 500  # records after which it says how far it is
_COMPACTED = {"cleanup.policy": "compact"}


@dataclass(frozen=True, slots=True)
class Again:
    """What the command was asked for."""

    config: Config
    choice: Choice
    again: bool
    is_dry: bool
    is_sure: bool

    async def run(self) -> int:
        """Do it; gives the exit code: 1 when a record could not be sent."""
        async with letter_topics(self.config) as topics:
            letters = await self._wanted(topics)
            if self.is_dry:
                for letter in letters:
                    typer.echo(f"{letter.place}  would be sent again  ({letter.reason})")
            if self.is_dry or not letters:
                typer.echo(f"{counted(len(letters), 'record')} to send again")
                return 0
            self._warn(letters)
            if not self.is_sure:
                typer.confirm(_question(letters), abort=True, err=True)
            return await self._send(topics, letters)

    async def _wanted(self, topics: LetterTopics) -> list[Letter]:
        inputs = frozenset(source.topic for source in self.config.inputs)
        wanted: list[Letter] = []
        refused: Counter[str] = Counter()
        async for letter in topics.letters(self.choice):
            why = refusal(letter, inputs=inputs, again=self.again)
            if why is None:
                wanted.append(letter)
            else:
                refused[why] += 1
        for why, count in refused.most_common():
            typer.echo(f"{count:,} not to be sent: {why}")
        return wanted

    def _warn(self, letters: Sequence[Letter]) -> None:
        """Say which records the workers would skip unread, for their age."""
        for source in self.config.inputs:
            if source.shed_after_s is None:
                continue
            oldest = clock.now().timestamp() - source.shed_after_s
            shed = sum(
                letter.place.topic == source.topic
                and letter.recorded_at is not None
                and letter.recorded_at.timestamp() < oldest
                for letter in letters
            )
            if shed:
                _tell(f"input {source.name} will skip {shed:,} of them: older than its shed_after")

    async def _send(self, topics: LetterTopics, letters: Sequence[Letter]) -> int:
        names, kafka = self.config.topics, self.config.kafka
        await ensure_topics(
            kafka, [Topic(names.retried, 1, _COMPACTED)], replication=kafka.replication
        )
        producer = new_producer(kafka, "tocsin-retry")
        await producer.start()
        try:
            retry = Retry(
                topics.consumer, producer, deadletter=names.deadletter, retried=names.retried
            )
            sent = failed = 0
            async for outcome in retry.send(letters):
                typer.echo(_line(outcome))
                sent += outcome.became is not None
                failed += outcome.became is None
                if (sent + failed) % _MANY == 0:
                    _tell(f"{sent + failed:,} of {len(letters):,}")
        finally:
            await producer.stop()
        typer.echo(f"{sent:,} sent again, {failed:,} not")
        return 1 if failed else 0


def _question(letters: Sequence[Letter]) -> str:
    where = ", ".join(sorted({letter.place.topic for letter in letters}))
    return f"Send {counted(len(letters), 'record')} to {where} again?"


def _line(outcome: Outcome) -> str:
    place = outcome.letter.place
    if outcome.became is None:
        return f"{place}  not sent: {outcome.words}"
    return f"{place}  sent as {outcome.became}" + (f" ({outcome.words})" if outcome.words else "")


def _tell(text: str) -> None:
    sys.stderr.write(f"tocsin: {text}\n")
