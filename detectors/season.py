"""The season of a series: what it was at this time of the period, and how much it varied then.

Bins of the period hold a mean, a mean absolute deviation and how many seconds of evidence they
rest on; between bin centres both are interpolated, so that no step stands at a bin's edge. An
offset follows what moves slower than a season (trend, weekend).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.constants import HALF, NONE, ONE, constant
from detectors.detector import Floats
from detectors.flags import every, some
from detectors.forget import floor_scale, gain, share
from detectors.state import Index, State

_SINGLE = ("origin", "offset", "at", "scale", "seen", "judged")
_PARTS = 3  # of a bin: mean, mean absolute deviation, seconds of evidence
_KNOWN = 0.3  # of a bin's width: never reached by both neighbours in the first period
_INSTANT = constant(1e-3)  # seconds
_LOWEST, _HIGHEST = constant(-1e30), constant(1e30)
_SIGMA = constant(1.2533)  # standard deviations in a mean absolute deviation
_OWN, _COMMON = constant(0.75), constant(0.25)  # of the scale: the bin's, and that of all bins
_JUDGED = constant(20.0)
_CLIP, _WILD = constant(4.0), constant(5.0)  # scales that count: for the offset, for the scale


class Outlook(NamedTuple):
    """Expected value and scale (standard deviation) at an instant; NaN where not yet known.

    The two nearest bins, `nearest` of shape (parts, 2, n), are at `where`; `second` is the share of
    the latter. `is_sure` says that nothing is NaN.
    """

    expected: Floats
    scale: Floats
    second: Floats
    where: Index
    nearest: Floats
    is_sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Layout and verbs of a season; `periods` is how many of them it remembers.

    `period_s` may be that of each row.
    """

    period_s: float | Floats
    bins: int
    periods: float
    offset_s: float

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bins and what goes with them; means are kept relative to `origin`."""
        return np.dtype([*((name, "f8") for name in _SINGLE), ("bins", "f4", (self.bins, _PARTS))])

    @property
    def width_s(self) -> float | Floats:
        """Seconds of one bin."""
        return self.period_s / self.bins

    def outlook(self, state: State, at: Floats) -> Outlook:
        """What is expected at `at`."""
        second, where = self._place(state, at)
        cells = state.cells["bins"].take(where)
        least = _KNOWN * self.width_s if self.bins > 1 else 0.0
        left, right = cells[2] > least
        known = left & right
        nearest = cells.astype(np.float64)
        mean, spread = _between(nearest[:2], second)
        expected = state["origin"] + state["offset"] + mean
        scale = floor_scale(_SIGMA * (_OWN * spread + _COMMON * state["scale"]), expected)
        sized = known & (state["judged"] >= _JUDGED)
        if every(sized):
            return Outlook(expected, scale, second, where, nearest, is_sure=True)
        expected, scale = np.where(known, expected, np.nan), np.where(sized, scale, np.nan)
        return Outlook(expected, scale, second, where, nearest, is_sure=False)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, outlook: Outlook) -> None:
        """Take samples into offset, scale and the two nearest bins; `outlook` was theirs."""
        dt = np.minimum(np.maximum(at - state["at"], _INSTANT), self.width_s)
        taken = weight
        if not outlook.is_sure:
            fresh = state["seen"] == 0
            state["origin"] = np.where(fresh, x, state["origin"])
            dt, taken = np.where(fresh, _INSTANT, dt), np.where(fresh, 1.0, weight)
        e = x - outlook.expected
        size = np.abs(e)
        self._learn_offset(state, e, size, dt, weight, outlook)
        y = np.minimum(np.maximum(x - state["origin"], _LOWEST), _HIGHEST)
        self._learn_bins(state, y, size, weight * dt, outlook)
        state["seen"] = state["seen"] + taken
        state["at"] = at

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift the whole season so that `x` is expected now."""
        second, where = self._place(state, at)
        nearest = state.cells["bins"].take(where).astype(np.float64)
        state["offset"] = x - (state["origin"] + _between(nearest[0], second))
        state["at"] = at

    def _place(self, state: State, at: Floats) -> tuple[Floats, Index]:
        """The two nearest bins: how near the second is, and where they are."""
        position = np.mod(at, self.period_s) / self.width_s - HALF
        left = np.floor(position)
        both = _neighbours(self.bins).take(left.astype(np.intp), axis=1)
        return position - left, state.cells["bins"].at(both)

    def _learn_offset(
        self, state: State, e: Floats, size: Floats, dt: Floats, weight: Floats, outlook: Outlook
    ) -> None:
        judged, typical, scale = state["judged"], state["scale"], outlook.scale
        most = _CLIP * scale
        bounded = np.minimum(np.maximum(e, -most), most)
        size_taken = np.minimum(size, _WILD * scale)
        known = True if outlook.is_sure else np.isfinite(e)
        if not outlook.is_sure:
            sized = np.isfinite(scale)
            bounded = np.where(sized, bounded, e)
            size_taken = np.where(sized, size_taken, size)
        a = weight * -np.expm1(-dt / self.offset_s)
        b = weight * gain(dt, self.period_s, share(judged))
        moved, typical = a * bounded, typical + b * (size_taken - typical)
        if known is not True:
            moved, weight = np.where(known, moved, 0.0), np.where(known, weight, 0.0)
            typical = np.where(known, typical, state["scale"])
        state["offset"] = state["offset"] + moved
        state["scale"] = typical
        state["judged"] = judged + weight

    def _learn_bins(
        self, state: State, y: Floats, size: Floats, seconds: Floats, outlook: Outlook
    ) -> None:
        bins, typical = state.cells["bins"], state["scale"]
        second, where, nearest = outlook.second, outlook.where, outlook.nearest
        evidence = np.empty_like(nearest[0])
        np.multiply(seconds, ONE - second, out=evidence[0])
        np.multiply(seconds, second, out=evidence[1])
        most = self.periods * self.width_s
        if self.bins > 1:
            taken = _taken(nearest, y, size, typical, evidence, most, outlook.is_sure)
            bins.put(where, taken)
            return
        for one, part in zip((where[:, 0], where[:, 1]), evidence, strict=True):  # the same bin
            had = bins.take(one).astype(np.float64)
            bins.put(one, _taken(had, y, size, typical, part, most, outlook.is_sure))


