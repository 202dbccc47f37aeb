"""The loops by which samples of the past are ranked by their strangeness."""

import numpy as np
import pytest

from detectors.kernels import strange
from detectors.kernels.season import PARTS
from tests.detectors.kernels.both import assert_same

N = 300


def values(seed: int) -> np.ndarray:
    """Finite ones of many sizes, some of them the same."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=N) * 10.0 ** rng.integers(-3, 4, N)
    return np.where(rng.random(N) < 0.3, rng.choice([0.0, 5.0, 1e100, -1e100, 5e-324], N), found)


def test_distances_are_the_same_compiled() -> None:
    rng = np.random.default_rng(1)
    share = 1.0 / (np.arange(N) + 1.0)
    gain = np.maximum(rng.random((3, N)), share)
    assert_same(strange.means, values(1), gain, share, np.empty((3, N)), rtol=1e-9)
    assert_same(strange.nearest, values(2), np.empty(N))


def test_what_is_kept_of_many_values_is_the_same_compiled() -> None:
    kept = np.random.default_rng(2).normal(size=strange.KEPT)
    assert_same(strange.thinned, kept, 0.01)


def test_what_a_season_expects_is_the_same_compiled() -> None:
    rng, single = np.random.default_rng(3), np.zeros((6, 1))
    at = 1.7e9 + np.cumsum(rng.choice([60.0, 3600.0, 90000.0], N))
    cells = np.zeros(48 * PARTS, np.float32), np.zeros(1, np.int64)
    sizes = np.array([86400.0]), 48, 7.0, 14400.0
    told = (rng.normal(100, 5, N), at, *sizes, np.ones(1), np.empty(N))
    assert_same(strange.follow, *single, *cells, *told, rtol=1e-6)


@pytest.mark.parametrize("known", [0.0, 0.7, 1.0])
def test_counts_and_means_are_the_same_compiled(known: float) -> None:
    rng = np.random.default_rng(4)
    place = rng.integers(0, strange.BLOCK * strange.BLOCKS, N)
    are_known = rng.random(N) < known
    assert_same(strange.count, place, are_known, *np.empty((2, N), np.float32))
    far = np.where(are_known, np.abs(rng.normal(size=N)), np.nan).astype(np.float32)
    seen = (np.cumsum(are_known) - are_known).astype(np.float32)
    assert_same(strange.usual, far, seen, np.empty(N, np.float32), rtol=1e-5)
    share = 1.0 / (np.arange(N) + 1.0)
    assert_same(strange.moved, are_known, share, np.empty(N, np.float32), rtol=1e-5)
    assert_same(strange.ago, rng.integers(0, 9, N), np.cumsum(rng.random(N)), 9, np.empty(N))
