"""The loops of `detectors/store.py`: rows of tables to where a round works on them, and back."""

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.kernels.fetch import AHEAD, fetch
from detectors.kernels.kernel import kernel

Table = npt.NDArray[Any]
Index = npt.NDArray[np.intp]


LINE = 64  # bytes that are fetched together


@kernel("void(f8[:,::1], u4[:,::1], i8[:], i8)")
def fetch_row(wide: Table, narrow: Table, rows: Index, i: int) -> None:
    """Fetch the words of the i-th of rows, if there are so many."""
    if i < len(rows):
        row, words, halves = rows[i], wide.shape[1], narrow.shape[1]
        for word in range(0, words, LINE // 8):
            fetch(wide, row * words + word)
        for word in range(0, halves, LINE // 4):
            fetch(narrow, row * halves + word)


@kernel("void(f8[:,::1], u4[:,::1], i8[:], i8, i8[:], f8[:,::1], u4[:,::1], i8[:,:])", trusts=True)
def take(
    wide: Table,
    narrow: Table,
    firsts: Index,
    cells: int,
    rows: Index,
    wide_out: Table,
    narrow_out: Table,
    base: Index,
) -> None:
    """Copy the words of rows, and say where those of their cells begin: rows have `cells` each."""
    for i in range(len(rows)):
        fetch_row(wide, narrow, rows, i + AHEAD)
        row = rows[i]
        for word in range(wide.shape[1]):
            wide_out[i, word] = wide[row, word]
        for word in range(narrow.shape[1]):
            narrow_out[i, word] = narrow[row, word]
        for shaped in range(len(firsts)):
            base[shaped, i] = row * cells + firsts[shaped]


@kernel("void(f8[:,::1], u4[:,::1], i8[:], f8[:,::1], u4[:,::1])", trusts=True)
def put(wide: Table, narrow: Table, rows: Index, wide_in: Table, narrow_in: Table) -> None:
    """Copy words back to where :func:`take` had them from."""
    for i in range(len(rows)):
        fetch_row(wide, narrow, rows, i + AHEAD)
        row = rows[i]
        for word in range(wide.shape[1]):
            wide[row, word] = wide_in[i, word]
        for word in range(narrow.shape[1]):
            narrow[row, word] = narrow_in[i, word]
