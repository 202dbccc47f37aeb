"""The recent past of a series in blocks of time: a ring that holds the mean of each block.

A window in time has an edge that passes over every sample; kept in blocks it takes the same memory
however often samples come. Blocks are cut at multiples of their width, so that two runs agree.
"""

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np

from detectors.constants import NONE, ONE, constant
from detectors.detector import Floats
from detectors.spread import keep_spread
from detectors.state import Index, State

_STAMPS = constant(2.0**20)  # whole numbers that 32 bits hold exactly
_LOWEST, _HIGHEST = constant(-1e30), constant(1e30)
_INSTANT = constant(1e-3)


class Ring(NamedTuple):
    """Blocks as they are with a sample each: (ages, n), the newest first, NaN where nothing was.

    Means are relative to `origin`; `held` is how many samples the newest block has.
    """

    means: Floats
    origin: Floats
    number: Floats
    held: Floats
    newest: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Layout and verbs of a ring of `count` blocks of `width_s` seconds."""

    width_s: float
    count: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """A block is its mean and the stamp of its number, which tells it from older ones."""
        single = ((name, "f8") for name in ("origin", "block", "held"))
        return np.dtype([*single, ("blocks", "f4", (self.count, 2))])

    def ring(self, state: State, x: Floats, at: Floats) -> Ring:
        """The blocks, with `x` taken in."""
        number, cells = np.floor(at / self.width_s), state.cells["blocks"]
        is_first = state["held"] == 0
        origin = np.where(is_first, x, state["origin"])
        numbers = number - _ages(self.count)
        where = cells.at(2 * np.mod(numbers, self.count).astype(np.intp))
        mean, stamp = cells.take(where)
        # a stamp of years ago may look like a new one
        is_there = (stamp == _stamp(numbers)) & (numbers <= state["block"])
        means = np.where(is_there, mean, np.nan).astype(np.float64)
        goes_on = (number == state["block"]) & ~is_first
        held = np.where(goes_on, state["held"], NONE) + ONE
        y = np.minimum(np.maximum(x - origin, _LOWEST), _HIGHEST)
        before = np.where(goes_on, means[0], NONE)
        means[0] = before + (y - before) / held
        return Ring(means, origin, number, held, where[:, 0])

    def keep(self, state: State, ring: Ring) -> None:
        """Take in the samples with which the ring was made."""
        self._forget(state, ring.number)
        newest = np.stack((ring.means[0], _stamp(ring.number))).astype(np.float32)
        state.cells["blocks"].put(ring.newest, newest)
        state["origin"], state["block"], state["held"] = ring.origin, ring.number, ring.held

    def keep_judged(
        self, state: State, judged: tuple[Ring, Floats], at: Floats, weight: Floats, spread_s: float
    ) -> None:
        """The same where something is judged by them: its usual size learns by weight.

        For state with the fields of `detectors/spread.py`, and `at`.
        """
        ring, what = judged
        dt = np.maximum(at - state["at"], _INSTANT)
        keep_spread(state, what, dt, weight, spread_s)
        self.keep(state, ring)
        state["at"] = at

    def flatten(self, state: State, x: Floats, *, newest: int | None = None) -> None:
        """Make all blocks there are equal to `x`; or so many of the newest, and all of them be."""
        if newest is not None:
            self._level(state, x, newest)
            return
        cells = state.cells["blocks"]
        every = np.arange(self.count)[:, None] * 2 + np.zeros((1, len(x)), np.intp)
        where = cells.at(every)
        blocks = cells.take(where)
        blocks[0] = 0.0
        cells.put(where, blocks)
        state["origin"] = x

    def _forget(self, state: State, number: Floats) -> None:
        """Of rows that were silent for longer than all blocks last, none is left."""
        gone = np.flatnonzero((number - state["block"] >= self.count) & (state["held"] > 0))
        if len(gone):
            cells, every = state.cells["blocks"], 2 * np.arange(self.count)[:, None]
            where = cells.of(gone).at(every + np.zeros(len(gone), np.intp))
            cells.put(where, np.zeros(where.shape, np.float32))

    def _level(self, state: State, x: Floats, newest: int) -> None:
        cells = state.cells["blocks"]
        numbers = state["block"] - _ages(newest)
        where = cells.at(2 * np.mod(numbers, self.count).astype(np.intp))
        y = np.minimum(np.maximum(x - state["origin"], _LOWEST), _HIGHEST)
        cells.put(where, np.stack((y + NONE * numbers, _stamp(numbers))).astype(np.float32))

    def shift(self, state: State, x: Floats) -> None:
        """Move all blocks so that the newest is equal to `x`."""
        cells = state.cells["blocks"]
        newest = np.mod(state["block"], self.count).astype(np.intp)
        state["origin"] = x - cells.take(cells.at(2 * newest))[0].astype(np.float64)


def mean_of(blocks: Floats) -> Floats:
    """The mean over ages of (ages, n), without those that are missing; NaN where fewer than two."""
    known = np.isfinite(blocks)
    total = reduce(np.add, np.where(known, blocks, NONE))  # in one order for any n
    count = np.add.reduce(known, axis=0)
    return np.where(count < 2, np.nan, total / np.maximum(count, 1))


def _stamp(numbers: Floats) -> Floats:
    stamps: Floats = np.mod(numbers, _STAMPS) + ONE
    return stamps


@lru_cache
def _ages(count: int) -> Floats:
    return np.arange(count, dtype=np.float64)[:, None]


@lru_cache
def blocks(width_s: float, count: int) -> Blocks:
    """A ring by its parameters; the same one each time."""
    return Blocks(width_s=width_s, count=count)
