"""Novelty: how far a value is from the nearest that the series has had.

    d = min |x - v| over the values v before

High: nothing like it was there, be it beyond the range or in a gap between two levels. It is 0 or
small for what came before, however rare that was. Range: from 0. Warm-up: one value. It misleads
for what is odd only in its order or its time of day.

Of the values 1,024 at most are kept: when all places are taken, those nearer to another than 1/512
of the range go, and what is as near to one that is kept is not kept any more.

State: 8.2 KB a series. Cost: up to 8 µs a value once all places are taken.
Reference: E. M. Knorr, R. T. Ng, 1998, Algorithms for Mining Distance-Based Outliers in Large
Datasets (distance to the nearest neighbour).
"""

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats

Index = npt.NDArray[np.intp]

_PLACES = 1024


class Novelty:
    """The kept values of many series, by row.

    >>> novelty, row = Novelty(1), np.array([0])
    >>> [novelty.take(row, np.array([x])).item() for x in (3.0, 5.0, 4.5, 3.0, 9.0)]
    [inf, 2.0, 0.5, 0.0, 4.0]
    """

    def __init__(self, rows: int) -> None:
        self._kept = np.full((rows, _PLACES), np.inf)
        self._count = np.zeros(rows, np.intp)
        self._apart = np.zeros(rows)

    def take(self, rows: Index, x: Floats) -> Floats:
        """How far finite values of distinct rows are from the nearest before; inf for the first."""
        used = max(int(self._count[rows].max(initial=0)), 1)
        away: Floats = np.abs(self._kept[rows, :used] - x[:, None]).min(axis=1)
        self._keep(rows, x, away > self._apart[rows])
        return away

    def _keep(self, rows: Index, x: Floats, is_new: npt.NDArray[np.bool_]) -> None:
        rows, x = rows[is_new], x[is_new]
        self._kept[rows, self._count[rows]] = x
        self._count[rows] += 1
        for row in rows[self._count[rows] == _PLACES].tolist():
            self._thin(row)

    def _thin(self, row: int) -> None:
        values = np.sort(self._kept[row])
        apart = self._apart[row] = 2 * (values[-1] - values[0]) / _PLACES
        kept = spaced(values, apart)
        self._kept[row] = np.inf
        self._kept[row, : len(kept)] = kept
        self._count[row] = len(kept)


def spaced(values: Floats, apart: float) -> Floats:
    """Of rising values the first, and each that is farther than `apart` from the one kept before.

    >>> spaced(np.array([1.0, 1.5, 2.5, 3.0, 9.0]), 1.0).tolist()
    [1.0, 2.5, 9.0]
    """
    kept = [values[0]]
    while (after := np.searchsorted(values, kept[-1] + apart, side="right")) < len(values):
        kept.append(values[after])
    return np.array(kept)