def _taken(
    bins: Floats,
    y: Floats,
    size: Floats,
    typical: Floats,
    seconds: Floats,
    most: float | Floats,
    is_sure: bool,
) -> npt.NDArray[np.float32]:
    """Bins (parts, ..., n) with a value each taken in, that is evidence for so many seconds."""
    mean, spread, had = bins
    total = np.minimum(had + seconds, most)
    if is_sure:
        a = seconds / total
        moved = mean + a * (y - mean)
    else:
        a = np.divide(seconds, total, out=np.zeros_like(total), where=total > 0)
        moved = np.where(had == 0, np.where(seconds > 0, y, 0.0), mean + a * (y - mean))
    blank = spread == NONE
    if some(blank):
        spread = np.where(blank, typical, spread)
    if not is_sure:
        size = np.where(np.isfinite(size), size, spread)
    bounded = np.minimum(size, _WILD * np.maximum(spread, typical))
    new = np.empty(bins.shape, np.float32)
    new[0] = moved
    new[1] = np.minimum(np.maximum(spread + a * (bounded - spread), NONE), _HIGHEST)
    new[2] = total
    return new


def _between(bins: Floats, second: Floats) -> Floats:
    """Interpolated between bins (..., 2, n)."""
    left, right = bins[..., 0, :], bins[..., 1, :]
    return left + second * (right - left)


@lru_cache
def _neighbours(bins: int) -> Index:
    """Where the bin that a position lies in, or -1 for the last, and the next one begin."""
    first = np.arange(bins, dtype=np.intp)
    return np.stack((first, (first + 1) % bins)) * _PARTS


def forget(state: State, rows: Index) -> None:
    """Let rows begin a season anew, in place; origin and age stay."""
    bins = state.cells["bins"].of(rows)
    cells = len(bins.values()[0])
    for cell in range(cells):
        where = bins.at(np.full(len(rows), cell * _PARTS))
        bins.put(where, np.zeros(where.shape, np.float32))
    for name in ("offset", "scale", "judged"):
        column = state[name].copy()
        column[rows] = 0
        state[name] = column


@lru_cache
def season(period_s: float, bins: int, periods: float, offset_s: float) -> Season:
    """A season by its parameters; the same one each time."""
    return Season(period_s=period_s, bins=bins, periods=periods, offset_s=offset_s)
