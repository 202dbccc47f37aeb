"""The loops over a chunk, as they are and compiled."""

import numpy as np

from detectors.kernels import rounds
from tests.detectors.kernels.both import assert_same, odd

N, ROWS = 300, 40


def test_a_chunk_is_parted_and_admitted_alike_compiled() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, ROWS, N)
    keys = np.sort((rows << 32) | np.arange(N))
    order, row, first, size = np.zeros((4, N), np.intp)
    assert_same(rounds.part, keys, order, row, first, size)
    count = rounds.part(keys, order, row, first, size)
    at, value, told = np.round(rng.normal(size=N), 1), rng.normal(size=N), np.zeros((2, N))
    last_at, runs = rng.normal(size=ROWS), (row[:count], first[:count], size[:count])
    assert_same(rounds.in_order, order, *runs, at, value, last_at, told, np.zeros(N, np.bool_))
    assert_same(rounds.rest, at, *runs, 60.0, np.zeros(ROWS))
    applied, is_dirty = rng.integers(-1, 9, ROWS), np.zeros(ROWS, np.bool_)
    offset, kept = rng.integers(0, 9, N), np.zeros(N, np.intp)
    assert_same(rounds.admit, applied, is_dirty, rows, offset, odd(rng, N), at, kept, told)
