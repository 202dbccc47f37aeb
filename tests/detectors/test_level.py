"""The deviation from the running level."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.ewma import Ewma
from detectors.level import Level
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveLevel:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=600.0, young=20)
        self.usual = NaiveUsual(7200.0)
        self.mean = 0.0

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        return (x - self.mean) / self.usual.scale(self.mean), self.mean

    def learn(self, x: float, at: float, weight: float) -> None:
        e = x - self.mean if self.pace.seen else 0.0
        far = 5 * self.usual.scale(self.mean)
        is_taken_whole = self.pace.is_young or self.pace.is_gap(at)
        taken = e if is_taken_whole else min(max(e, -far), far)
        gain = self.pace.gain(at, max(3 * self.pace.step, 600.0))
        mean = self.mean + weight * gain * taken if self.pace.seen else x
        self.usual.keep(e, at, weight, self.pace)
        self.mean = mean
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Level(memory_s=600.0, spread_s=7200.0), NaiveLevel, told)


def test_a_slow_drift_is_seen_that_a_quick_level_follows() -> None:
    x = noise(2500)
    x[2000:] += 0.06 * np.arange(500)
    assert found(Level(), x).only_within(2100, 2500)
    assert found(Ewma(), x).opened == ()
