"""The loops' share of `detectors/usual.py`: the usual size of a difference."""

from detectors.kernels.kernel import kernel
from detectors.kernels.pace import gain

SIGMA = 1.2533  # standard deviations in a mean absolute deviation
WILD, THIRTY, MOST = 5.0, 30.0, 0.2
PART, LEAST = 1e-9, 1e-12


@kernel("f8(f8, f8)")
def floored(scale: float, level: float) -> float:
    """A scale that is never nothing beside `level`: see `detectors/forget.py`."""
    return max(PART * abs(level) + LEAST, scale)


@kernel("f8(f8, f8)")
def usual(size: float, level: float) -> float:
    """The scale of differences between values around `level`, as a standard deviation."""
    return floored(SIGMA * size, level)


@kernel("f8(f8, f8, f8, f8)")
def share(dt: float, step: float, seen: float, spread_s: float) -> float:
    """What a new difference is of the usual size."""
    return gain(dt, max(THIRTY * step, spread_s), seen)


@kernel("f8(f8, f8, f8, f8, b1)")
def sized(size: float, difference: float, faded: float, seen: float, is_young: bool) -> float:
    """By how much the size moves that takes a difference in; while young it is a plain mean."""
    taken = abs(difference)
    if is_young:
        return max(faded, 1.0 / max(seen, 1.0)) * (taken - size)
    if size > 0.0:  # of what stood still so far nothing is wild: it could never grow
        taken = min(taken, WILD * size)
    return min(faded, MOST) * (taken - size)
