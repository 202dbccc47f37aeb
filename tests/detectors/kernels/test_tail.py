"""The loops over the tails that calibrate a series."""

import numpy as np

from detectors.kernels import tail
from tests.detectors.kernels.both import assert_same, odd

STREAMS, N = 3, 100


def tails(rng: np.random.Generator) -> np.ndarray:
    """Columns of tails: fresh, young, known only by rank, and old."""
    columns = np.abs(rng.standard_normal((6, STREAMS, N))).astype(np.float32)
    columns[0] = rng.choice([0, 1, 49, 99.5, 120, 5000], (STREAMS, N))
    columns[3] *= 0.1
    columns[:, columns[0] == 0] = 0
    return columns


def residuals(rng: np.random.Generator) -> np.ndarray:
    """Sizes of odd values."""
    sizes = np.abs(odd(rng, STREAMS * N)).reshape(STREAMS, N)
    return np.where(np.isinf(sizes), sizes, np.minimum(sizes, 1e15)).astype(np.float32)


def test_what_a_residual_teaches_is_the_same_compiled() -> None:
    rng = np.random.default_rng(1)
    weight = rng.choice([0, 0.02, 0.25, 1], N).astype(np.float32)
    keep = np.full(N, 0.999, np.float32)
    waiting = np.minimum(np.abs(residuals(rng)), 1e15)
    waiting[~(waiting > 0)] = 0
    assert_same(tail.learn, *tails(rng), waiting, residuals(rng), weight, keep, rtol=1e-5)
