"""The usual size of a difference, averaged slowly: what it takes to say that another is large.

For detectors whose state has the field `size` and those of `detectors/pace.py`. The mean absolute
difference is the scale, since it takes outliers more calmly than a variance.
"""

import numpy as np

from detectors.constants import NONE, ONE, constant
from detectors.detector import Floats
from detectors.flags import every
from detectors.forget import floor_scale, gain
from detectors.kernels import usual as kernels
from detectors.pace import Pace
from detectors.state import State

_SIGMA, _WILD = constant(kernels.SIGMA), constant(kernels.WILD)
_THIRTY, _MOST = constant(kernels.THIRTY), constant(kernels.MOST)


def usual(state: State, level: Floats) -> Floats:
    """The scale of differences between values around `level`, as a standard deviation."""
    return floor_scale(_SIGMA * state["size"], level)


def keep_usual(
    state: State, difference: Floats, weight: Floats, pace: Pace, spread_s: float
) -> None:
    """Take differences in, before the pace is kept; a wild one counts as five usual ones.

    While the row is young its size is a plain mean. Across a gap nothing is learnt.
    """
    size, taken = state["size"], np.abs(difference)
    faded = gain(pace.dt, np.maximum(_THIRTY * state["step"], spread_s), ONE / (state["seen"] + 1))
    most, has_moved = _WILD * size, size > NONE
    if not every(has_moved):  # of what stood still so far nothing is wild: it could never grow
        most = np.where(has_moved, most, np.inf)
    b, bounded = np.minimum(faded, _MOST), np.minimum(taken, most)
    if pace.is_young is not None:
        plain = np.maximum(faded, ONE / np.maximum(state["seen"], ONE))
        b = np.where(pace.is_young, plain, b)
        bounded = np.where(pace.is_young, taken, bounded)
    b = weight * b
    if pace.has_gap:
        b = np.where(pace.is_gap, NONE, b)
    state["size"] = size + b * (bounded - size)
