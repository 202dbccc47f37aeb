"""The loops of detectors that know the pace of a series and the usual size of differences."""

from types import ModuleType

import numpy as np
import pytest

from detectors.kernels import ewma, jump, level, pace, robust
from tests.detectors.kernels.both import assert_same, odd

N = 400


def columns() -> list[np.ndarray]:
    """State of N rows, young ones and gaps among them, then values, times and weights."""
    rng = np.random.default_rng(1)
    seen = rng.choice([0.0, 0.25, 1.0, 2.0, 8.0, 10.0, 20.0, 29.0, 30.0, 1e6], N)
    last_at = np.full(N, 1.7e9)
    dt = rng.choice([1.0, 60.0, 300.0, 301.0, 7200.0, 1e7], N)
    step, size = rng.choice([0.0, 60.0, 3600.0], N), rng.choice([0.0, 1e-12, 1.0, 1e100], N)
    weight = rng.choice([0.0, 0.01, 0.25, 1.0], N)
    return [odd(rng, N), size, last_at, step, seen, odd(rng, N), last_at + dt, weight]


@pytest.mark.parametrize("memory_s", [600.0, 86400.0])
@pytest.mark.parametrize("loops", [level, ewma, robust], ids=lambda loops: loops.__name__)
def test_a_level_and_its_scatter_are_the_same_compiled(loops: ModuleType, memory_s: float) -> None:
    *told, weight = columns()
    assert_same(loops.score, *told, memory_s, 4.0, np.empty((4, N)))
    assert_same(loops.learn, *told, weight, memory_s, 7200.0)


def test_the_jump_is_the_same_compiled() -> None:
    *told, weight = columns()
    assert_same(jump.score, *told, np.empty((2, N)))
    assert_same(jump.learn, *told, weight, 7200.0)


def test_what_has_faded_is_nearly_what_the_exponential_says() -> None:
    spans = np.concatenate([[0.0], 10.0 ** np.linspace(-12, 8, 1000), [pace.SHORT]])
    found = [pace.faded(dt, 1.0) for dt in spans]
    np.testing.assert_allclose(found, -np.expm1(-spans), rtol=1e-12)
