"""Blocks of time: what is told of them after a silence."""

import numpy as np

from detectors.blocks import Blocks
from detectors.state import fresh


def test_no_block_of_before_a_silence_of_years_is_taken_for_one_after_it() -> None:
    ring_of = Blocks(width_s=60.0, count=8)
    state, x, began_s = fresh(ring_of.dtype, 1), np.ones(1), 1.7e9
    for step in range(20):
        ring_of.keep(state, ring_of.ring(state, x, np.array([began_s + 60.0 * step])))
    years_s = 60.0 * 2**20  # the stamps are the same again, and so are the places
    for step, known in ((15, 1), (17, 2)):
        after = ring_of.ring(state, x, np.array([began_s + 60.0 * step + years_s]))
        assert np.isfinite(after.means).sum() == known
        ring_of.keep(state, after)
