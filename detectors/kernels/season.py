"""The loops of `detectors/season.py`, which says what they do.

A look is what samples were judged by: what is told of them (`detectors/kernels/band.py`), a row
each of scale and place in the period, and what is a detector's own.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.band import EXPECTED, TOLD
from detectors.kernels.fetch import AHEAD, fetch
from detectors.kernels.kernel import kernel
from detectors.kernels.pace import faded, gain
from detectors.kernels.usual import usual

Column = npt.NDArray[np.float64]
Components = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]

LOOK = TOLD + 2  # rows of a look
SCALE, PLACE = range(TOLD, LOOK)
PARTS = 3  # of a bin: mean, mean absolute deviation, seconds of evidence
KNOWN = 0.3  # of a bin's width: never reached by both neighbours in the first period
INSTANT = 1e-3  # seconds
FARTHEST = 1e30
OWN, COMMON = 0.75, 0.25  # of the scale: the bin's, and that of all bins
JUDGED = 20.0
CLIP, WILD = 4.0, 5.0  # scales that count: for the offset, for the scale


@kernel("f8(f8, f8, i8)")
def placed(at: float, period_s: float, bins: int) -> float:
    """Where in the period an instant is, in bins from the middle of the first one."""
    into: float = at - period_s * np.floor(at / period_s)
    return into / (period_s / bins) - 0.5


@kernel("Tuple((i8, i8, f8))(f8, i8)")
def neighbours(place: float, bins: int) -> tuple[int, int, float]:
    """The two bins next to a place, and how near it is to the second."""
    before = np.floor(place)
    left = int(min(before, bins - 1.0)) if before >= 0.0 else bins - 1  # far beyond what int knows
    return left, left + 1 if left + 1 < bins else 0, place - before


@kernel("void(f4[:], i8[:], f8[:,:], i8, i8)")
def fetch_bins(flat: Components, base: Index, look: Column, i: int, bins: int) -> None:
    """Fetch the two bins that row `i` needs; there may be no such row."""
    if i < len(base):
        left, right, _ = neighbours(look[PLACE, i], bins)
        fetch(flat, base[i] + PARTS * left)
        fetch(flat, base[i] + PARTS * right + PARTS - 1)


@kernel("void(f4[:], i8[:], f8[:], f8[:], i8, f8[:,:])")
def place_all(
    flat: Components, base: Index, at: Column, period_s: Column, bins: int, look: Column
) -> None:
    """Fill in the places of `look`, and fetch the bins of the first rows."""
    for i in range(len(at)):
        look[PLACE, i] = placed(at[i], period_s[min(i, len(period_s) - 1)], bins)
    for i in range(AHEAD):
        fetch_bins(flat, base, look, i, bins)


@kernel("UniTuple(f8, 2)(f4[:], i8, f8, i8, f8)")
def profile(
    flat: Components, base: int, place: float, bins: int, width_s: float
) -> tuple[float, float]:
    """Mean and mean deviation between the two bins; NaN where not both are known."""
    left, right, second = neighbours(place, bins)
    least = KNOWN * width_s if bins > 1 else 0.0
    one, other = base + PARTS * left, base + PARTS * right
    if not (flat[one + 2] > least and flat[other + 2] > least):
        return np.nan, np.nan
    first = 1.0 - second
    return (
        first * flat[one] + second * flat[other],
        first * flat[one + 1] + second * flat[other + 1],
    )


@kernel("UniTuple(f8, 2)(f4[:], i8, f8, f8, i8, f8, f8, f8)")
def outlook(
    flat: Components,
    base: int,
    place: float,
    period_s: float,
    bins: int,
    level: float,
    common: float,
    judged: float,
) -> tuple[float, float]:
    """Expected value and scale of one row; NaN where not yet known."""
    mean, spread = profile(flat, base, place, bins, period_s / bins)
    expected = level + mean
    if judged < JUDGED:
        return expected, np.nan
    return expected, usual(OWN * spread + COMMON * common, expected)


@kernel("f8(f8, f8, f8, f8)")
def spread_with(spread: float, size: float, common: float, part: float) -> float:
    """A bin's mean deviation with one more, unless that is not known."""
    if spread == 0.0:
        spread = common
    if np.isfinite(size):
        spread += part * (min(size, WILD * max(spread, common)) - spread)
    return min(max(spread, 0.0), FARTHEST)


@kernel("void(f4[:], i8, f8, f8, f8, f8, f8)")
def into_bin(
    flat: Components, at: int, y: float, size: float, common: float, seconds: float, most: float
) -> None:
    """Take a value into a bin, for which it is evidence of so many seconds."""
    had = flat[at + 2]
    total = min(had + seconds, most)
    part = seconds / total if total > 0.0 else 0.0
    mean = np.float64(flat[at]) if had > 0.0 or seconds == 0.0 else y
    flat[at] = mean + part * (y - mean)
    flat[at + 1] = spread_with(flat[at + 1], size, common, part)
    flat[at + 2] = total


@kernel("UniTuple(f8, 2)(f8, f8)")
def bounded(e: float, scale: float) -> tuple[float, float]:
    """What counts of a distance: for the offset, and for the scale; all where there is none yet."""
    if not np.isfinite(scale):
        return e, abs(e)
    return min(max(e, -CLIP * scale), CLIP * scale), min(abs(e), WILD * scale)


@kernel(f"void({'f8[:], ' * 6}f4[:], i8[:], {'f8[:], ' * 4}i8, f8, f8, f8[:,:])")
def learn(
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
    weight: Column,
    period_s: Column,
    bins: int,
    periods: float,
    offset_s: float,
    look: Column,
) -> None:
    """Take samples in, in place, whose look `look` is; a period for each row, or one for all."""
    for i in range(len(x)):
        fetch_bins(flat, base, look, i + AHEAD, bins)
        period = period_s[min(i, len(period_s) - 1)]
        width, w = period / bins, weight[i]
        dt, taken = min(max(at[i] - last_at[i], INSTANT), width), w
        if seen[i] == 0.0:
            origin[i], dt, taken = x[i], INSTANT, 1.0
        e = x[i] - look[EXPECTED, i]
        if np.isfinite(e):
            moved, size = bounded(e, look[SCALE, i])
            offset[i] += w * faded(dt, offset_s) * moved
            scale[i] += w * gain(dt, period, judged[i]) * (size - scale[i])
            judged[i] += w
        y = min(max(x[i] - origin[i] - offset[i], -FARTHEST), FARTHEST)
        left, right, second = neighbours(look[PLACE, i], bins)
        one, other, most = base[i] + PARTS * left, base[i] + PARTS * right, periods * width
        into_bin(flat, one, y, abs(e), scale[i], w * dt * (1.0 - second), most)
        into_bin(flat, other, y, abs(e), scale[i], w * dt * second, most)
        seen[i] += taken
        last_at[i] = at[i]
