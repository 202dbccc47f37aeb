"""The robust slope."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.rate_of_change import RateOfChange
from tests.detectors.naive_blocks import NaiveBlocks, NaiveSpread, slope
from tests.detectors.oracle import Histories, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveRate:
    def __init__(self) -> None:
        self.blocks, self.spread = NaiveBlocks(1200.0 / 16, 16), NaiveSpread(7200.0)
        self.at = 0.0

    def rise(self, x: float, at: float) -> float:
        return 1200.0 * slope(self.blocks.ages(x, at), self.blocks.width_s)

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.spread.judged < 20:
            return math.nan, math.nan
        return self.rise(x, at) / self.spread.scale(self.blocks.origin or 0.0), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        self.spread.keep(self.rise(x, at), at - self.at, weight)
        self.blocks.keep(x, at)
        self.at = at


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(RateOfChange(window_s=1200.0, spread_s=7200.0), NaiveRate, told)


def test_a_climb_is_seen_while_it_is_small_and_spikes_are_not() -> None:
    x = noise(4000, seed=2)
    x[2000:3000:100] += 500.0
    x[3200:] += np.minimum(0.15 * np.arange(800), 15.0)  # climbs, and stays there
    assert found(RateOfChange(), x).only_within(3200, 3300)
