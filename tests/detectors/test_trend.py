"""The line that is followed."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.level import Level
from detectors.trend import Trend
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveTrend:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=600.0, young=20)
        self.usual = NaiveUsual(7200.0)
        self.mean = self.slope = 0.0

    def forecast(self, at: float) -> float:
        return self.mean + self.slope * (0.0 if self.pace.is_gap(at) else self.pace.dt(at))

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        forecast = self.forecast(at)
        return (x - forecast) / self.usual.scale(forecast), forecast

    def learn(self, x: float, at: float, weight: float) -> None:
        forecast, step = self.forecast(at), self.pace.step
        e = x - forecast if self.pace.seen else 0.0
        far = 5 * self.usual.scale(forecast)
        taken = e if self.pace.is_young else min(max(e, -far), far)
        a = weight * self.pace.gain(at, max(3 * step, 600.0))
        b = self.pace.gain(at, max(10 * step, 3600.0))
        self.usual.keep(e, at, weight, self.pace)
        if not self.pace.seen:
            self.mean = x
        elif self.pace.is_gap(at):
            self.mean = forecast + weight * e
        else:
            self.slope += a * b * taken / max(self.pace.dt(at), 1e-3)
            self.mean = forecast + a * taken
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Trend(memory_s=600.0, trend_s=3600.0, spread_s=7200.0), NaiveTrend, told)


def test_a_dip_on_a_steep_trend_is_seen_that_a_level_takes_for_normal() -> None:
    x = noise(2500) + 0.5 * np.arange(2500)
    x[2300:2310] -= 20.0
    assert found(Trend(), x).only_within(2300, 2310)
    assert found(Level(), x).opened == ()
