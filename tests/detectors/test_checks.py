"""Every registered detector passes every check, and every check catches a detector that is bad."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest

from detectors.checks import Check, check_detector, checks, run
from detectors.counts import Counts
from detectors.detector import Detector, Floats, Judgement
from detectors.ewma import Ewma
from detectors.forecast import Forecast
from detectors.level_shift import LevelShift
from detectors.ratio import Ratio
from detectors.registry import DETECTORS, OURS
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
SMALL: dict[str, dict[str, Any]] = {
    "river.LODA": {"n_random_cuts": 5},
    "river.LocalOutlierFactor": {
        "n_neighbors": 3,
        "engine": {"LazySearch": {"window_size": 40}},
    },
    "river.HalfSpaceTrees": {"n_trees": 10, "height": 5, "window_size": 50},
    "river.KSWIN": {"window_size": 30, "stat_size": 10},
}
"""Parameters with which river's models take no longer than they must."""


def made(name: str) -> Detector:
    return EXAMPLES[name]() if name in EXAMPLES else DETECTORS[name](**SMALL.get(name, {}))


def test_there_are_checks_and_detectors_to_check() -> None:
    assert len(checks()) >= 13
    assert len(OURS) >= 16
    assert len(DETECTORS) >= len(OURS) + 12


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", DETECTORS)  # all checks of one in a row: it is taught once
def test_every_registered_detector_conforms(name: str, check: Check) -> None:
    check(lambda: made(name))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_bears_its_registered_name(name: str) -> None:
    assert made(name).name == name


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


class KnowsNoBounds(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        return super().score(state, x, at)._replace(lower=np.zeros(1), upper=np.zeros(1))


class BandsBeside(Bad):
    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        return judgement._replace(upper=judgement.lower)


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


class IsTooLate(Bad):
    """Tells what is wild after an hour, and does not say so."""

    dtype: ClassVar[np.dtype[Any]] = np.dtype([("mean", "f8"), ("n", "f8"), ("wild", "f8")])

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        judgement = super().score(state, x, at)
        is_told = (np.abs(judgement.residual) < 100) | (state["wild"] >= 60)
        return judgement._replace(residual=np.where(is_told, judgement.residual, 0.0))

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        state["wild"] = np.where(np.abs(x - state["mean"]) < 100, 0, state["wild"] + 1)
        super().learn(state, x, at, weight)


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


class ForgetsInSaving(Bad):
    """Keeps an object, of which it saves half."""

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        super().learn(state, x, at, weight)
        if state.objects is not None:
            for i, value in enumerate(x.tolist()):
                state.objects[i] = [value, value]

    def dump(self, thing: Any) -> bytes:
        return msgspec.msgpack.encode(thing)

    def load(self, data: bytes) -> Any:
        return msgspec.msgpack.decode(data)[:1]


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
                KnowsNoBounds,
                ScoringLearns,
                TrustsItsMemo,
                LooksAtNeighbours,
                KnowsFirstRow,
                IgnoresWeight,
                SeesNothing,
                NeverRelearns,
                BandsBeside,
                SquaresItself,
                ForgetsByDivision,
                ForgetsInSaving,
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


def conforms(make: Callable[[], Detector]) -> set[str]:
    """Which checks it passes."""
    passed = set()
    for check in checks():
        with contextlib.suppress(AssertionError, ArithmeticError):
            check(make)
            passed.add(check.__name__)
    return passed


def test_the_plain_mean_of_which_bad_ones_are_made_is_not_bad() -> None:
    check_detector(Bad)


def test_a_detector_that_tells_late_says_for_how_long() -> None:
    rule = "a_wild_value_is_further_off_than_usual_ones"
    assert rule not in conforms(IsTooLate)
    late = type("SaysSo", (IsTooLate,), {"delay_s": 3600.0})
    assert rule in conforms(late)
    never = type("TakesForEver", (IsTooLate,), {"delay_s": 1e9})
    assert rule not in conforms(never)


def test_all_that_is_broken_is_told_at_once() -> None:
    class Twice(HidesParameters, NeverRelearns):
        pass

    with pytest.raises(AssertionError) as told:
        check_detector(Twice)
    broken = str(told.value).splitlines()
    assert [line.partition(":")[0] for line in broken] == [
        "the_present_level_can_be_accepted",
        "parameters_are_keywords_and_shown",
    ]


def test_no_checks_at_all_are_a_failure() -> None:
    with pytest.raises(AssertionError, match="not one check"):
        run(Bad, [])


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
