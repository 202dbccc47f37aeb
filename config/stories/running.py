"""Running: a story through the engine, on a clock of its own, and the verdict."""

from dataclasses import dataclass

from config.stories.acting import Nothing, Providers, events_of
from config.stories.judging import Failure, Judge, Message, said
from config.stories.story import Step, Story
from routing.engine import Engine
from routing.event import PolicyChanged
from routing.rehearsal import Rehearsal
from routing.wording import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the timeline, and how long after the beginning; `is_why` marks reasons."""

    since: str
    text: str
    is_why: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a story went."""

    story: Story
    failures: tuple[Failure, ...]
    timeline: tuple[Line, ...]

    @property
    def is_good(self) -> bool:
        """Whether all happened as it should."""
        return not self.failures


def run(story: Story) -> Verdict:
    """The story, from its first step to the end of its last expectation, and the verdict."""
    rehearsal, failures = rehearse(story)
    told = rehearsal.told()
    messages = [Message(at, one) for at, one in told if not one.is_test]
    policies = [story.policy, *(s.reloaded for s in story.steps if s.reloaded is not None)]
    judge = Judge(story, policies[-1], messages, rehearsal.explained())
    return Verdict(
        story=story,
        failures=(*failures, *judge.failures()),
        timeline=tuple(_timeline(story, rehearsal, messages)),
    )


def rehearse(story: Story) -> tuple[Rehearsal, list[Failure]]:
    """What comes of the story, and which of its steps could not be taken."""
    providers = Providers()
    rehearsal = Rehearsal(Engine(story.policy), providers.answer)
    rehearsal.give(PolicyChanged(story.policy), story.starts_at)
    failures = []
    for step in story.steps:
        rehearsal.run(step.at)
        providers.say(step.does.receipt or {})
        try:
            for event in events_of(step, rehearsal.engine):
                rehearsal.give(event, step.at)
        except Nothing as error:
            failures.append(_impossible(step, error))
    rehearsal.run(story.ends_at)
    return rehearsal, failures


def _impossible(step: Step, error: Nothing) -> Failure:
    return Failure(
        place=step.place,
        expected="somebody acts on an incident",
        happened=str(error),
        since=step.at,
        until=step.at,
    )


def _timeline(story: Story, rehearsal: Rehearsal, messages: list[Message]) -> list[Line]:
    """What was done, decided and told, in order."""
    done = [(step.at, 0, text) for step in story.steps for text in _doings(step)]
    why = [(one.at, 1, f"{one.reason}: {one.text}") for one in rehearsal.explained()]
    told = [(message.at, 2, said(message)) for message in messages]
    lines = sorted([*done, *why, *told], key=lambda line: line[:2])
    return [
        Line(since=say(story.since(at)), text=text, is_why=kind == 1) for at, kind, text in lines
    ]


def _doings(step: Step) -> list[str]:
    does = step.does.model_dump(exclude_none=True, exclude_unset=True, exclude={"at", "expect"})
    return [f"{key} {_shown(value)}" for key, value in does.items()]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(part)}" for key, part in value.items()) + "}"
    return str(value)
