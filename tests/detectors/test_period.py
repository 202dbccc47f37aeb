"""Periods that are found, adopted and dropped by a season that was given none."""

import numpy as np
import pytest

from detectors.checks import (
    Check,
    a_wild_value_is_further_off_than_usual_ones,
    checks,
    the_present_level_can_be_accepted,
)
from detectors.detector import Floats
from detectors.seasonal import Seasonal
from detectors.state import State, fresh

BEGIN, STEP_S = 1.7e9, 60.0


def auto() -> Seasonal:
    return Seasonal(period_s="auto")


# A season of unknown period has no opinion on values that have none, as those of the checks.
OPINIONATED = (a_wild_value_is_further_off_than_usual_ones, the_present_level_can_be_accepted)


@pytest.mark.parametrize(
    "check", [c for c in checks() if c not in OPINIONATED], ids=lambda check: check.__name__
)
def test_a_season_of_unknown_period_conforms(check: Check) -> None:
    check(auto)


def taught(
    values: Floats, state: State | None = None, first: int = 0, *, step_s: float = STEP_S
) -> State:
    """The state after values (samples, series)."""
    seasonal, series = auto(), values.shape[1]
    if state is None:
        state = fresh(seasonal.dtype, series)
        seasonal.start(state)
    for number, x in enumerate(values, first):
        at = np.full(series, BEGIN + step_s * number)
        judged = seasonal.score(state, x, at)
        seasonal.learn(state, x, at, np.ones(series), judged.memo)
    return state


def waves(periods: Floats, samples: int, shape: str) -> Floats:
    """Series of these periods (in samples), noise a fifth of the wave."""
    phase = (np.arange(samples)[:, None] / periods) % 1
    wave = {
        "sine": np.sin(2 * np.pi * phase),
        "saw": 2 * phase - 1,
        "pulse": 3.0 * (phase < 0.15),
    }[shape]
    noise = np.random.default_rng(1).normal(size=wave.shape)
    return np.asarray(100 + 10 * wave + 2 * noise, np.float64)


def test_a_period_of_many_lengths_is_found_or_a_multiple_of_it() -> None:
    periods = np.array([3, 5, 10, 15, 24, 30, 31, 60, 100, 144, 288, 500, 1000], np.float64)
    shapes = [waves(periods, 16_000, shape) for shape in ("sine", "saw", "pulse")]
    state = taught(np.concatenate(shapes, axis=1))
    periods = np.tile(periods, len(shapes))
    found = state["period"] / STEP_S
    multiple = np.rint(found / periods)
    is_found = (multiple >= 1) & (multiple <= 5) & (np.abs(found / multiple / periods - 1) < 0.01)
    assert np.count_nonzero(~is_found) <= 2, found / periods  # of 39
    assert np.count_nonzero(state["is_adopted"][is_found]) >= 36, periods[state["is_adopted"] == 0]


def test_nothing_is_found_in_noise_and_little_in_what_wanders() -> None:
    chance = np.random.default_rng(2)
    samples, series = 5000, 20
    noise = chance.normal(size=(samples, series))
    decaying = np.zeros_like(noise)
    for number in range(1, samples):
        decaying[number] = 0.9 * decaying[number - 1] + noise[number]
    heavy, walk = chance.standard_t(2.5, size=(samples, series)), np.cumsum(noise, axis=0)
    values = np.concatenate([100 + noise, decaying, heavy, walk], axis=1)
    state, adopted = None, np.zeros(4 * series)
    for first in range(0, samples, 250):
        state = taught(values[first : first + 250], state, first)
        adopted += state["is_adopted"] / (samples / 250)
    assert not adopted[: 3 * series].any()
    assert adopted[3 * series :].mean() < 0.1


def test_a_season_that_ends_is_dropped() -> None:
    periods = np.array([24.0, 100.0])
    state = taught(waves(periods, 4000, "sine"))
    assert state["is_adopted"].all()
    noise = 100 + 2 * np.random.default_rng(3).normal(size=(4000, 2))
    state = taught(noise, state, 4000)
    assert not state["is_adopted"].any()


def test_without_a_season_there_is_no_opinion() -> None:
    seasonal = auto()
    state = taught(100 + np.random.default_rng(4).normal(size=(600, 3)))
    judged = seasonal.score(state, np.full(3, 1e3), np.full(3, BEGIN + STEP_S * 600))
    assert np.isnan(judged.residual).all()


def test_a_week_of_hours_is_found() -> None:
    hours = np.arange(24 * 7 * 10)
    weekday = (hours // 24) % 7 < 5
    day = 100 + 30 * np.sin(2 * np.pi * hours / 24) * weekday + 20 * weekday
    values = (day + np.random.default_rng(5).normal(size=len(hours)) * 2)[:, None]
    state = taught(values, step_s=3600.0)
    assert state["is_adopted"][0]
    assert state["period"][0] == 7 * 86400.0
