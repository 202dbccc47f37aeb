"""Memory of a table that grows: in pages of 2 MB once it is large, and moved in pieces.

Rows of a round lie scattered, and a processor knows the places of few pages by heart: with pages of
4 KB a round among ten thousand series takes half as long again. Address space is taken for twice
the rows that there are, which costs nothing until they come.
"""

import mmap
from contextlib import suppress
from typing import Any

import numpy as np

from detectors.layout import Table

_LARGE = 1 << 20  # bytes from which a table has large pages
_AHEAD = 2  # times the rows there are
_PIECE = 32 << 20  # bytes that are moved at once


class Memory:
    """The memory of one table of zeroes; `width` is the shape of a row."""

    def __init__(self, dtype: Any, *width: int) -> None:
        self._dtype = np.dtype(dtype)
        self._width = width
        self._mapping: mmap.mmap | None = None
        self._all: Table = np.zeros((0, *width), dtype)

    def table(self, rows: int) -> Table:
        """So many rows, the first of which are those that there were before."""
        if rows > len(self._all):
            self._move(rows)
        return self._all[:rows]

    def _move(self, rows: int) -> None:
        had, mapping = self._all.reshape(-1), self._mapping
        row_bytes = self._dtype.itemsize * int(np.prod(self._width, dtype=np.int64))
        if rows * row_bytes < _LARGE:
            self._all = np.zeros((rows, *self._width), self._dtype)
        else:
            self._mapping = _mapped(rows * row_bytes)
            flat: Table = np.frombuffer(self._mapping, self._dtype)
            count = len(self._mapping) // row_bytes * row_bytes // self._dtype.itemsize
            self._all = flat[:count].reshape(-1, *self._width)
        _copy(had, self._all.reshape(-1), mapping)


def _mapped(size: int) -> mmap.mmap:
    try:
        mapping = _anonymous(_AHEAD * size)
    except OSError:  # more than the system ever gives at once: then the table moves more often
        mapping = _anonymous(size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # of a system without large pages
            mapping.madvise(mmap.MADV_HUGEPAGE)
    return mapping


def _anonymous(size: int) -> mmap.mmap:
    whole = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    return mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _copy(had: Table, to: Table, mapping: mmap.mmap | None) -> None:
    """Copy all, and give back the memory of what was copied, so that there are never two of it."""
    step = _PIECE // had.itemsize
    for begin in range(0, had.size, step):
        end = min(begin + step, had.size)
        to[begin:end] = had[begin:end]
        if mapping is not None and end - begin == step:
            mapping.madvise(mmap.MADV_DONTNEED, begin * had.itemsize, _PIECE)
