"""Ranks: how many earlier values of a stream were at least as large, in bounded space.

Values >= 0 are counted in bins of a geometric ladder, 32 to a doubling, from 2^-24 to 2^40 times
the stream's first value that is not 0: whatever its unit, with no more than 2.2 % of doubt. What is
in the same bin counts as equally large, so ties do. Nothing is forgotten. Counts are kept by bin
and by block of 64 bins, so that neither counting nor asking walks the ladder.

State: 8.4 KB a stream. Cost: about 50 µs a round of dozens of series, 2 µs a value beyond.

Reference: C. Masson, J. E. Rim, H. K. Lee, 2019, DDSketch: A Fast and Fully-Mergeable Quantile
Sketch with Relative-Error Guarantees (the ladder).
"""

import numpy as np
import numpy.typing as npt

from detectors.tail import Floats32

Index = npt.NDArray[np.intp]

_PER_DOUBLING = 32
_LOWEST = 2.0**-24  # of the first value
_BLOCK, _BLOCKS = 64, 32
_PLACES, _ALL_BLOCKS = np.arange(_BLOCK), np.arange(_BLOCKS)
_SMALLEST = np.float32(1e-30)


class Ranks:
    """Counts of the values of some streams of many series, by row.

    >>> ranks, row = Ranks(1, 1), np.array([0])
    >>> for value in (1.0, 5.0, 3.0):
    ...     above, seen = ranks.take(row, np.full((1, 1), value, np.float32))
    >>> above.item(), seen.item()
    (1.0, 2.0)
    """

    def __init__(self, streams: int, rows: int) -> None:
        self._seen = np.zeros((streams, rows), np.float32)
        self._first = np.zeros((streams, rows), np.float32)
        self._bins = np.zeros((streams, rows, _BLOCKS, _BLOCK), np.float32)
        self._blocks = np.zeros((streams, rows, _BLOCKS), np.float32)
        self._streams = np.arange(streams)[:, None]

    def take(self, rows: Index, value: Floats32) -> tuple[Floats32, Floats32]:
        """How many earlier values of rows were at least as large, and of how many; then count it.

        `rows` are distinct, `value` is (streams, n); NaN counts for nothing.
        """
        known = np.isfinite(value)
        value = np.where(known, value, np.float32(0))
        block, place = self._where(rows, value)
        above, seen = self._above(rows, block, place), self._seen[:, rows]
        self._bins[self._streams, rows, block, place] += known
        self._blocks[self._streams, rows, block] += known
        self._seen[:, rows] = seen + known
        return above, seen

    def _above(self, rows: Index, block: Index, place: Index) -> Floats32:
        bins = self._bins[self._streams, rows, block]
        near = np.where(place[..., None] <= _PLACES, bins, np.float32(0))
        far = np.where(block[..., None] < _ALL_BLOCKS, self._blocks[:, rows], np.float32(0))
        above: Floats32 = near.sum(axis=-1) + far.sum(axis=-1)
        return above

    def _where(self, rows: Index, value: Floats32) -> tuple[Index, Index]:
        first = self._first[:, rows]
        first = self._first[:, rows] = np.where(first > 0, first, value)
        ratio = value.astype(np.float64) / np.maximum(first, _SMALLEST)
        step = np.floor(_PER_DOUBLING * np.log2(np.maximum(ratio / _LOWEST, 1)))
        bounded = np.minimum(step, _BLOCK * _BLOCKS - 1).astype(np.intp)
        block, place = np.divmod(bounded, _BLOCK)
        return block, place
