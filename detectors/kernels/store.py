"""The loops of `detectors/store.py`: rows of tables to where a round works on them, and back."""

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Table = npt.NDArray[Any]
Index = npt.NDArray[np.intp]


@kernel("void(f8[:,::1], u4[:,::1], i8[:], i8, i8[:], f8[:,::1], u4[:,::1], i8[:,:])")
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
        row = rows[i]
        for word in range(wide.shape[1]):
            wide_out[i, word] = wide[row, word]
        for word in range(narrow.shape[1]):
            narrow_out[i, word] = narrow[row, word]
        for shaped in range(len(firsts)):
            base[shaped, i] = row * cells + firsts[shaped]


@kernel("void(f8[:,::1], u4[:,::1], i8[:], f8[:,::1], u4[:,::1])")
def put(wide: Table, narrow: Table, rows: Index, wide_in: Table, narrow_in: Table) -> None:
    """Copy words back to where :func:`take` had them from."""
    for i in range(len(rows)):
        row = rows[i]
        for word in range(wide.shape[1]):
            wide[row, word] = wide_in[i, word]
        for word in range(narrow.shape[1]):
            narrow[row, word] = narrow_in[i, word]
