"""The season of a series: what it was at this time of the period, and how much it varied then.

Bins of the period hold a mean, a mean absolute deviation and how many seconds of evidence they
rest on; between bin centres both are interpolated, so that no step stands at a bin's edge. An
offset follows what moves slower than a season (trend, weekend), and bins learn the rest.
"""

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from detectors.constants import HALF
from detectors.detector import Floats
from detectors.kernels import season as kernels
from detectors.state import Column, Index, State

_SINGLE = ("origin", "offset", "at", "scale", "seen", "judged")
_all = itemgetter(*_SINGLE)
_judging = itemgetter("origin", "offset", "scale", "judged")
_PARTS = kernels.PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Layout and verbs of a season; `periods` is how many of them it remembers.

    `period_s` is that of each row, or one for all.
    """

    period_s: Floats
    bins: int
    periods: float
    offset_s: float

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bins and what goes with them; means are kept relative to `origin`."""
        return np.dtype([*((name, "f8") for name in _SINGLE), ("bins", "f4", (self.bins, _PARTS))])

    def columns(self, state: State) -> tuple[Column, ...]:
        """What a kernel needs to know of the rows for what it expects of them."""
        cells = state.cells["bins"]
        return *_judging(state), cells.flat, cells.base

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, look: Floats) -> None:
        """Take samples into offset, scale and the two nearest bins, in place; `look` was theirs."""
        cells, own = state.cells["bins"], _all(state)
        sizes = self.period_s, self.bins, self.periods, self.offset_s
        kernels.learn(*own, cells.flat, cells.base, x, at, weight, *sizes, look)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift the whole season so that `x` is expected now, in place."""
        place = np.mod(at, self.period_s) / (self.period_s / self.bins) - HALF
        left = np.floor(place)
        cells, both = state.cells["bins"], np.stack((left, left + 1)).astype(np.intp) % self.bins
        before, after = cells.take(cells.at(both * _PARTS))[0].astype(np.float64)
        state["offset"][:] = x - (state["origin"] + before + (place - left) * (after - before))
        state["at"][:] = at


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
    of_all = np.array([period_s], np.float64)
    return Season(period_s=of_all, bins=bins, periods=periods, offset_s=offset_s)
