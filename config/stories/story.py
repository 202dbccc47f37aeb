"""A story that was read and checked: what is done when, and where that is written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.errors import Place
from config.stories.expectations import Expectation
from config.stories.models import StepModel
from routing.incident import NotifyReason
from routing.policy import Policy

BEGINNING = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""When a story begins that does not say: a Monday morning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An expectation, where it stands, and when it begins and ends; both are included."""

    expectation: Expectation
    place: Place
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One moment of a story."""

    at: datetime
    place: Place
    does: StepModel
    expects: tuple[Expected, ...] = ()
    reloaded: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, step by step, and what must come of it."""

    name: str
    place: Place
    policy: Policy
    starts_at: datetime
    steps: tuple[Step, ...]
    ignored: frozenset[NotifyReason] = frozenset()

    @property
    def ends_at(self) -> datetime:
        """The end of the last step and of the last expectation."""
        ends = (one.ends_at for step in self.steps for one in step.expects)
        return max([*(step.at for step in self.steps), *ends])

    def since(self, at: datetime) -> timedelta:
        """How long after its beginning that is."""
        return at - self.starts_at
