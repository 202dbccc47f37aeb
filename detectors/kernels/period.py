"""The loop of `detectors/period.py`, which says what it does."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Column = npt.NDArray[np.float64]
Components = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RINGS, BINS, SHIFT = 4, 64, 3
TURN = 2 * SHIFT  # 64 samples
FARTHEST, HIGHEST = 1e15, 1e30  # of bins, and of values


@kernel("i8(f8, f8)")
def binned(at: float, base: float) -> int:
    """The finest bin of an instant, counted from the epoch; 0 while its width is not known."""
    if not base > 0.0:
        return 0
    return int(np.floor(min(max(at / base, -FARTHEST), FARTHEST)))


@kernel("void(f4[:], i8, i8, i8)")
def blank(flat: Components, ring: int, old: int, new: int) -> None:
    """Blank the bins of a ring that were passed by without a sample."""
    for passed in range(max(old + 1, new - BINS), new):
        flat[ring + (passed & (BINS - 1))] = np.nan


@kernel("f8(f4[:], i8)")
def mean_of(flat: Components, first: int) -> float:
    """The mean of 8 finer bins, of those that are known."""
    total, count = 0.0, 0
    for child in range(first, first + (1 << SHIFT)):
        if np.isfinite(flat[child]):
            total += flat[child]
            count += 1
    return total / count if count else np.nan


@kernel("void(f4[:], i8, i8, i8)")
def turn(flat: Components, first: int, old: int, new: int) -> None:
    """Fill the bins of the coarser rings of a row that have ended."""
    for level in range(1, RINGS):
        ended, now = old >> SHIFT * level, new >> SHIFT * level
        if ended == now:
            return
        finer, ring = first + BINS * (level - 1), first + BINS * level
        flat[ring + (ended & (BINS - 1))] = mean_of(flat, finer + ((ended << SHIFT) & (BINS - 1)))
        blank(flat, ring, ended, now)


@kernel(f"void(i8[:], i8[:], f8[:], f4[:], i8[:], {'f8[:], ' * 3}b1[:])")
def learn(
    number: Index,
    due: Index,
    base: Column,
    flat: Components,
    rings: Index,
    origin: Column,
    x: Column,
    at: Column,
    is_due: Flags,
) -> None:
    """Take samples into the rings, in place, and fill in which rows are due to be searched."""
    for i in range(len(x)):
        old, new, first = number[i], binned(at[i], base[i]), rings[i]
        blank(flat, first, old, new)
        turn(flat, first, old, new)
        flat[first + (new & (BINS - 1))] = min(max(x[i] - origin[i], -HIGHEST), HIGHEST)
        number[i] = new
        is_due[i] = old >> TURN != new >> TURN and new >> TURN >= due[i]
