"""Splitting a chunk so that each row occurs at most once in a round."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.flags import Flags, every, which

Index = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.integer]


class Runs(NamedTuple):
    """The samples of a chunk sorted by row, those of one row in the order of arrival.

    `order` are their positions in the chunk. Row `rows[i]` has `size[i]` of them, from place
    `first[i]` of the order on.
    """

    order: Index
    rows: Index
    first: Index
    size: Index

    def rounds(self) -> Iterator[Index]:
        """Of a tile, places in `order`: the first sample of every row, then the second, ...

        The rows of a round are the first so many of those of the round before.
        """
        longest = int(self.size[0])
        if longest == self.size[-1]:
            yield from (self.first + nth for nth in range(longest))
            return
        still = np.searchsorted(-self.size, -np.arange(longest))
        yield from (self.first[:n] + nth for nth, n in enumerate(still))

    def tiles(self, most: int) -> Iterator["Runs"]:
        """The same in parts of at most so many rows, the rows with most samples first."""
        for start in range(0, len(self.rows), most):
            rows, first, sizes = (column[start : start + most] for column in self[1:])
            if sizes.min() != sizes.max():
                longest_first = np.argsort(-sizes, kind="stable")
                rows, first, sizes = (c[longest_first] for c in (rows, first, sizes))
            yield Runs(self.order, rows, first, sizes)

    def kept(self, flags: Flags) -> "Runs":
        """The samples of which a flag is set, by their places in `order`."""
        return _runs(self.order[flags], np.repeat(self.rows, self.size)[flags])

    def newer(self, at: Floats, last_at: Floats) -> Flags:
        """Flags of the samples newer than all before of their row, whose last was at `last_at`."""
        before = np.empty_like(at)
        before[1:] = at[:-1]
        before[self.first] = last_at
        newer = at > before
        if every(newer):
            return newer
        newest = last_at.copy()
        for nth in range(int(self.size.max())):
            has = np.flatnonzero(self.size > nth)
            now = at[self.first[has] + nth]
            newer[self.first[has] + nth] = now > newest[has]
            newest[has] = np.maximum(newest[has], now)
        return newer


def runs(rows: Numbers) -> Runs:
    """A chunk's samples by row, given the row of each."""
    places = np.arange(len(rows))
    both = (rows.astype(np.int64) << 32) | places
    both.sort()  # fewer steps than a stable argsort
    return _runs(both & 0xFFFFFFFF, both >> 32)


def rounds(rows: Numbers) -> Iterator[Index]:
    """Positions of each round: the first sample of every row, then the second, ...

    >>> [list(map(int, r)) for r in rounds(np.array([7, 3, 7, 7], dtype=np.int32))]
    [[0, 1], [2], [3]]
    """
    for tile in runs(rows).tiles(len(rows) or 1):
        yield from (tile.order[places] for places in tile.rounds())


def _runs(order: Index, rows: Index) -> Runs:
    is_first = np.empty(len(rows), np.bool_)
    is_first[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=is_first[1:])
    first = which(is_first)
    size = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=size[:-1])
    size[-1:] = len(rows) - first[-1:]
    return Runs(order, rows[first], first, size)
