"""The Page-Hinkley test."""

import math

from hypothesis import given, settings

from detectors.ewma import Ewma
from detectors.page_hinkley import PageHinkley
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import found, noise


class NaivePageHinkley:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=7200.0, young=20)
        self.usual = NaiveUsual(7200.0)
        self.mean = self.up = self.down = 0.0

    def sums(self, x: float, at: float) -> tuple[float, float]:
        z = min(max((x - self.mean) / self.usual.scale(self.mean), -6.0), 6.0)
        z = 0.0 if self.pace.is_young else z
        keep = math.exp(-min(self.pace.dt(at), 1800.0) / 1800.0)
        up = max(0.0, self.up * keep + (1 - keep) * (z - 0.5))
        return up, max(0.0, self.down * keep + (1 - keep) * (-z - 0.5))

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        up, down = self.sums(x, at)
        return up - down, self.mean

    def learn(self, x: float, at: float, weight: float) -> None:
        self.up, self.down = self.sums(x, at)
        e = x - self.mean
        far = 6 * self.usual.scale(self.mean)
        taken = e if self.pace.is_young else min(max(e, -far), far)
        gain = self.pace.gain(at, 7200.0)
        mean = self.mean + weight * gain * taken if self.pace.seen else x
        self.usual.keep(e if self.pace.seen else 0.0, at, weight, self.pace)
        self.mean = mean
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    # at a level of 1e9 a noise of 0.1 is rounded at its seventh digit
    assert_agree(PageHinkley(window_s=1800.0, memory_s=7200.0), NaivePageHinkley, told, close=1e-6)


def test_a_shift_within_the_noise_is_seen_by_lasting() -> None:
    x = noise(2500)
    x[2300:] += 3.0
    assert found(PageHinkley(), x).only_within(2300, 2500)
    assert found(Ewma(), x).opened == ()
