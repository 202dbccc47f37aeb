"""Values that stand still."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.ewma import Ewma
from detectors.flat_line import FlatLine
from tests.detectors.oracle import Histories, NaivePace, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveFlatLine:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=0.0, young=20)
        self.value = self.since = self.usual = self.changes = 0.0

    def is_changed(self, x: float) -> bool:
        return abs(x - self.value) > 0.5

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at) or self.changes < 5:
            return math.nan, math.nan
        stood = 0.0 if self.is_changed(x) else at - self.since
        return stood / max(self.usual, 1e-3), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        is_known = self.pace.seen > 0 and not self.pace.is_gap(at)
        if is_known and self.is_changed(x):
            stood = at - self.since
            b = max(1 - math.exp(-stood / 7200.0), 1 / (self.changes + 1))
            if self.changes >= 5:
                b, stood = min(b, 0.5), min(stood, 5 * self.usual)
            self.usual += weight * b * (stood - self.usual)
            self.changes += weight
        if not is_known or self.is_changed(x):
            self.value, self.since = x, at
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(FlatLine(memory_s=7200.0, tolerance=0.5), NaiveFlatLine, told)


def test_a_stuck_value_is_seen_though_its_level_is_usual() -> None:
    x = np.round(noise(2500, scale=1.0))
    x[2300:2330] = 100.0
    assert found(FlatLine(), x).only_within(2304, 2330)
    assert found(Ewma(), x).opened == ()


def test_a_series_that_never_changed_is_not_stuck() -> None:
    assert found(FlatLine(), np.full(2500, 7.0)).opened == ()
