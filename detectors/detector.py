"""What a detector is: a `dtype` of state for one series, and vectorised verbs over many."""

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from detectors.state import State

Floats = npt.NDArray[np.float64]


class Judgement(NamedTuple):
    """What a detector thinks of n samples, each an array of n.

    `residual` is the signed distance from what was expected, in any unit that is the detector's
    own: calibration turns its size into a p-value. NaN means no opinion (warm-up, gap).
    `expected`, `lower`, `upper` are in the unit of the value, NaN where the detector has none.
    `memo` is the detector's own: `learn` gets it back, so that nothing is worked out twice.
    """

    residual: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    memo: Any = None


def without_band(residual: Floats, memo: Any = None) -> Judgement:
    """The judgement of a detector that expects no value of its own."""
    unknown = np.full_like(residual, np.nan)
    return Judgement(residual, unknown, unknown, unknown, memo)


class Detector(Protocol):
    """A detector of the bank; parameters are keyword-only arguments of its constructor.

    The verbs see each row at most once, rows may be any subset in any order, and one call over n
    rows gives exactly what n calls over one row give. `repr` shows every parameter: it is part of
    the signature of saved state. Besides there may be a `delay_s`: see `detectors/checks.py`, which
    holds a detector to all of this; and, of a detector whose residuals are nats of a model, how
    heavy their tail is believed to be at most: `heaviest`, at most 0.3 (`detectors/tail.py`); and
    how much it counts where one sample opens an anomaly: `on_one`, 1 where it does not say, 0 of
    one that follows a window and has nothing to say of one sample. A detector may build on what
    another says of the same samples: `reference` is the name of that one, which is among those
    before it; `score` is then given its judgement as a fourth argument.
    """

    @property
    def name(self) -> str:
        """The name in the registry."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The state of one series; zeroes are fresh."""

    @property
    def is_absolute(self) -> bool:
        """True when `residual` is already -log p, to be believed as it is, not calibrated."""

    def start(self, state: State) -> None:
        """Make zeroed rows into fresh state, in place."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Judge samples against the state, which stays as it is; `at` is in epoch seconds.

        `at` is newer than the sample before of each row.
        """

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Take samples into the state, in place; a weight of 0 learns nothing, 1 in full.

        `memo` is that of the judgement of these very samples; None where there was none. Time
        passes at a weight of 0 too: a detector that decays by time must not see a gap later.
        """

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Accept level `x` as the new normal, in place; season and scale stay."""


def reference_of(detector: Detector) -> str | None:
    """The name of the detector that another builds on, if it does."""
    name = getattr(detector, "reference", None)
    return None if name is None else str(name)
