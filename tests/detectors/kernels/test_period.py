"""The loops of a season whose period has to be found."""

import numpy as np

from detectors.kernels import period, trial
from tests.detectors.kernels.both import assert_same, odd

N, AT = 300, 1.7e9


def times(rng: np.random.Generator) -> np.ndarray:
    """Times from a moment to a year after the last sample, which was at AT."""
    return AT + rng.choice([1e-3, 60.0, 300.0, 3600.0, 86400.0, 3e7], N)


def test_the_errors_of_both_forecasts_are_the_same_compiled() -> None:
    rng = np.random.default_rng(1)
    seen, judged = rng.choice([0.0, 0.5, 19.0, 20.0, 1e6], (2, N))
    base, periods = rng.choice([0.0, 1.0, 60.0], N), rng.choice([600.0, 86400.0], N)
    number = rng.integers(-(10**9), 10**9, N)
    level, expected = rng.normal(size=N), odd(rng, N)
    by_level, by_season = np.abs(odd(rng, 2 * N)).reshape(2, N)
    is_adopted, weight = rng.integers(0, 2, N, np.uint8), rng.choice([0.0, 0.25, 1.0], N)
    before = [number, seen, np.full(N, AT), judged, base]
    kept = [periods, level, by_level, by_season, is_adopted]
    told = [odd(rng, N), times(rng), weight, expected]
    assert_same(trial.compare, *before, *kept, *told, 14400.0)


def test_what_rings_learn_is_the_same_compiled() -> None:
    rng = np.random.default_rng(2)
    base = rng.choice([0.0, 1e-300, 1.0, 60.0], N)
    number = np.array([period.binned(AT, width) for width in base])
    due = (number >> period.TURN) + rng.integers(0, 3, N)
    cells = period.RINGS * period.BINS
    flat = rng.normal(size=N * cells).astype(np.float32)
    flat[rng.random(flat.size) < 0.3] = np.nan
    own = [number, due, base, flat, np.arange(N) * cells, rng.normal(size=N)]
    told = [odd(rng, N), times(rng)]
    assert_same(period.learn, *own, *told, np.zeros(N, np.bool_), rtol=1e-6)
    is_due = np.zeros(N, np.bool_)
    period.learn(*own, *told, is_due)
    assert 0 < np.count_nonzero(is_due) < N
