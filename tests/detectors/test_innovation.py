"""One-step forecast errors, by the memory that serves a series best."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from detectors.detector import Detector
from detectors.innovation import Innovation
from detectors.jump import Jump
from detectors.state import State, fresh
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import autocorrelated, found, noise

STEP_S, MEMORIES = 60.0, (0.0, 3.0, 20.0)


class NaiveInnovation:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=0.0, young=20)
        self.levels = [0.0, 0.0, 0.0]
        self.sizes = [NaiveUsual(7200.0) for _ in MEMORIES]

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        best = min((2, 1, 0), key=lambda k: self.sizes[k].size)
        level = self.levels[best]
        return (x - level) / self.sizes[best].scale(level), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        if not self.pace.seen:
            self.levels = [x, x, x]
        for k, memory in enumerate(MEMORIES):
            e = x - self.levels[k]
            most = math.inf if self.pace.is_young else 3 * self.sizes[k].scale(self.levels[k])
            self.sizes[k].keep(e, at, weight, self.pace)
            if k == 0:
                self.levels[k] = x
                continue
            gain = self.pace.gain(at, memory * max(self.pace.step, 1e-3))
            self.levels[k] += (weight if k == 2 else 1.0) * gain * min(max(e, -most), most)
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Innovation(spread_s=7200.0), NaiveInnovation, told)


def taught(detector: Detector, x: np.ndarray) -> State:
    state = fresh(detector.dtype)
    for i, value in enumerate(x):
        detector.learn(state, np.array([value]), np.array([STEP_S * i]), np.ones(1))
    return state


def residual(detector: Detector, x: np.ndarray, last: float) -> float:
    """Of one more sample."""
    judged = detector.score(taught(detector, x), np.array([last]), np.array([STEP_S * len(x)]))
    return float(judged.residual[0])


def test_around_a_level_it_is_not_led_astray_by_the_sample_before() -> None:
    x = noise(3000)
    x[-1] = 94.0  # three deviations below the level
    assert residual(Innovation(), x, 108.0) == pytest.approx(4.0, abs=0.5)
    assert residual(Jump(), x, 108.0) == pytest.approx(5.0, abs=0.5)
    x[-1] = 106.0
    assert residual(Innovation(), x, 108.0) == pytest.approx(4.0, abs=0.5)
    assert residual(Jump(), x, 108.0) < 1.0


def test_on_what_wanders_it_is_the_step() -> None:
    x = autocorrelated(3000)
    assert residual(Innovation(), x, x[-1] + 8) == residual(Jump(), x, x[-1] + 8) > 6


def test_what_comes_back_from_a_spike_is_no_surprise_if_the_spike_taught_nothing() -> None:
    x, detector = noise(3000), Innovation()
    state, at = taught(detector, x), np.array([STEP_S * len(x)])
    for i in range(5):
        detector.learn(state, np.array([300.0]), at + STEP_S * i, np.zeros(1))
    after = detector.score(state, np.array([100.0]), at + STEP_S * 5)
    assert abs(float(after.residual[0])) < 0.5


def test_a_step_in_a_series_that_wanders_is_seen() -> None:
    x = autocorrelated(2500)
    x[2300:] += 8.0
    assert found(Innovation(), x, open_samples=1, open_of=1).only_within(2300, 2300)
