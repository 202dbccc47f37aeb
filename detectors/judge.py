"""From detectors' residuals to one calibrated surprise.

Each residual's surprise is measured on its own past; the mean over the detectors that have an
opinion (their sum, but comparable when one joins) is measured on its own past again. One detector
is believed alone when it is 3 nats more surprised than that. How often runs of such samples come is
for :mod:`detectors.peaks`; a detector that is absolute needs neither. Of one sample alone there is
a mean of its own, of the detectors that answer to one sample (`on_one`).

Reference: R. A. Fisher, 1925, Statistical Methods for Research Workers (the sum of -log p).
"""

import math
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from detectors import tail
from detectors.detector import Detector, Floats, Judgement
from detectors.evidence import Look
from detectors.flags import Flags
from detectors.kernels import judge as kernels
from detectors.kernels.tail import HEAVIEST, LIGHTEST
from detectors.profile import Direction, Profile
from detectors.state import State

_known = itemgetter(*tail.KNOWN)
_DIRECTIONS = {"down": kernels.DOWN, "both": kernels.BOTH, "up": kernels.UP}


def heaviest(detector: Detector) -> float:
    """The largest g that is believed of the tail of a detector's residuals (detectors/tail.py)."""
    g = float(getattr(detector, "heaviest", HEAVIEST))
    if not LIGHTEST <= g <= HEAVIEST:
        raise ValueError(f"{detector.name}: heaviest is {g}, not from {LIGHTEST} to {HEAVIEST}")
    return g


def on_one(detector: Detector) -> float:
    """How much a detector counts in what is said of one sample alone (detectors/detector.py)."""
    weight = float(getattr(detector, "on_one", 1.0))
    if not 0 <= weight < math.inf:
        raise ValueError(f"{detector.name}: on_one is {weight}, not a number from 0 on")
    return weight


class Jury:
    """The detectors of a bank, as far as their opinions are weighed."""

    def __init__(self, detectors: Sequence[Detector], direction: Direction) -> None:
        self._names = [detector.name for detector in detectors]
        self._has_looked = False
        self.absolute = np.array([detector.is_absolute for detector in detectors], np.bool_)
        self.heaviest = np.array([heaviest(detector) for detector in detectors], np.float64)
        self.on_one = np.array([on_one(detector) for detector in detectors], np.float64)
        self.direction = _DIRECTIONS[direction]

    def columns(self, judgements: Sequence[Judgement], n: int) -> Floats:
        """What the detectors say of n samples, (detectors, 4, n).

        Raises TypeError where one does not say it in arrays of n float64. Who says so once is
        believed, as far as what all say has the right size: loops trust that it has.
        """
        if self._has_looked:
            try:
                told = _joined(judgements, n)
            except (TypeError, ValueError):
                pass
            else:
                if told.dtype == np.float64:
                    return told
        self._look(judgements, n)
        self._has_looked = True
        return _joined(judgements, n)

    def _look(self, judgements: Sequence[Judgement], n: int) -> None:
        for name, told in zip(self._names, judgements, strict=True):
            for what, column in zip(Judgement._fields, told[:4], strict=False):
                if not _is_column(column, n):
                    wrong = _described(column)
                    raise TypeError(f"{name}: {what} is {wrong}, not an array of {n} float64")


def _joined(judgements: Sequence[Judgement], n: int) -> Floats:
    columns = [column for told in judgements for column in told[:4]]
    return np.concatenate(columns).reshape(len(judgements), 4, n)


def _is_column(told: object, n: int) -> bool:
    return isinstance(told, np.ndarray) and told.dtype == np.float64 and told.shape == (n,)


def _described(told: object) -> str:
    if isinstance(told, np.ndarray):
        return f"an array of {' x '.join(map(str, told.shape)) or 1} {told.dtype}"
    return f"of type {type(told).__name__}"


class Verdict:
    """The surprise of n samples, and what is needed to learn from them afterwards.

    `nats` is their surprise in the direction that matters (NaN where no detector that is calibrated
    has an opinion), `single` what is said of one sample alone, `doubt` surprise in either, `parts`
    by detector (detectors, n). `expected` and the band from `lower` to `upper` are those of the
    first detector that has them.
    """

    def __init__(self, jury: Jury, judgements: Sequence[Judgement], tails: State) -> None:
        self._absolute = jury.absolute
        self._tails = tails
        n = tails["seen"].shape[1]
        count, judged = len(judgements), jury.columns(judgements, n)
        halves, wholes = np.empty((2 * count + 1, n), np.float32), np.empty((6, n))
        self._told, self.parts = halves[: count + 1], halves[count + 1 :]
        self.nats, self.single, self.doubt, self.expected, self.lower, self.upper = wholes
        kernels.verdict(
            judged,
            jury.absolute,
            jury.heaviest,
            jury.on_one,
            jury.direction,
            *_known(tails),
            self._told,
            self.parts,
            self.nats,
            self.single,
            self.doubt,
            wholes[3:],
        )

    def raised(self, nats: Floats) -> Floats:
        """Surprise, and where a detector that is absolute says more, that; in place, never NaN."""
        kernels.raised(self._absolute, self.parts, nats)
        return nats

    def learn(self, weight: Floats, dt: Floats, memory_s: float) -> None:
        """Take the samples into the tails, in place."""
        taken, keep = np.empty((2, len(dt)), np.float32)
        kernels.fade(weight, dt, memory_s, taken, keep)
        tail.learn(self._tails, self._told, taken, keep)


class Alarms(NamedTuple):
    """Samples that are surprising enough, and those of them that are so even if they stay alone."""

    alarm: Flags
    at_once: Flags


def alarms(look: Look, limit: Floats, profile: Profile) -> Alarms:
    """Of samples so far from what was expected that it matters."""
    alarm, at_once = np.empty((2, len(limit)), np.bool_)
    least = (profile.min_change, profile.min_change_ratio)
    columns = (look.nats, look.single, limit, look.value, look.expected)
    kernels.alarm(*columns, *least, alarm, at_once)
    return Alarms(alarm, at_once)


def start_again(
    detectors: Sequence[Detector], states: Sequence[State], x: Floats, at: Floats
) -> None:
    """Rebase every detector's state to level `x`, in place."""
    for detector, state in zip(detectors, states, strict=True):
        detector.rebase(state, x, at)
