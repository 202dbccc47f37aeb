"""What a detector is: a `dtype` of state for one series, and two vectorised verbs over rows."""

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.void]


class Judgement(NamedTuple):
    """What a detector thinks of n samples, each an array of n.

    `residual` is the signed distance from what was expected, in any unit that is the detector's
    own: calibration turns its size into a p-value. NaN means no opinion (warm-up, gap).
    `expected`, `lower`, `upper` are in the unit of the value, NaN where the detector has none.
    """

    residual: Floats
    expected: Floats
    lower: Floats
    upper: Floats


class Detector(Protocol):
    """A detector of the bank; parameters are keyword-only arguments of its constructor.

    Both verbs see each row at most once, rows may be any subset in any order, and one call over n
    rows gives exactly what n calls over one row give.
    """

    name: str
    dtype: np.dtype[Any]

    def start(self, state: Rows) -> None:
        """Make zeroed rows into fresh state, in place."""

    def score(self, state: Rows, x: Floats, at: Floats) -> Judgement:
        """Judge samples against the state, which stays as it is; `at` is in epoch seconds."""

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats) -> None:
        """Take samples into the state, in place; a weight of 0 learns nothing, 1 in full."""
