"""The change of scatter."""

import math

from hypothesis import given, settings

from detectors.level import Level
from detectors.variance import Variance
from tests.detectors.oracle import Histories, NaivePace, assert_agree, histories
from tests.detectors.planted import found, noise


class NaiveVariance:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=600.0, young=20)
        self.mean = self.recent = self.usual = 0.0

    @property
    def floor(self) -> float:
        return (1e-9 * abs(self.mean) + 1e-12) ** 2

    def gain(self, at: float) -> float:
        return min(self.pace.gain(at, max(5 * self.pace.step, 600.0)), 0.5)

    def square(self, x: float) -> float:
        size = abs(x - self.mean) if self.pace.seen else 0.0
        if self.usual > 0 and not self.pace.is_young:
            size = min(size, 5 * math.sqrt(max(self.usual, self.floor)))
        return size * size

    def moved(self, x: float, at: float) -> float:
        a = 0.0 if self.pace.is_gap(at) else self.gain(at)
        return self.recent + a * (self.square(x) - self.recent)

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        recent, usual = (max(v, self.floor) for v in (self.moved(x, at), self.usual))
        return math.log(recent) - math.log(usual), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        recent, square, a = self.moved(x, at), self.square(x), self.gain(at)
        if not self.pace.is_gap(at):
            b = weight * min(self.pace.gain(at, 7200.0), 0.5)
            self.usual += b * (square - self.usual)
        e = x - self.mean
        self.mean = self.mean + (e if self.pace.is_gap(at) else a * e) if self.pace.seen else x
        self.recent = recent
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Variance(window_s=600.0, memory_s=7200.0), NaiveVariance, told)


def test_twice_the_scatter_is_seen_though_no_value_is_far_off() -> None:
    x = noise(2500)
    x[2300:] = 100 + 2.4 * (x[2300:] - 100)
    x = x.clip(100 - 8, 100 + 8)
    assert found(Variance(), x, direction="up").only_within(2300, 2500)
    assert found(Level(), x).opened == ()


def test_a_strange_calm_is_seen() -> None:
    x = noise(2500, seed=2)
    x[2300:] = 100 + 0.1 * (x[2300:] - 100)
    assert found(Variance(), x, direction="down").only_within(2300, 2500)
    assert found(Level(), x).opened == ()
