"""Judging: whether what happened in a story is what was expected, and nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from config.errors import Place
from config.stories.expectations import Expectation
from config.stories.story import Expected, Story
from routing.effect import Explain
from routing.notification import Notification
from routing.policy import Contact, Policy
from routing.wording import say


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One notification of the rehearsal."""

    at: datetime
    notification: Notification

    @property
    def user(self) -> str:
        """The person it goes to, empty where it goes to a channel."""
        to = self.notification.contact
        deliveries = self.notification.incident.deliveries
        return next((d.user for d in deliveries if d.contact == to), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that should have been otherwise: where it was expected, and what happened.

    `since` and `until` are the instants about which the timeline has to be read.
    """

    place: Place
    expected: str
    happened: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class Judge:
    """Goes through the expectations of a story, and notes which messages were expected."""

    story: Story
    policy: Policy
    messages: Sequence[Message]
    reasons: Sequence[Explain]
    _claimed: set[Message] = field(default_factory=set)

    def failures(self) -> Iterator[Failure]:
        """What was expected and did not happen, and then what happened unexpectedly."""
        expected = [one for step in self.story.steps for one in step.expects]
        for one in sorted(expected, key=lambda one: one.ends_at):
            yield from self._judge(one)
        yield from self._others()

    def _judge(self, one: Expected) -> Iterator[Failure]:
        wanted = one.expectation
        if wanted.kind == "nothing":
            if found := self._within(one, self.messages):
                yield _failure(one, said(found[0]))
        elif wanted.kind == "reason":
            if not any(r.reason == wanted.name and _is_in(one, r.at) for r in self.reasons):
                yield _failure(one, "no decision had that reason then")
        else:
            yield from self._claim(one)

    def _claim(self, one: Expected) -> Iterator[Failure]:
        fitting = [m for m in self.messages if self._fits(one.expectation, m)]
        free = [m for m in self._within(one, fitting) if m not in self._claimed]
        if not free:
            yield _failure(one, self._instead(one, fitting))
            return
        first = free[0]
        page = [m for m in free if m.at == first.at and _incident(m) == _incident(first)]
        self._claimed.update(page)
        missing = self._contacts(one.expectation) - {m.notification.contact for m in page}
        if missing:
            names = ", ".join(f"{c.channel} {c.address}" for c in sorted(missing))
            yield _failure(one, f"it was told, but not over {names}")

    def _instead(self, one: Expected, fitting: Sequence[Message]) -> str:
        """Where else such a message is, or who was told then."""
        others = [m for m in fitting if m not in self._claimed]
        if others:
            return f"that was {moment(self.story, others[0].at)} only"
        then = "; ".join(said(m) for m in self._within(one, self.messages))
        return f"then it only {then}" if then else "nobody was told anything then"

    def _within(self, one: Expected, messages: Iterable[Message]) -> list[Message]:
        return [m for m in messages if _is_in(one, m.at)]

    def _fits(self, wanted: Expectation, message: Message) -> bool:
        note = message.notification
        if note.reason not in wanted.reasons or wanted.channel not in {"", note.contact.channel}:
            return False
        if wanted.kind == "user":
            return message.user == wanted.name
        if wanted.kind == "address":
            return note.contact.address == wanted.name
        return note.contact in self._contacts(wanted)

    def _contacts(self, wanted: Expectation) -> frozenset[Contact]:
        """All that an expectation about a receiver asks for."""
        if wanted.kind != "receiver":
            return frozenset()
        found = (r.contacts for r in self.policy.receivers if r.name == wanted.name)
        return frozenset(c for cs in found for c in cs if wanted.channel in {"", c.channel})

    def _others(self) -> Iterator[Failure]:
        for message in self.messages:
            if message in self._claimed or message.notification.reason in self.story.ignored:
                continue
            steps = [step for step in self.story.steps if step.at <= message.at]
            place = steps[-1].place if steps else self.story.place
            yield Failure(
                place=place,
                expected="nothing else",
                happened=said(message),
                since=message.at,
                until=message.at,
            )


def said(message: Message) -> str:
    """A message in words: `told ana over slack U1: first`."""
    note = message.notification
    whom = f"{message.user} " if message.user else ""
    return f"told {whom}over {note.contact.channel} {note.contact.address}: {note.reason}"


def moment(story: Story, at: datetime) -> str:
    """An instant of a story: `at 1m30s`."""
    return f"at {say(story.since(at))}"


def _failure(one: Expected, happened: str) -> Failure:
    return Failure(
        place=one.place,
        expected=one.expectation.text,
        happened=happened,
        since=one.begins_at,
        until=one.ends_at,
    )


def _is_in(one: Expected, at: datetime) -> bool:
    return one.begins_at <= at <= one.ends_at


def _incident(message: Message) -> str:
    return message.notification.incident.id
