"""Level, line and season."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.holt_winters import HoltWinters
from detectors.seasonal import Seasonal
from detectors.state import fresh
from tests.detectors.naive_blocks import NaiveSpread
from tests.detectors.oracle import Histories, NaivePace, assert_agree, histories
from tests.detectors.planted import Found, found, noise

PERIOD_S, BINS, PERIODS = 3600.0, 6, 3.0
WIDTH_S = PERIOD_S / BINS


class NaiveHoltWinters:
    def __init__(self) -> None:
        self.pace, self.spread = NaivePace(memory_s=5400.0, young=20), NaiveSpread(7200.0)
        self.season, self.had = [0.0] * BINS, [0.0] * BINS
        self.mean = self.slope = 0.0

    def nearest(self, at: float) -> list[tuple[int, float]]:
        position = at % PERIOD_S / WIDTH_S - 0.5
        left = math.floor(position)
        second = position - left
        return [(left % BINS, 1 - second), ((left + 1) % BINS, second)]

    def is_known(self, at: float) -> bool:
        return all(self.had[i] > 0.3 * WIDTH_S for i, _ in self.nearest(at))

    def forecast(self, at: float) -> float:
        led = 0.0 if self.pace.is_gap(at) else self.slope * self.pace.dt(at)
        return self.mean + led + sum(share * self.season[i] for i, share in self.nearest(at))

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at) or not self.is_known(at):
            return math.nan, math.nan
        forecast = self.forecast(at)
        if self.spread.judged < 20:
            return math.nan, forecast
        return (x - forecast) / self.spread.scale(forecast), forecast

    def learn(self, x: float, at: float, weight: float) -> None:
        forecast, is_known, is_gap = self.forecast(at), self.is_known(at), self.pace.is_gap(at)
        e = x - forecast if self.pace.seen else 0.0
        far = 5 * self.spread.scale(forecast) if is_known and self.spread.judged >= 20 else math.inf
        taken, dt = min(max(e, -far), far), self.pace.dt(at)
        a = weight * self.pace.gain(at, max(3 * self.pace.step, 5400.0))
        b = self.pace.gain(at, max(10 * self.pace.step, 14400.0))
        led = self.mean + (0.0 if is_gap else self.slope * dt)
        for i, share in self.nearest(at):
            seconds = weight * min(max(dt, 1e-3), WIDTH_S) * share
            total = min(self.had[i] + seconds, PERIODS * WIDTH_S)
            moved = self.season[i] + (seconds / total if total else 0.0) * (0 if is_gap else taken)
            self.season[i], self.had[i] = float(np.float32(moved)), float(np.float32(total))
        self.spread.keep(e if is_known and not is_gap else math.nan, dt, weight)
        if not self.pace.seen:
            self.mean = x
        else:
            self.mean = led + (weight * e if is_gap else a * taken)
            if not is_gap and is_known:
                self.slope += a * b * taken / max(dt, 1e-3)
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    ours = HoltWinters(
        period_s=PERIOD_S, bins=BINS, periods=PERIODS,
        memory_s=5400.0, trend_s=14400.0, spread_s=7200.0,
    )  # fmt: skip
    assert_agree(ours, NaiveHoltWinters, told)


def growing(steps: int, step_s: float = 300.0) -> np.ndarray:
    """A season of a day on a trend, with noise."""
    day = np.arange(steps) * step_s / 86400
    return noise(steps) + 60 * day + 40 * np.sin(2 * np.pi * day)


def test_a_dip_is_seen_on_a_season_that_grows() -> None:
    x = growing(30 * 288)
    usual = found(HoltWinters(), x, step_s=300.0).opened
    assert len(usual) <= 1  # what the budget allows of three weeks
    x[8000:8012] -= 25.0
    opened = found(HoltWinters(), x, step_s=300.0).opened
    assert Found(tuple(step for step in opened if step not in usual)).only_within(8000, 8012)


def test_its_forecasts_on_a_trend_are_better_than_those_of_a_season_alone() -> None:
    assert error_of(HoltWinters()) < 0.8 * error_of(Seasonal())


def error_of(detector: HoltWinters | Seasonal) -> float:
    """Mean absolute distance from what was expected, after three weeks."""
    x, state, told = growing(30 * 288), fresh(detector.dtype), []
    for step, value in enumerate(x):
        sample, at = np.array([value]), np.array([1.7e9 + 300.0 * step])
        judged = detector.score(state, sample, at)
        told.append(abs(value - judged.expected[0]))
        detector.learn(state, sample, at, np.ones(1), judged.memo)
    return float(np.mean(told[21 * 288 :]))
