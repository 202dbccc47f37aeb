"""Splitting a chunk so that each row occurs at most once in a round."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.kernels import rounds as kernels

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
        if 0 < len(self.rows) == len(self.order) <= most:
            yield self
            return
        for start in range(0, len(self.rows), most):
            rows, first, sizes = (column[start : start + most] for column in self[1:])
            if sizes.min() != sizes.max():
                longest_first = np.argsort(-sizes, kind="stable")
                rows, first, sizes = (c[longest_first] for c in (rows, first, sizes))
            yield Runs(self.order, rows, first, sizes)

    def kept(self, flags: Flags) -> "Runs":
        """The samples of which a flag is set, by their places in `order`."""
        return _parted(_keys(np.repeat(self.rows, self.size)[flags], self.order[flags]))

    def samples(
        self, at: Floats, value: Floats, last_at: Floats
    ) -> tuple[Floats, Floats, Flags | None]:
        """Times and values in `order`, and flags of those newer than all before of their row.

        `last_at` is when the last sample of every row was. None for the flags: all are newer.
        """
        told, is_newer = np.empty((2, len(at))), np.empty(len(at), np.bool_)
        count = kernels.in_order(*self, at, value, last_at, told, is_newer)
        return told[0], told[1], None if count == len(at) else is_newer


def runs(rows: Numbers) -> Runs:
    """A chunk's samples by row, given the row of each."""
    keys = _keys(rows, np.arange(len(rows)))
    keys.sort()  # fewer steps than a stable argsort
    return _parted(keys)


def rounds(rows: Numbers) -> Iterator[Index]:
    """Positions of each round: the first sample of every row, then the second, ...

    >>> [list(map(int, r)) for r in rounds(np.array([7, 3, 7, 7], dtype=np.int32))]
    [[0, 1], [2], [3]]
    """
    for tile in runs(rows).tiles(len(rows) or 1):
        yield from (tile.order[places] for places in tile.rounds())


def _keys(rows: Numbers, places: Index) -> Index:
    """Numbers whose order is by row, then by place."""
    keys: Index = rows.astype(np.int64)
    keys <<= 32
    keys |= places
    return keys


def _parted(keys: Index) -> Runs:
    order, rows, first, size = np.empty((4, len(keys)), np.intp)
    count = kernels.part(keys, order, rows, first, size)
    return Runs(order, rows[:count], first[:count], size[:count])
