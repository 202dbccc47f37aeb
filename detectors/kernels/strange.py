"""The loops of `detectors/strange.py`, `ranks.py`, `novelty.py` and `score.py`, which say what they
do: over the samples of one series, in their order.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.band import EXPECTED
from detectors.kernels.kernel import kernel
from detectors.kernels.season import LOOK, Components, Index, learn
from detectors.kernels.seasonal import score

Column = npt.NDArray[np.float64]
Column32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]
Table32 = npt.NDArray[np.float32]

BLOCK, BLOCKS = 64, 32  # bins of a block, and blocks
KEPT = 1024  # values of a series
BAND = 4.0  # of what is expected, not read


@kernel("void(f8[:], f8[:,:], f8[:], f8[:,:])")
def means(x: Column, gain: Table, share: Column, off: Table) -> None:
    """Fill in how far the second and third mean with the sample are from that of all before it,
    and the sample from the first mean without it; 0 for the first sample."""
    off[:, 0] = 0.0
    of_all, first, second, third = x[0], x[0], x[0], x[0]
    for i in range(1, len(x)):
        off[2, i] = x[i] - first
        first += gain[0, i] * (x[i] - first)
        second += gain[1, i] * (x[i] - second)
        third += gain[2, i] * (x[i] - third)
        off[0, i], off[1, i] = second - of_all, third - of_all
        of_all += share[i] * (x[i] - of_all)


@kernel("i8(f8[:], f8)")
def thinned(kept: Column, apart: float) -> int:
    """Sort what is kept, leave out what is no farther from the one before; how many are left."""
    kept[:] = np.sort(kept)
    count = 1
    for i in range(1, len(kept)):
        if kept[i] > kept[count - 1] + apart:
            kept[count] = kept[i]
            count += 1
    kept[count:] = np.inf
    return count


@kernel("void(f8[:], f8[:])")
def nearest(x: Column, away: Column) -> None:
    """Fill in how far each value is from the nearest before it."""
    kept, count, apart = np.full(KEPT, np.inf), 0, 0.0
    for i in range(len(x)):
        away[i] = np.abs(kept[: max(count, 1)] - x[i]).min()
        if away[i] > apart:
            kept[count] = x[i]
            count += 1
        if count == KEPT:
            apart = 2.0 * (kept.max() - kept.min()) / KEPT
            count = thinned(kept, apart)


@kernel(f"void({'f8[:], ' * 6}f4[:], i8[:], {'f8[:], ' * 3}i8, f8, f8, f8[:], f8[:])")
def follow(
    origin: Column,
    offset: Column,
    last_at: Column,
    scale: Column,
    seen: Column,
    judged: Column,
    flat: Components,
    base: Index,
    x: Column,
    at: Column,
    period_s: Column,
    bins: int,
    periods: float,
    offset_s: float,
    full: Column,
    expected: Column,
) -> None:
    """Fill in what a season expects of each sample, which it learns then; `full` is one weight."""
    look = np.empty((LOOK, 1))
    known = (origin, offset, scale, judged, flat, base)
    for i in range(len(x)):
        one, when = x[i : i + 1], at[i : i + 1]
        score(*known, one, when, period_s, bins, BAND, look)
        expected[i] = look[EXPECTED, 0]
        own = (origin, offset, last_at, scale, seen, judged, flat, base)
        learn(*own, one, when, full, period_s, bins, periods, offset_s, look)


@kernel("void(i8[:], b1[:], f4[:], f4[:])")
def count(place: Places, known: Flags, above: Column32, seen: Column32) -> None:
    """Fill in how many known ones before were in this bin or above it, and how many there were."""
    bins = np.zeros((BLOCKS, BLOCK), np.float32)
    blocks, total = np.zeros(BLOCKS, np.float32), np.float32(0)
    for i in range(len(place)):
        block, within = place[i] // BLOCK, place[i] % BLOCK
        above[i] = bins[block, within:].sum() + blocks[block + 1 :].sum()
        seen[i] = total
        if known[i]:
            bins[block, within] += np.float32(1)
            blocks[block] += np.float32(1)
            total += np.float32(1)


@kernel("void(f4[:], f4[:], f4[:])")
def usual(far: Column32, seen: Column32, told: Column32) -> None:
    """Fill in the mean of those before, of which `seen` were known."""
    mean = np.float32(0)
    for i in range(len(far)):
        told[i] = mean
        if np.isfinite(far[i]):
            mean += (far[i] - mean) * (np.float32(1) / (seen[i] + np.float32(1)))


@kernel("void(b1[:], f8[:], f4[:])")
def moved(is_move: Flags, share: Column, told: Column32) -> None:
    """Fill in the share of the samples before that moved."""
    mean = np.float32(0)
    for i in range(len(is_move)):
        told[i] = mean
        far = (np.float32(1) if is_move[i] else np.float32(0)) - mean
        mean = np.float32(np.float64(mean) + share[i] * np.float64(far))


@kernel("void(i8[:], f8[:], i8, f8[:])")
def ago(level: Places, at: Column, levels: int, told: Column) -> None:
    """Fill in how long ago the last was whose level was as high; infinity for never."""
    last = np.full(levels, -np.inf)
    for i in range(len(level)):
        told[i] = at[i] - last[level[i]]
        last[: level[i] + 1] = at[i]
