"""From detectors' residuals to one calibrated surprise.

Each residual's surprise is measured on its own past; the mean over the detectors that have an
opinion (their sum, but comparable when one joins) is measured on its own past again. One detector
is believed alone when it is 4 nats more surprised than that; one that is absolute always is.

Reference: R. A. Fisher, 1925, Statistical Methods for Research Workers (the sum of -log p).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors import tail
from detectors.detector import Detector, Floats, Judgement, Rows
from detectors.profile import Direction

_LARGEST = 1e15
_ALONE = 4.0  # nats a detector needs beyond the budget to be believed alone
_HEAVIEST_SUM = 0.01  # a sum of surprises has an exponential tail
_LONGEST_S = 3600.0  # a gap is not evidence: it fades calibration no more than this


class Verdict:
    """The surprise of n samples, and what is needed to learn from them afterwards.

    `nats` is their surprise in the direction that matters, `doubt` in either, `parts` by detector.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        judgements: Sequence[Judgement],
        tails: npt.NDArray[np.void],
        direction: Direction,
    ) -> None:
        self._absolute = np.array([d.is_absolute for d in detectors])
        self._is_single = np.count_nonzero(~self._absolute) == 1
        self._tails = tails
        self._residual = _residuals(judgements, self._absolute, direction)
        self.parts = self._parts(self._residual)
        self._total = self._mean(self.parts)
        self.nats = self._nats(self.parts, self._total)
        self.doubt = self.nats
        if direction != "both":
            parts = self._parts(_residuals(judgements, self._absolute, "both"))
            self.doubt = self._nats(parts, self._mean(parts))

    def learn(self, weight: Floats, dt: Floats, memory_s: float) -> None:
        """Take the samples into the tails, in place."""
        taken = weight.astype(np.float32)
        keep = np.exp(-np.minimum(dt, _LONGEST_S) / memory_s).astype(np.float32)
        tail.learn(self._tails[:, :-1], self._residual, taken[:, None], keep[:, None])
        tail.learn(self._tails[:, -1], self._total, taken, keep)

    def _parts(self, residual: tail.Floats32) -> tail.Floats32:
        told = tail.surprise(self._tails[:, :-1], residual)
        return np.where(self._absolute, np.minimum(residual, tail.MOST), told)

    def _mean(self, parts: tail.Floats32) -> tail.Floats32:
        total, told = np.zeros((2, len(parts)), np.float32)
        for i in np.flatnonzero(~self._absolute):
            known = np.isfinite(parts[:, i])
            total += np.where(known, parts[:, i], np.float32(0))
            told += known
        return np.where(told > 0, total / np.maximum(told, 1), np.float32(np.nan))

    def _nats(self, parts: tail.Floats32, total: tail.Floats32) -> Floats:
        calibrated = tail.surprise(self._tails[:, -1], total, _HEAVIEST_SUM)
        if self._is_single:
            calibrated = np.zeros_like(calibrated)
        nats = np.where(np.isfinite(calibrated), calibrated, 0).astype(np.float64)
        for i, is_absolute in enumerate(self._absolute):
            alone = parts[:, i] - (0.0 if is_absolute or self._is_single else _ALONE)
            nats = np.fmax(nats, alone.astype(np.float64))
        return nats


def _residuals(
    judgements: Sequence[Judgement], absolute: npt.NDArray[np.bool_], direction: Direction
) -> tail.Floats32:
    columns = [
        np.minimum(_one_sided(j.residual, "both" if is_absolute else direction), _LARGEST)
        for j, is_absolute in zip(judgements, absolute, strict=True)
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _one_sided(residual: Floats, direction: Direction) -> Floats:
    if direction == "both":
        return np.abs(residual)
    return np.maximum(residual if direction == "up" else -residual, 0.0)


def first_opinion(judgements: Sequence[Judgement]) -> tuple[Floats, Floats, Floats]:
    """Expected value, lower and upper end of the band: of the first detector that has them."""
    expected, lower, upper = (np.full_like(judgements[0].residual, np.nan) for _ in range(3))
    for judgement in judgements:
        missing = np.isnan(lower) & np.isnan(upper)
        expected = np.where(missing, judgement.expected, expected)
        lower = np.where(missing, judgement.lower, lower)
        upper = np.where(missing, judgement.upper, upper)
    return expected, lower, upper


def start_again(
    detectors: Sequence[Detector], states: Sequence[Rows], x: Floats, at: Floats
) -> None:
    """Rebase every detector's state to level `x`, in place."""
    for detector, state in zip(detectors, states, strict=True):
        detector.rebase(state, x, at)
