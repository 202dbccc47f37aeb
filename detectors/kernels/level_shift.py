"""The loop of `detectors/level_shift.py`, which says what it does."""

import numpy as np

from detectors.kernels.band import RESIDUAL, tell, tell_nothing
from detectors.kernels.fetch import AHEAD
from detectors.kernels.kernel import kernel
from detectors.kernels.season import LOOK as OUTLOOK
from detectors.kernels.season import (
    PLACE,
    SCALE,
    Column,
    Components,
    Index,
    fetch_bins,
    outlook,
    place_all,
)

LOOK = OUTLOOK + 3
UP, DOWN, RECENT = range(OUTLOOK, LOOK)
CLIP, BAND = 6.0, 4.0
SAMPLES, MOST, LEAST = 1.5, 1.0 / 8.0, 1.0 / 36.0  # that last: samples, or parts of the window


@kernel("f8(f8, f8)")
def clipped(e: float, scale: float) -> float:
    """A distance in scales, as far as it counts; nothing where either is not known."""
    z = e / scale
    return min(max(z, -CLIP), CLIP) if z == z else 0.0


@kernel("f8(f8, f8)")
def lasting(passed: float, window_s: float) -> float:
    """What is kept of the recent past, which says whether a shift is still there."""
    recent_s = min(max(SAMPLES * passed, LEAST * window_s), MOST * window_s)
    kept: float = np.exp(-passed / recent_s)
    return kept


@kernel("f8(f8, f8, f8, f8, f8, f8)")
def summed(had: float, z: float, recent: float, slack: float, keep: float, soon: float) -> float:
    """A sum with a distance in its direction; it leaks as fast as `recent` once that is over."""
    left = had * (soon if recent < slack else keep)
    return max(left + (1.0 - keep) * (z - slack), 0.0)


@kernel("f8(f8[:], f8[:], f8[:], i8, f8, f8, f8, f8, f8[:,:])")
def sums(
    up: Column,
    down: Column,
    recent: Column,
    i: int,
    z: float,
    slack: float,
    keep: float,
    soon: float,
    look: Column,
) -> float:
    """The sums and the recent mean as they become, into `look`; gives what is told of them."""
    mean = recent[i] + (1.0 - soon) * (z - recent[i])
    above = summed(up[i], z, mean, slack, keep, soon)
    below = summed(down[i], -z, -mean, slack, keep, soon)
    look[UP, i], look[DOWN, i], look[RECENT, i] = above, below, mean
    told: float = min(above, max(mean, 0.0)) - min(below, max(-mean, 0.0))
    return told


@kernel(f"void({'f8[:], ' * 6}f8, f8, f8[:,:])")
def score_beside(
    up: Column,
    down: Column,
    recent: Column,
    last: Column,
    distance: Column,
    at: Column,
    window_s: float,
    slack: float,
    look: Column,
) -> None:
    """Fill in `look` for samples of which another detector says how far off they are."""
    usual, keep, soon = np.nan, 1.0, 1.0
    for i in range(len(at)):
        tell_nothing(look, i)
        z = clipped(distance[i], 1.0)
        passed = min(at[i] - last[i], window_s)
        if passed != usual:
            usual, keep = passed, np.exp(-passed / window_s)
            soon = lasting(passed, window_s)
        told = sums(up, down, recent, i, z, slack, keep, soon, look)
        if np.isfinite(distance[i]):
            look[RESIDUAL, i] = told


@kernel(f"void({'f8[:], ' * 8}f4[:], i8[:], f8[:], f8[:], f8, f8, f8[:], i8, f8[:,:])")
def score(
    up: Column,
    down: Column,
    recent: Column,
    last: Column,
    origin: Column,
    offset: Column,
    common: Column,
    judged: Column,
    flat: Components,
    base: Index,
    x: Column,
    at: Column,
    window_s: float,
    slack: float,
    period_s: Column,
    bins: int,
    look: Column,
) -> None:
    """Fill in `look`."""
    period = period_s[0]
    place_all(flat, base, at, period_s, bins, look)
    usual, keep, soon = np.nan, 1.0, 1.0
    for i in range(len(x)):
        fetch_bins(flat, base, look, i + AHEAD, bins)
        place = look[PLACE, i]
        level = origin[i] + offset[i]
        expected, scale = outlook(flat, base[i], place, period, bins, level, common[i], judged[i])
        z = clipped(x[i] - expected, scale)
        passed = min(at[i] - last[i], window_s)
        if passed != usual:
            usual, keep = passed, np.exp(-passed / window_s)
            soon = lasting(passed, window_s)
        told = sums(up, down, recent, i, z, slack, keep, soon, look)
        residual = told if np.isfinite(expected) else np.nan
        tell(look, i, residual, expected, BAND * scale)
        look[SCALE, i] = scale


@kernel(f"void({'f8[:], ' * 5}f8[:,:])")
def move(up: Column, down: Column, recent: Column, last: Column, at: Column, look: Column) -> None:
    """Move the sums, in place, to what they were judged by."""
    for i in range(len(at)):
        up[i], down[i], recent[i] = look[UP, i], look[DOWN, i], look[RECENT, i]
        last[i] = at[i]
