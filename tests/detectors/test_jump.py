"""The first difference."""

import math

from hypothesis import given, settings

from detectors.jump import Jump
from detectors.level import Level
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import autocorrelated, found


class NaiveJump:
    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=0.0, young=20)
        self.usual = NaiveUsual(7200.0)
        self.last = 0.0

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        return (x - self.last) / self.usual.scale(self.last), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        difference = x - self.last if self.pace.seen else 0.0
        self.usual.keep(difference, at, weight, self.pace)
        self.last = x
        self.pace.keep(at, weight)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    assert_agree(Jump(spread_s=7200.0), NaiveJump, told)


def test_a_step_in_a_series_that_wanders_is_seen_by_its_jump_alone() -> None:
    x = autocorrelated(2500)
    x[2300:] += 8.0
    assert found(Jump(), x, open_samples=1, open_of=1).only_within(2300, 2300)
    assert not found(Level(), x, open_samples=1, open_of=1).opened
