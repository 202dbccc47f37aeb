"""Bounds that are about to be crossed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from detectors.forecast import Forecast
from tests.detectors.naive_blocks import NaiveBlocks, slope, slopes
from tests.detectors.oracle import Histories, assert_agree, histories
from tests.detectors.planted import found, noise

UPPER, LOWER = 104.0, 92.0


class NaiveForecast:
    def __init__(self) -> None:
        self.blocks = NaiveBlocks(1200.0 / 16, 16)

    def score(self, x: float, at: float) -> tuple[float, float]:
        ages = self.blocks.ages(x, at)
        known, coming = slopes(ages, self.blocks.width_s), x + slope(ages, 75.0) * 3600.0
        quarter = (len(known) - 1) // 4
        if x > UPPER or (known and known[quarter] > 0 and coming > UPPER):
            return 50.0, math.nan
        if x < LOWER or (known and known[-1 - quarter] < 0 and coming < LOWER):
            return -50.0, math.nan
        return 0.0, math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        self.blocks.keep(x, at)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    detector = Forecast(upper=UPPER, lower=LOWER, within_s=3600.0, window_s=1200.0)
    assert_agree(detector, NaiveForecast, told)


def test_a_disk_that_will_be_full_is_told_as_long_before_as_asked() -> None:
    x = noise(3000, level=50.0, scale=0.2)
    x[2000:] += 0.05 * np.arange(1000)  # 3 an hour, 100 % at step 3000
    told = found(Forecast(upper=100.0, within_s=4 * 3600.0), x)
    assert told.only_within(2740, 2780), "240 steps are four hours"


def test_noise_just_below_a_bound_foretells_nothing() -> None:
    x = noise(3000, level=95.0, scale=1.0)
    assert found(Forecast(upper=100.0), np.minimum(x, 99.9)).opened == ()


def test_a_forecast_needs_a_bound() -> None:
    with pytest.raises(ValueError, match="give upper, lower or both"):
        Forecast()
