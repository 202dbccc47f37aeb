"""Novelty: how far a value is from the nearest that the series has had.

    d = min |x - v| over the values v before

High: nothing like it was there, be it beyond the range or in a gap between two levels. It is 0 or
small for what came before, however rare that was. Range: from 0. Warm-up: one value. It misleads
for what is odd only in its order or its time of day.

Of the values 1,024 at most are kept: when all places are taken, those nearer to another than 1/512
of the range go, and what is as near to one that is kept is not kept any more.

Cost: up to 0.5 µs a value once all places are taken; 8.2 KB meanwhile.
Reference: E. M. Knorr, R. T. Ng, 1998, Algorithms for Mining Distance-Based Outliers in Large
Datasets (distance to the nearest neighbour).
"""

import numpy as np

from detectors.detector import Floats
from detectors.kernels import strange as kernels


def novelty(x: Floats) -> Floats:
    """How far each of finite values is from the nearest before it; inf for the first.

    >>> novelty(np.array([3.0, 5.0, 4.5, 3.0, 9.0])).tolist()
    [inf, 2.0, 0.5, 0.0, 4.0]
    """
    away = np.empty(len(x))
    kernels.nearest(x, away)
    return away
