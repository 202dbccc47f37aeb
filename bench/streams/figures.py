"""A figure, and the goal it is held against."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound from the issue; it is never moved to where we are."""

    bound: float
    is_least: bool = True

    def is_met(self, value: float) -> bool:
        """Whether a value is within the bound."""
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:,g}"


def at_least(bound: float) -> Goal:
    """A goal for what should be large."""
    return Goal(bound)


def at_most(bound: float) -> Goal:
    """A goal for what should be small."""
    return Goal(bound, is_least=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured: the median of `runs`, with its unit.

    `is_met` is None where there is no goal, or where this machine cannot tell; `note` says why.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    is_met: bool | None = None
    runs: tuple[float, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The figure as a JSON object, numbers rounded to what they mean."""
        found = asdict(self)
        found["value"], found["runs"] = _rounded(self.value), [_rounded(v) for v in self.runs]
        return found


def figure(
    name: str, runs: Sequence[float] | float, unit: str, goal: Goal | None = None, note: str = ""
) -> Figure:
    """A figure of one or several runs, held against its goal."""
    values = (runs,) if isinstance(runs, int | float) else tuple(runs)
    value = statistics.median(values)
    return Figure(
        name=name,
        value=value,
        unit=unit,
        goal=str(goal or ""),
        is_met=goal.is_met(value) if goal else None,
        runs=tuple(map(float, values)),
        note=note,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
