"""The loops of `detectors/rounds.py` and of what a bank does to a chunk before its rounds."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.fetch import AHEAD, fetch
from detectors.kernels.kernel import kernel

Column = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PLACE = 0xFFFFFFFF
FARTHEST = 1e100  # larger values count as this one, so that squares stay finite


@kernel("i8(i8[:], i8[:], i8[:], i8[:], i8[:])")
def part(keys: Numbers, order: Index, rows: Index, first: Index, size: Index) -> int:
    """Part sorted keys (row << 32 | place) into `Runs`; how many rows there are."""
    count = 0
    for i in range(len(keys)):
        row = keys[i] >> 32
        order[i] = keys[i] & PLACE
        if count == 0 or row != rows[count - 1]:
            rows[count], first[count], size[count] = row, i, 0
            count += 1
        size[count - 1] += 1
    return count


@kernel("void(f8[:], i8[:], i8)")
def fetch_of(column: Column, rows: Index, i: int) -> None:
    """Fetch what a column has of the i-th of rows, if there are so many."""
    if i < len(rows):
        fetch(column, rows[i] * (column.strides[0] // column.itemsize))


@kernel("i8(i8[:], i8[:], i8[:], i8[:], f8[:], f8[:], f8[:], f8[:,:], b1[:])", trusts=True)
def in_order(
    order: Index,
    rows: Index,
    first: Index,
    size: Index,
    at: Column,
    value: Column,
    last_at: Column,
    told: Column,
    is_newer: Flags,
) -> int:
    """Samples of runs to `told`, and flags of those newer than all before; how many there are."""
    count = 0
    for i in range(len(rows)):
        fetch_of(last_at, rows, i + AHEAD)
        newest = last_at[rows[i]]
        for place in range(first[i], first[i] + size[i]):
            when = at[order[place]]
            told[0, place], told[1, place] = when, value[order[place]]
            is_newer[place] = when > newest
            if is_newer[place]:
                newest = when
                count += 1
    return count


@kernel("void(f8[:], i8[:], i8[:], i8[:], f8, f8[:])", trusts=True)
def rest(
    at: Column, rows: Index, first: Index, size: Index, quiet_s: float, wakes_at: Column
) -> None:
    """Let each row wake so long after its last sample."""
    for i in range(len(rows)):
        wakes_at[rows[i]] = at[first[i] + size[i] - 1] + quiet_s


_READ = "Array({}, 1, 'A', True)"
_CHUNK = ", ".join(_READ.format(kind) for kind in ("i8", "i8", "f8", "f8"))


@kernel(f"i8(i8[:], b1[:], {_CHUNK}, i8[:], f8[:,:])")
def admit(
    applied: Numbers,
    is_dirty: Flags,
    rows: Index,
    offset: Numbers,
    at: Column,
    value: Column,
    places: Index,
    told: Column,
) -> int:
    """Samples to judge: rows to `places`, times and values to `told`; how many there are.

    Those left out are not finite, or of an offset that was applied before this call. Where
    there is no such row, nothing is done: -1.
    """
    count = 0
    for i in range(len(rows)):
        if not 0 <= rows[i] < len(applied):
            return -1
    for i in range(len(rows)):
        if i + AHEAD < len(rows):
            fetch(applied, rows[i + AHEAD])
        if offset[i] <= applied[rows[i]]:
            continue
        if np.isfinite(at[i]) and np.isfinite(value[i]):
            places[count] = rows[i]
            told[0, count] = at[i]
            told[1, count] = min(max(value[i], -FARTHEST), FARTHEST)
            count += 1
    for i in range(len(rows)):
        if offset[i] > applied[rows[i]]:
            applied[rows[i]] = offset[i]
            is_dirty[rows[i]] = True
    return count
