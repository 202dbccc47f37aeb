"""The season of a series: what it was at this time of the period, and how much it varied then.

Bins of the period hold a mean, a mean absolute deviation and how many seconds of evidence they
rest on; between bin centres both are interpolated, so that no step stands at a bin's edge. An
offset follows what moves slower than a season (trend, weekend).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats, Rows
from detectors.forget import floor_scale, gain

_SINGLE = ("origin", "offset", "at", "scale", "seen", "judged")
_KNOWN = 0.3  # of a bin's width: never reached by both neighbours in the first period


class Outlook(NamedTuple):
    """Expected value and scale (standard deviation) at an instant; NaN where not yet known."""

    expected: Floats
    scale: Floats


class _Place(NamedTuple):
    """Where instants lie: the two nearest bins, and the share of the second."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    share: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Layout and verbs of a season; `periods` is how many of them it remembers."""

    period_s: float
    bins: int
    periods: float
    offset_s: float

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bins and what goes with them; means are kept relative to `origin`."""
        bins = (self.bins,)
        binned = [(name, "f4", bins) for name in ("mean", "spread", "seconds")]
        return np.dtype([*((name, "f8") for name in _SINGLE), *binned])

    @property
    def width_s(self) -> float:
        """Seconds of one bin."""
        return self.period_s / self.bins

    def outlook(self, state: Rows, at: Floats) -> Outlook:
        """What is expected at `at`."""
        place = self._place(at)
        i = np.arange(len(at))
        seconds = state["seconds"]
        least = _KNOWN * self.width_s if self.bins > 1 else 0.0
        known = (seconds[i, place.left] > least) & (seconds[i, place.right] > least)
        expected = state["origin"] + state["offset"] + _between(state["mean"], i, place)
        spread = 0.75 * _between(state["spread"], i, place) + 0.25 * state["scale"]
        scale = floor_scale(1.2533 * spread, expected)
        sized = known & (state["judged"] >= 20)
        return Outlook(np.where(known, expected, np.nan), np.where(sized, scale, np.nan))

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats, outlook: Outlook) -> None:
        """Take samples into offset, scale and the two nearest bins; `outlook` was theirs."""
        fresh = state["seen"] == 0
        state["origin"] = np.where(fresh, x, state["origin"])
        dt = np.where(fresh, 1e-3, np.clip(at - state["at"], 1e-3, self.width_s))
        e = x - outlook.expected
        self._learn_offset(state, e, dt, weight, outlook.scale)
        y = np.clip(x - state["origin"], -1e30, 1e30)
        place = self._place(at)
        i = np.arange(len(at))
        self._learn_bin(state, i, place.left, y, np.abs(e), weight * dt * (1 - place.share))
        self._learn_bin(state, i, place.right, y, np.abs(e), weight * dt * place.share)
        state["seen"] += np.where(fresh, 1.0, weight)
        state["at"] = at

    def rebase(self, state: Rows, x: Floats, at: Floats) -> None:
        """Shift the whole season so that `x` is expected now."""
        here = state["origin"] + _between(state["mean"], np.arange(len(at)), self._place(at))
        state["offset"] = x - here
        state["at"] = at

    def _place(self, at: Floats) -> _Place:
        position = np.mod(at, self.period_s) / self.width_s - 0.5
        left = np.floor(position)
        share = position - left
        first = left.astype(np.int64) % self.bins
        return _Place(first, (first + 1) % self.bins, share)

    def _learn_offset(
        self, state: Rows, e: Floats, dt: Floats, weight: Floats, scale: Floats
    ) -> None:
        known, sized = np.isfinite(e), np.isfinite(scale)
        judged, typical = state["judged"], state["scale"]
        bounded = np.where(sized, np.clip(e, -4 * scale, 4 * scale), e)
        a = weight * -np.expm1(-dt / self.offset_s)
        state["offset"] += np.where(known, a * bounded, 0.0)
        b = weight * gain(dt, self.period_s, judged)
        size = np.where(sized, np.minimum(np.abs(e), 5 * scale), np.abs(e))
        state["scale"] = np.where(known, typical + b * (size - typical), typical)
        state["judged"] = judged + np.where(known, weight, 0.0)

    def _learn_bin(
        self,
        state: Rows,
        i: npt.NDArray[np.int64],
        bin_: npt.NDArray[np.int64],
        y: Floats,
        size: Floats,
        seconds: Floats,
    ) -> None:
        mean, spread, evidence = state["mean"], state["spread"], state["seconds"]
        had = evidence[i, bin_].astype(np.float64)
        total = np.minimum(had + seconds, self.periods * self.width_s)
        a = np.divide(seconds, total, out=np.zeros_like(total), where=total > 0)
        old = mean[i, bin_].astype(np.float64)
        mean[i, bin_] = np.where(had == 0, np.where(seconds > 0, y, 0.0), old + a * (y - old))
        typical = state["scale"]
        was = spread[i, bin_].astype(np.float64)
        was = np.where(was == 0, typical, was)
        bounded = np.minimum(np.where(np.isfinite(size), size, was), 5 * np.maximum(was, typical))
        spread[i, bin_] = np.clip(was + a * (bounded - was), 0, 1e30)
        evidence[i, bin_] = total


def _between(field: npt.NDArray[Any], i: npt.NDArray[np.int64], place: _Place) -> Floats:
    left = field[i, place.left].astype(np.float64)
    right = field[i, place.right].astype(np.float64)
    return left + place.share * (right - left)
