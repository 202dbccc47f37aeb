"""From detectors' residuals to one calibrated surprise.

Each residual's surprise is measured on its own past; the mean over the detectors that have an
opinion (their sum, but comparable when one joins) is measured on its own past again. One detector
is believed alone when it is 4 nats more surprised than that. How often runs of such samples come is
for :mod:`detectors.peaks`; a detector that is absolute needs neither.

Reference: R. A. Fisher, 1925, Statistical Methods for Research Workers (the sum of -log p).
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from detectors import tail
from detectors.constants import constant
from detectors.detector import Detector, Floats, Judgement
from detectors.flags import every, some
from detectors.profile import Direction
from detectors.state import State

_LARGEST = constant(1e15)
_ALONE = np.float32(4.0)  # nats by which one detector must exceed what all say together
_HEAVIEST_SUM = 0.01  # a sum of surprises has an exponential tail
_LONGEST_S = constant(3600.0)  # a gap is not evidence: it fades calibration no more than this
_NOTHING = np.array(0, np.float32)
_EACH = slice(-1)  # streams of the detectors; the last is that of their sum


class Jury:
    """The detectors of a bank, as far as their opinions are weighed."""

    def __init__(self, detectors: Sequence[Detector], direction: Direction) -> None:
        self.absolute = np.array([detector.is_absolute for detector in detectors])
        self.has_absolute = some(self.absolute)
        self.calibrated = np.flatnonzero(~self.absolute)
        self.is_single = len(self.calibrated) == 1
        self.direction = direction


class Verdict:
    """The surprise of n samples, and what is needed to learn from them afterwards.

    `nats` is their surprise in the direction that matters (NaN where no detector that is calibrated
    has an opinion), `doubt` in either, `parts` by detector (detectors, n).
    """

    def __init__(self, jury: Jury, judgements: Sequence[Judgement], tails: State) -> None:
        self._jury = jury
        self._tails = tails
        residuals = np.empty((len(judgements), len(judgements[0].residual)))
        for row, judgement in zip(residuals, judgements, strict=True):
            row[:] = judgement.residual
        self._told = np.empty((len(judgements) + 1, residuals.shape[1]), np.float32)
        self._told[:-1] = _one_sided(residuals, jury)
        self.parts = self._parts(self._told[:-1])
        self._told[-1] = self._mean(self.parts)
        self.nats = self._nats(self.parts, self._told[-1])
        self.doubt = self.raised(self.nats)
        if jury.direction != "both":
            parts = self._parts(_size(residuals).astype(np.float32))
            self.doubt = self.raised(self._nats(parts, self._mean(parts)))

    def raised(self, nats: Floats) -> Floats:
        """Surprise, and where a detector that is absolute says more, that; never NaN."""
        if self._jury.has_absolute:
            most = np.fmax.reduce(self.parts[self._jury.absolute], axis=0)
            nats = np.fmax(nats, most.astype(np.float64))
        raised: Floats = np.fmax(nats, _NOTHING)
        return raised

    def learn(self, weight: Floats, dt: Floats, memory_s: float) -> None:
        """Take the samples into the tails, in place."""
        keep = np.exp(-np.minimum(dt, _LONGEST_S) / memory_s).astype(np.float32)
        tail.learn(self._tails, self._told, weight.astype(np.float32), keep)

    def _parts(self, residual: tail.Floats32) -> tail.Floats32:
        told = tail.surprise(self._tails, residual, streams=_EACH)
        absolute = self._jury.absolute
        if self._jury.has_absolute:
            told[absolute] = np.minimum(residual[absolute], tail.MOST)
        return told

    def _mean(self, parts: tail.Floats32) -> tail.Floats32:
        # one after the other: numpy adds up the rows of a single column in another order
        told = parts[self._jury.calibrated] if self._jury.has_absolute else parts
        known = np.isfinite(told)
        if every(known) and len(told):
            mean: tail.Floats32 = reduce(np.add, told) / np.float32(len(told))
            return mean
        total = reduce(np.add, np.where(known, told, _NOTHING), np.zeros_like(parts[0]))
        count = np.add.reduce(known, axis=0, dtype=np.float32)
        return np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan))

    def _nats(self, parts: tail.Floats32, total: tail.Floats32) -> Floats:
        if not len(self._jury.calibrated):
            return np.full(parts.shape[1], np.nan)
        if self._jury.is_single:
            only: Floats = parts[self._jury.calibrated[0]].astype(np.float64)
            return only
        together = tail.surprise(self._tails, total, _HEAVIEST_SUM, streams=-1)
        told = parts[self._jury.calibrated] if self._jury.has_absolute else parts
        alone = np.maximum(np.fmax.reduce(told, axis=0) - _ALONE, _NOTHING)
        either: Floats = np.fmax(together, alone).astype(np.float64)
        return either


def _one_sided(residuals: Floats, jury: Jury) -> Floats:
    if jury.direction == "both":
        return _size(residuals)
    signed = residuals if jury.direction == "up" else -residuals
    signed = np.where(jury.absolute[:, None], np.abs(residuals), signed)
    return np.minimum(np.maximum(signed, 0.0), _LARGEST)


def _size(residuals: Floats) -> Floats:
    return np.minimum(np.abs(residuals), _LARGEST)


def first_opinion(judgements: Sequence[Judgement]) -> tuple[Floats, Floats, Floats]:
    """Expected value, lower and upper end of the band: of the first detector that has them."""
    _, expected, lower, upper, _ = judgements[0]
    for judgement in judgements[1:]:
        missing = np.isnan(lower) & np.isnan(upper)
        if not some(missing):
            break
        expected = np.where(missing, judgement.expected, expected)
        lower = np.where(missing, judgement.lower, lower)
        upper = np.where(missing, judgement.upper, upper)
    return expected, lower, upper


def start_again(
    detectors: Sequence[Detector], states: Sequence[State], x: Floats, at: Floats
) -> None:
    """Rebase every detector's state to level `x`, in place."""
    for detector, state in zip(detectors, states, strict=True):
        detector.rebase(state, x, at)
