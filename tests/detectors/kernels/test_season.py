"""The loops of detectors that know the season of a series."""

import numpy as np
import pytest

from detectors.kernels import level_shift, season, seasonal
from detectors.kernels.band import RESIDUAL
from tests.detectors.kernels.both import assert_same, odd

N = 300
Columns = list[np.ndarray]


def rows(rng: np.random.Generator) -> Columns:
    """Origin, offset, time of the last sample, scale, samples seen and judged."""
    return [
        rng.choice([0.0, 100.0, -1e300], N),
        rng.normal(size=N),
        np.full(N, 1.7e9),
        rng.choice([0.0, 1e-12, 1.0, 1e100], N),
        rng.choice([0.0, 0.25, 1.0, 1e6], N),
        rng.choice([0.0, 19.0, 20.0, 1e6], N),
    ]


def bins(rng: np.random.Generator, count: int) -> Columns:
    """Bins, some of them unknown, and where those of a row begin."""
    cells = np.abs(rng.normal(size=(N, count, season.PARTS)))
    cells[..., 2] = rng.choice([0.0, 100.0, 1e6], (N, count))
    cells[rng.random((N, count)) < 0.2] = 0.0
    return [cells.astype(np.float32).ravel(), np.arange(N) * count * season.PARTS]


def samples(rng: np.random.Generator) -> Columns:
    """Odd values, and times from a moment to a year after the last sample."""
    at = 1.7e9 + rng.choice([1e-4, 1.0, 60.0, 3599.5, 86400.0, 3e7], N)
    return [odd(rng, N), at]


@pytest.mark.parametrize("count", [1, 2, 48])
@pytest.mark.parametrize("periods", [1, N], ids=["one period", "a period for each"])
def test_a_season_is_the_same_compiled(count: int, periods: int) -> None:
    rng = np.random.default_rng(count)
    own, cells, told = rows(rng), bins(rng, count), samples(rng)
    period_s = rng.choice([86400.0, 3601.7], periods)
    look = np.empty((season.LOOK, N))
    known = [own[0], own[1], own[3], own[5], *cells]
    assert_same(seasonal.score, *known, *told, period_s, count, 4.0, look)
    seasonal.score(*known, *told, period_s, count, 4.0, look)
    assert np.isfinite(look[RESIDUAL]).any()
    weight = rng.choice([0.0, 0.01, 1.0], N)
    sizes = period_s, count, 7.0, 14400.0
    assert_same(season.learn, *own, *cells, *told, weight, *sizes, look, rtol=1e-6)


@pytest.mark.parametrize("count", [1, 24])
def test_a_level_shift_is_the_same_compiled(count: int) -> None:
    rng = np.random.default_rng(count)
    own, cells, told = rows(rng), bins(rng, count), samples(rng)
    sums = [*np.abs(rng.normal(size=(2, N))), rng.normal(size=N), own[2]]
    known = [own[0], own[1], own[3], own[5], *cells]
    look, period_s = np.empty((level_shift.LOOK, N)), np.array([86400.0])
    assert_same(level_shift.score, *sums, *known, *told, 300.0, 0.75, period_s, count, look)


@pytest.mark.parametrize("at", [-1e300, -5.0, 0.0, 1.7e9, 3e17, 1.0554232752504492e116, 1e300])
@pytest.mark.parametrize("period_s", [86400.0, 1e-310, -1e-310, 0.0, np.inf, np.nan])
def test_at_any_instant_the_bins_next_to_it_are_bins(at: float, period_s: float) -> None:
    place = season.placed(at, period_s, 48)
    assert_same(season.neighbours, place, 48)
    left, right, _ = season.neighbours(place, 48)
    assert 0 <= left < 48
    assert 0 <= right < 48
