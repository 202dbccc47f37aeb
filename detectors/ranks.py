"""Ranks: how many earlier values of a stream were at least as large, in bounded space.

Values >= 0 are counted in bins of a geometric ladder, 32 to a doubling, from 2^-24 to 2^40 times
the stream's first value that is not 0: whatever its unit, with no more than 2.2 % of doubt. What is
in the same bin counts as equally large, so ties do. Nothing is forgotten. Counts are kept by bin
and by block of 64 bins, so that neither counting nor asking walks the ladder.

Cost: about 0.1 µs a value; 8.4 KB while it counts.

Reference: C. Masson, J. E. Rim, H. K. Lee, 2019, DDSketch: A Fast and Fully-Mergeable Quantile
Sketch with Relative-Error Guarantees (the ladder).
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels import strange as kernels
from detectors.tail import Floats32

_PER_DOUBLING = 32
_LOWEST = 2.0**-24  # of the first value
_LAST = kernels.BLOCK * kernels.BLOCKS - 1
_SMALLEST = np.float32(1e-30)


def ranked(value: Floats32) -> tuple[Floats32, Floats32]:
    """How many earlier values were at least as large as each, and of how many; NaN is none.

    >>> above, seen = ranked(np.array([1.0, 5.0, 3.0], np.float32))
    >>> above.tolist(), seen.tolist()
    ([0.0, 0.0, 1.0], [0.0, 1.0, 2.0])
    """
    known = np.isfinite(value)
    value = np.where(known, value, np.float32(0))
    above, seen = np.empty((2, len(value)), np.float32)
    kernels.count(_places(value), known, above, seen)
    return above, seen


def _places(value: Floats32) -> npt.NDArray[np.int64]:
    """The bin of each value."""
    unit = next(iter(value[value > 0]), np.float32(0))  # until then all are 0
    ratio = value.astype(np.float64) / np.maximum(unit, _SMALLEST)
    step = np.floor(_PER_DOUBLING * np.log2(np.maximum(ratio / _LOWEST, 1)))
    places: npt.NDArray[np.int64] = np.minimum(step, _LAST).astype(np.int64)
    return places
