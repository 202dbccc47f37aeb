"""Counts of a window against those before it."""

import math

import numpy as np
from hypothesis import given, settings
from scipy.stats import betabinom, binom

from detectors.counts import Counts
from detectors.rate_ratio import RateRatio
from detectors.state import fresh
from tests.detectors.naive_blocks import NaiveBlocks
from tests.detectors.oracle import Histories, NaivePace, assert_agree, histories
from tests.detectors.planted import found


class NaiveRateRatio:
    def __init__(self) -> None:
        self.blocks, self.sizes = NaiveBlocks(150.0, 20), {}
        self.pace = NaivePace(memory_s=7200.0, young=20)
        self.mean = self.steps = self.last = 0.0

    def windows(self, x: float, at: float) -> tuple[float, float, float, float]:
        """Events and samples of the last window, and of those before it."""
        number, _ = self.blocks.now(x, at)
        held = self.blocks.held + 1 if number == self.blocks.number else 1
        origin = x if self.blocks.origin is None else self.blocks.origin
        told = []
        for age, mean in enumerate(self.blocks.ages(x, at)):
            size = held if age == 0 else self.sizes.get(number - age, 0)
            told.append((0.0, 0) if math.isnan(mean) else (max(origin + mean, 0.0) * size, size))
        events, samples = zip(*told, strict=True)
        return sum(events[:4]), sum(samples[:4]), sum(events[4:]), sum(samples[4:])

    def score(self, x: float, at: float) -> tuple[float, float]:
        k, n, k0, n0 = self.windows(max(x, 0.0), at)
        if self.pace.is_young or not n0:
            return math.nan, math.nan
        if k + k0 == 0:
            return 0.0, 0.0
        extra, size = self.steps - self.mean, 1e12
        if extra > 1e-9 * self.mean + 1e-9:
            size = min(max(self.mean**2 / extra, 1e-9), 1e12)
        p, y = n / (n + n0), min(k / max(k + k0, 1e-9), 1.0)
        p = min(max(p, 1e-9), 1 - 1e-9)
        trials = (k + k0) / (1 + max(k + k0 - 1, 0) / (1 + (n + n0) * size))
        own = y * math.log(y / p) if y > 0 else 0.0
        rest = (1 - y) * math.log((1 - y) / (1 - p)) if y < 1 else 0.0
        return math.copysign(trials * max(own + rest, 0.0), y - p), k0 / n0

    def learn(self, x: float, at: float, weight: float) -> None:
        y = max(x, 0.0)
        is_first = not self.pace.seen
        a = 1.0 if is_first else min(weight * self.pace.gain(at, 7200.0), 0.5)
        far = math.inf if self.pace.is_young else 6 * math.sqrt(max(self.steps, self.mean) + 1)
        step = 0.0 if is_first else min(abs(y - self.last), far)
        self.mean += a * min(y - self.mean, far)
        self.steps += a * (step * step / 2 - self.steps)
        self.last = y
        self.blocks.keep(y, at)
        self.sizes[self.blocks.number] = self.blocks.held
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories(low=-5.0, high=1e4))
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(RateRatio(window_s=600.0, memory_s=7200.0), NaiveRateRatio, told)


def told_of(x: np.ndarray) -> float:
    """The residual of the last count of a series at a sample a minute."""
    ratio = RateRatio(window_s=1200.0)
    state = fresh(ratio.dtype)
    at = 1200.0 * np.ceil(1.7e9 / 1200) + 60.0 * np.arange(len(x))
    for step, count in enumerate(x[:-1]):
        ratio.learn(state, np.array([count]), at[[step]], np.ones(1))
    return float(ratio.score(state, x[-1:], at[-1:]).residual[0])


def test_the_surprise_is_close_to_the_conditional_tail_of_two_poissons() -> None:
    quiet = np.random.default_rng(1).poisson(2.0, 4980).astype(float)
    for more in (1.5, 2.0, 4.0):
        x = np.r_[quiet, np.random.default_rng(2).poisson(2.0 * more, 20)]
        k, before = x[-20:].sum(), x[-100:-20].sum()
        exact = -binom.logsf(k - 1, k + before, 0.2)
        assert 0.8 * exact - 1 <= told_of(x) <= 1.15 * exact + 2.5


def test_counts_that_scatter_more_are_taken_for_a_negative_binomials() -> None:
    rng, size = np.random.default_rng(3), 1.0
    quiet = rng.negative_binomial(size, size / (size + 5.0), 4980).astype(float)
    x = np.r_[quiet, rng.poisson(15.0, 20)]
    k, before = x[-20:].sum(), x[-100:-20].sum()
    exact = -betabinom.logsf(k - 1, k + before, 20 * size, 80 * size)
    assert told_of(x) < 0.3 * -binom.logsf(k - 1, k + before, 0.2)
    assert 0.6 * exact <= told_of(x) <= 1.6 * exact + 2.5


def test_a_rate_a_little_higher_for_an_hour_is_found_and_not_by_single_counts() -> None:
    x = np.random.default_rng(6).poisson(4.0, 6000).astype(float)
    x[5000:5060] = np.random.default_rng(7).poisson(8.0, 60)
    given_by = {"direction": "up", "open_samples": 2, "open_of": 3}
    opened = found(RateRatio(), x, **given_by).opened
    assert len(opened) <= 2
    assert 5000 <= opened[-1] <= 5060
    assert found(Counts(), x, **given_by).opened == ()


def test_counts_of_nothing_are_no_surprise() -> None:
    assert told_of(np.zeros(300)) == 0.0
