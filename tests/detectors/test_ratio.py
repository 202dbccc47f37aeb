"""The surprise of shares."""

import math

import numpy as np
from hypothesis import given, settings
from scipy.stats import binom

from detectors.ratio import Ratio
from detectors.state import fresh
from tests.detectors.oracle import Histories, NaivePace, assert_agree, histories
from tests.detectors.planted import found

WHOLE, VOLUME = 100.0, 500.0


class NaiveRatio:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=3600.0, young=20)
        self.mean = self.var = 0.0

    @property
    def p(self) -> float:
        least = 0.5 / (self.pace.seen + 1)
        return min(max(self.mean, least), 1 - least)

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_young:
            return math.nan, math.nan
        y, p = min(max(x / WHOLE, 0.0), 1.0), self.p
        spread = p * (1 - p)
        n = max(spread / self.var if self.var > spread / VOLUME else VOLUME, 1.0)
        own = y * math.log(y / p) if y > 0 else 0.0
        rest = (1 - y) * math.log((1 - y) / (1 - p)) if y < 1 else 0.0
        return math.copysign(n * max(own + rest, 0.0), y - p), p * WHOLE

    def learn(self, x: float, at: float, weight: float) -> None:
        y, p = min(max(x / WHOLE, 0.0), 1.0), self.p
        a = weight * self.pace.gain(at, 3600.0)
        e = y - self.mean
        if not self.pace.is_young:
            far = 6 * math.sqrt(max(self.var, p * (1 - p) / VOLUME))
            e = min(max(e, -far), far)
        a = min(a, 0.5) if self.pace.seen else 1.0
        self.var = self.var + a * (e * e - self.var) if self.pace.seen else 0.0
        self.mean += a * e
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories(low=-5.0, high=105.0))
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Ratio(memory_s=3600.0, whole=WHOLE, volume=VOLUME), NaiveRatio, told)


def test_the_surprise_is_close_to_the_tail_of_the_binomial_that_made_the_shares() -> None:
    ratio, trials, rng = Ratio(volume=1e6), 200, np.random.default_rng(1)
    state = fresh(ratio.dtype)
    for step, errors in enumerate(rng.binomial(trials, 0.05, 5000)):
        ratio.learn(state, np.array([errors / trials]), np.array([60.0 * step]), np.ones(1))
    for errors in (20, 30, 60):
        told = ratio.score(state, np.array([errors / trials]), np.array([3e5])).residual[0]
        exact = -binom.logsf(errors - 1, trials, 0.05)
        assert 0.85 * exact <= told + 2.5, "a Chernoff bound is below by a few nats at most"
        assert told <= 1.15 * exact


def test_twenty_errors_more_in_a_thousand_are_seen_in_a_ratio_near_one() -> None:
    rng = np.random.default_rng(3)
    x = rng.binomial(2000, 0.9995, 7500) / 2000
    x[7300:7330] = rng.binomial(2000, 0.98, 30) / 2000
    given_by = {"direction": "down", "min_change": 0.002}
    assert found(Ratio(volume=5000.0), x, **given_by).only_within(7298, 7330)


def test_the_first_error_of_a_quiet_week_is_no_certainty() -> None:
    x = np.zeros(2500)
    x[2300] = 0.001
    assert found(Ratio(), x, open_samples=1, open_of=1).opened == ()
