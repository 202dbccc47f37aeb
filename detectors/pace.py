"""The pace of a series: when its samples come, and when one is so late that the past says nothing.

For detectors whose state has the fields `at`, `step` (mean seconds between samples) and `seen`.
"""

from typing import NamedTuple

import numpy as np

from detectors.constants import constant
from detectors.detector import Floats
from detectors.flags import Flags, some
from detectors.kernels import pace as kernels
from detectors.state import State

_STEPS, _MOST, _SLOW = map(constant, (kernels.STEPS, kernels.MOST, kernels.SLOW))


class Pace(NamedTuple):
    """Seconds since the sample before (0 for the first), and which of them are gaps.

    `is_young` tells the rows that have seen little; None where none has. `has_gap`: whether there
    is any gap.
    """

    dt: Floats
    is_gap: Flags
    is_young: Flags | None
    has_gap: bool


def pace_of(state: State, at: Floats, *, memory_s: float, young: int) -> Pace:
    """The pace at which samples at `at` come; a gap is more than 3 memories and 5 usual steps.

    Young are rows that have seen fewer than `young` samples.
    """
    dt = at - state["at"]
    is_young = state["seen"] < young
    has_young = some(is_young)
    if has_young:
        dt = np.where(state["seen"] == 0, 0.0, dt)
    is_gap = dt > np.maximum(_STEPS * state["step"], 3 * memory_s)
    return Pace(dt, is_gap, is_young if has_young else None, some(is_gap))


def keep_pace(state: State, at: Floats, weight: Floats, pace: Pace) -> None:
    """Take the samples into `step`, `seen` and `at`."""
    seen, step = state["seen"], state["step"]
    moved = step + _SLOW * (np.minimum(pace.dt, _MOST * step) - step)
    if pace.is_young is not None:
        moved = np.where(seen < 2, pace.dt, moved)
        weight = np.where(seen == 0, 1.0, weight)
    state["step"] = moved
    state["seen"] = seen + weight
    state["at"] = at


def where_known(pace: Pace, *columns: Floats) -> tuple[Floats, ...]:
    """Columns of a judgement, NaN in rows that are young or come after a gap."""
    if pace.is_young is None and not pace.has_gap:
        return columns
    blind = pace.is_gap if pace.is_young is None else pace.is_young | pace.is_gap
    return tuple(np.where(blind, np.nan, column) for column in columns)
