"""The usual size of something that is not known at every sample: a slow mean of its absolute value.

For detectors whose state has the fields `size` and `judged`; see `detectors/usual.py` for those
that know theirs from the second sample on.
"""

from typing import Any

import numpy as np

from detectors.constants import NONE, ONE, constant
from detectors.detector import Floats
from detectors.forget import floor_scale, gain
from detectors.kernels import usual as kernels
from detectors.state import State

SPREAD: tuple[tuple[str, str], ...] = (("size", "f8"), ("judged", "f8"))
"""The fields."""

_SIGMA = constant(kernels.SIGMA)
_WILD, _MOST, _YOUNG = constant(5.0), constant(0.2), constant(20.0)


def spread(state: State, level: Floats | Any) -> Floats:
    """The scale as a standard deviation; never nothing beside `level`."""
    return floor_scale(_SIGMA * state["size"], level)


def where_judged(state: State, column: Floats) -> Floats:
    """A column, NaN in rows of which too little is known for their scale to be trusted."""
    judged: Floats = np.where(state["judged"] < _YOUNG, np.nan, column)
    return judged


def keep_spread(state: State, e: Floats, dt: Floats, weight: Floats, spread_s: float) -> None:
    """Take deviations in, unless they are NaN; a wild one counts as five usual ones."""
    size, judged = state["size"], state["judged"]
    is_known = np.isfinite(e)
    taken = np.abs(np.where(is_known, e, NONE))
    is_young = judged < _YOUNG
    b = gain(dt, spread_s, ONE / (judged + ONE))
    b = np.where(is_young, b, np.minimum(b, _MOST))
    bounded = np.where(is_young | (size == 0), taken, np.minimum(taken, _WILD * size))
    learnt = np.where(is_known, weight, NONE)
    state["size"] = size + learnt * b * (bounded - size)
    state["judged"] = judged + learnt
