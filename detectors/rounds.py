"""Splitting a chunk so that each row occurs at most once in a round."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.intp]


def rounds(rows: npt.NDArray[np.int32]) -> Iterator[Index]:
    """Positions of each round, ordered by row: the first sample of every row, then the second, ...

    >>> [list(map(int, r)) for r in rounds(np.array([7, 3, 7, 7], dtype=np.int32))]
    [[1, 0], [2], [3]]
    """
    if len(rows) == 0:
        return
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    if len(starts) == len(rows):
        yield order
        return
    sizes = np.diff(np.r_[starts, len(rows)])
    nth = np.arange(len(rows)) - np.repeat(starts, sizes)
    by_round = np.argsort(nth, kind="stable")
    yield from np.split(order[by_round], np.cumsum(np.bincount(nth))[:-1])


def span(rows: npt.NDArray[np.int32]) -> slice | npt.NDArray[np.int32]:
    """A slice where ascending rows are contiguous (no copy is needed then), or the rows."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == len(rows) else rows
