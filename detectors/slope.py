"""The slope of a series over a window of time, which no outlier moves: a median of slopes.

Theil's incomplete method: the window is cut into sixteen blocks, and each block of its first half
makes one slope with the block half a window later. Up to a quarter of the blocks may be wild.

Reference: H. Theil, 1950, A Rank-invariant Method of Linear and Polynomial Regression Analysis.
"""

from typing import NamedTuple

import numpy as np

from detectors.blocks import Blocks, blocks
from detectors.detector import Floats

BLOCKS = 16
_PAIRS = BLOCKS // 2
_LEAST = _PAIRS // 2  # pairs


class Slope(NamedTuple):
    """The median slope in units a second, and the quarters below and above it; NaN if unknown."""

    low: Floats
    median: Floats
    high: Floats


def slope_blocks(window_s: float) -> Blocks:
    """The ring of blocks for a window."""
    return blocks(window_s / BLOCKS, BLOCKS)


def slope_of(means: Floats, width_s: float) -> Slope:
    """The slope of blocks of that width (ages, n); NaN where half of the pairs are missing."""
    rises = np.sort(means[:_PAIRS] - means[_PAIRS:], axis=0) / (_PAIRS * width_s)
    count = np.count_nonzero(np.isfinite(rises), axis=0)
    last = np.maximum(count - 1, 0)
    median = (_at(rises, last // 2) + _at(rises, (last + 1) // 2)) / 2
    parts = (_at(rises, last // 4), median, _at(rises, last - last // 4))
    return Slope(*(np.where(count < _LEAST, np.nan, part) for part in parts))


def _at(rises: Floats, rank: np.ndarray) -> Floats:
    found: Floats = np.take_along_axis(rises, rank[None], axis=0)[0]
    return found
