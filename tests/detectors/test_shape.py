"""The distance of the last window to the nearest earlier one."""

import math

import numpy as np
from hypothesis import given, settings

from detectors.ewma import Ewma
from detectors.shape import Shape
from tests.detectors.naive_blocks import NaiveBlocks, NaiveSpread
from tests.detectors.oracle import Histories, assert_agree, histories
from tests.detectors.planted import found


class NaiveShape:
    def __init__(self) -> None:
        self.blocks, self.spread = NaiveBlocks(100.0, 8 + 24), NaiveSpread(7200.0)
        self.at = 0.0

    def distance(self, x: float, at: float) -> float:
        ages = self.blocks.ages(x, at)
        found = []
        for begins in range(8, len(ages) - 7):
            difference = [a - b for a, b in zip(ages[begins : begins + 8], ages[:8], strict=True)]
            mean = sum(difference) / 8
            found.append(sum(d * d for d in difference) / 8 - mean * mean)
        known = [one for one in found if not math.isnan(one)]
        return math.sqrt(max(min(known), 0.0)) if known else math.nan

    def score(self, x: float, at: float) -> tuple[float, float]:
        origin = x if self.blocks.origin is None else self.blocks.origin
        if self.spread.judged < 20:
            return math.nan, math.nan
        return self.distance(x, at) / self.spread.scale(origin), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        self.spread.keep(self.distance(x, at), at - self.at, weight)
        self.blocks.keep(x, at)
        self.at = at


@settings(max_examples=15, deadline=None)
@given(histories(low=-1e3, high=1e3))
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    shape = Shape(window_s=800.0, memory_s=2400.0, spread_s=7200.0)
    assert_agree(shape, NaiveShape, told)


def batches(steps: int) -> np.ndarray:
    """A job that runs up, holds and falls, at no fixed time."""
    rng, x = np.random.default_rng(1), np.full(steps, 10.0)
    course, at = np.r_[np.linspace(0, 50, 12), np.full(16, 50.0), np.linspace(50, 0, 12)], 0
    while at + 40 < steps:
        x[at : at + 40] += course
        at += 40 + int(rng.integers(10, 30))
    return x + rng.normal(0, 0.5, steps)


def test_a_job_that_breaks_off_and_starts_again_is_a_shape_not_seen_before() -> None:
    x = batches(3600)
    began = 3000 + int(np.argmax(x[3000:] < 12))
    began += int(np.argmax(x[began:] > 55)) + 4
    x[began : began + 6] = 22.0
    shape = Shape(window_s=1200.0, memory_s=86400.0)
    assert found(shape, x, open_samples=2).only_within(began, began + 25)
    assert found(Ewma(), x, open_samples=2).opened == ()


def test_the_same_shape_at_another_level_is_no_surprise() -> None:
    x = batches(3600)
    x[3000:] += 300.0
    opened = found(Shape(window_s=1200.0), x).opened
    assert all(3000 <= step <= 3030 for step in opened), "but for the edge, which is one"
