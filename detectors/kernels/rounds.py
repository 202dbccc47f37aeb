"""The loops of `detectors/rounds.py` and of what a bank does to a chunk before its rounds."""

import numpy as np
import numpy.typing as npt

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


@kernel("i8(f8[:], i8[:], i8[:], f8[:], b1[:])")
def newer(at: Column, first: Index, size: Index, last_at: Column, is_newer: Flags) -> int:
    """Flag samples newer than all before of their row; how many there are."""
    count = 0
    for i in range(len(first)):
        newest = last_at[i]
        for place in range(first[i], first[i] + size[i]):
            is_newer[place] = at[place] > newest
            if is_newer[place]:
                newest = at[place]
                count += 1
    return count


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
