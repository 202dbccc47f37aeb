"""The difference of the means of two windows."""

import math

from hypothesis import given, settings

from detectors.ewma import Ewma
from detectors.mean_shift import MeanShift
from tests.detectors.naive_blocks import NaiveBlocks, NaiveSpread, mean
from tests.detectors.oracle import Histories, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveMeanShift:
    def __init__(self) -> None:
        self.blocks, self.spread = NaiveBlocks(600.0 / 8, 16), NaiveSpread(7200.0)
        self.at = 0.0

    def difference(self, x: float, at: float) -> tuple[float, float]:
        ages = self.blocks.ages(x, at)
        before = mean(ages[8:])
        origin = x if self.blocks.origin is None else self.blocks.origin
        return mean(ages[:8]) - before, origin + before

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.spread.judged < 20:
            return math.nan, math.nan
        difference, expected = self.difference(x, at)
        level = 0.0 if math.isnan(expected) else expected
        return difference / self.spread.scale(level), expected

    def learn(self, x: float, at: float, weight: float) -> None:
        self.spread.keep(self.difference(x, at)[0], at - self.at, weight)
        self.blocks.keep(x, at)
        self.at = at


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(MeanShift(window_s=600.0, spread_s=7200.0), NaiveMeanShift, told)


def test_a_shift_within_the_noise_is_seen_once_and_then_is_the_window_before() -> None:
    x = noise(4000)
    x[3000:] += 3.0
    assert found(MeanShift(), x).only_within(3000, 3060)
    assert found(Ewma(), x).opened == ()
