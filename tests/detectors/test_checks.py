"""Every registered detector passes every check, and every check catches a detector that is bad."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from detectors.checks import Check, checks
from detectors.counts import Counts
from detectors.detector import Detector, Floats, Judgement
from detectors.ewma import Ewma
from detectors.forecast import Forecast
from detectors.level_shift import LevelShift
from detectors.ratio import Ratio
from detectors.registry import DETECTORS
from detectors.robust import Robust
from detectors.seasonal import Seasonal
from detectors.state import State
from detectors.threshold import Threshold

EXAMPLES: dict[str, Callable[[], Detector]] = {
    "threshold": lambda: Threshold(upper=200.0, lower=-1.0),
    "ratio": lambda: Ratio(whole=2e4),
    "forecast": lambda: Forecast(upper=200.0, lower=-1.0),
}
"""Detectors that need parameters, or others for the values of the checks (100 and 1e4)."""


def test_there_are_checks_and_detectors_to_check() -> None:
    assert len(checks()) >= 10
    assert len(DETECTORS) >= 6


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("check", checks(), ids=lambda check: check.__name__)
def test_every_registered_detector_conforms(name: str, check: Check) -> None:
    check(EXAMPLES.get(name, DETECTORS[name]))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_bears_its_registered_name(name: str) -> None:
    assert EXAMPLES.get(name, DETECTORS[name])().name == name


class Bad:
    """A plain mean; each subclass breaks one promise."""

    name = "bad"
    is_absolute = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("mean", "f8"), ("n", "f8")])

    def __init__(self, *, limit: float = 1.0) -> None:
        self.limit = limit

    def __repr__(self) -> str:
        return f"Bad(limit={self.limit})"

    def start(self, state: State) -> None:
        pass

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        mean = state["mean"].copy()
        return Judgement((x - mean) / self.limit, mean, mean - 1, mean + 1)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        state["n"] += weight
        state["mean"] += weight * (x - state["mean"]) / np.maximum(state["n"], 1)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        state["mean"] = x


class ScoringLearns(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        self.learn(state, x, at, np.ones(len(x)))
        return judgement


class TrustsItsMemo(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        return super().score(state, x, at)._replace(memo=x + 1)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        super().learn(state, x if memo is None else memo, at, weight)


class LooksAtNeighbours(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        return judgement._replace(residual=judgement.residual - judgement.residual.mean())


class KnowsFirstRow(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        return judgement._replace(residual=judgement.residual + np.arange(len(x)))


class IgnoresWeight(Bad):
    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        super().learn(state, x, at, np.ones(len(x)))


class SeesNothing(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        return super().score(state, x, at)._replace(residual=np.zeros_like(x))


class NeverRelearns(Bad):
    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        pass


class SquaresItself(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        return judgement._replace(residual=judgement.residual * np.abs(judgement.residual) ** 3)


class ForgetsByDivision(Bad):
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("mean", "f8"), ("n", "f8"), ("at", "f8")])

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        dt = at - state["at"]
        return judgement._replace(residual=judgement.residual * np.exp(np.minimum(dt, 1e7) / 1e3))

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        super().learn(state, x, at, weight)
        state["at"] = at


class HidesParameters(Bad):
    def __repr__(self) -> str:
        return "Bad()"


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (check, bad)
        for check, bad in zip(
            checks(),
            [
                ScoringLearns,
                TrustsItsMemo,
                LooksAtNeighbours,
                KnowsFirstRow,
                IgnoresWeight,
                SeesNothing,
                NeverRelearns,
                SquaresItself,
                ForgetsByDivision,
                HidesParameters,
            ],
            strict=True,
        )
    ],
    ids=lambda value: value.__name__,
)
def test_each_check_catches_a_bad_detector(check: Check, bad: type[Bad]) -> None:
    with pytest.raises((AssertionError, FloatingPointError)):
        check(bad)


@dataclass(frozen=True)
class Mistake:
    make: Callable[[], Detector]
    says: str


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake(lambda: Ewma(memory_s=0), "memory_s must be above 0"),
        Mistake(lambda: Robust(spread_s=-1), "spread_s must be above 0"),
        Mistake(lambda: Seasonal(bins=1), "bins must be from 2 to 1024"),
        Mistake(lambda: LevelShift(slack=9), "slack must be from 0 to 3"),
        Mistake(lambda: Counts(memory_s=float("nan")), "memory_s must be above 0"),
        Mistake(lambda: Threshold(), "give upper, lower or both"),
        Mistake(lambda: Threshold(lower=2, upper=1), "lower must be below upper"),
    ],
    ids=lambda mistake: mistake.says,
)
def test_a_wrong_parameter_is_refused_in_one_sentence(mistake: Mistake) -> None:
    with pytest.raises(ValueError, match=mistake.says):
        mistake.make()
