"""At the same false-alarm rate: the threshold under which a rival cries as often as we do."""

import numpy as np
import numpy.typing as npt

from bench.detection.kinds import Floats
from bench.detection.scene import AN_HOUR

Flags = npt.NDArray[np.bool_]

_RANKS = 400


def runs(alarms: Flags) -> int:
    """Alarms (instants, series) of which the one before in the series is more than an hour old.

    >>> runs(np.array([[1, 0], [1, 0], [0, 1], *[[0, 0]] * 12, [1, 0]], np.bool_))
    3
    """
    series, nth = np.nonzero(alarms.T)
    begins = (np.diff(series, prepend=-1) != 0) | (np.diff(nth, prepend=0) > AN_HOUR)
    return int(np.count_nonzero(begins))


def threshold(scores: Floats, most: int) -> float:
    """The lowest score at which no more than `most` runs of alarms are in `scores`.

    Found among the order statistics, from the highest down to where it becomes too many; above all
    scores where already the highest is too common.

    >>> threshold(np.array([[1.0], [5.0], *[[2.0]] * 20, [4.0]]), 1)
    5.0
    """
    known = np.sort(scores[np.isfinite(scores)])[::-1]
    ranks = np.unique(np.geomspace(1, max(len(known) // 5, 1), _RANKS).astype(int)) - 1
    best = float(np.nextafter(known[0], np.inf))
    for candidate in known[ranks]:
        if runs(scores >= candidate) > most:
            break
        best = float(candidate)
    return best
