"""The held-out score: the threshold comes from other files than those it is applied to."""

import numpy as np

from bench.quality import held_out


def test_a_threshold_that_suits_every_file_is_found() -> None:
    raw = np.array([[-1.0, 1.0, -1.0]] * 10)
    assert held_out(raw, windows=10) == 100.0


def test_a_threshold_that_suits_one_file_only_does_not_help_it() -> None:
    raw = np.full((10, 11), -1.0)
    raw[np.arange(10), np.arange(1, 11)] = 1.0
    assert held_out(raw, windows=10) == 0.0
