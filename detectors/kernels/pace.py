"""The loops' share of `detectors/pace.py`: when samples come, and what is too late."""

import numpy as np

from detectors.kernels.kernel import kernel

STEPS, MOST, SLOW = 5.0, 3.0, 0.05
SHORT = 0.03  # of a time constant
SERIES = (1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0)


@kernel("f8(f8, f8, f8)")
def since(at: float, last: float, seen: float) -> float:
    """Seconds since the sample before; 0 for the first."""
    return 0.0 if seen == 0.0 else at - last


@kernel("b1(f8, f8, f8)")
def is_late(dt: float, step: float, memory_s: float) -> bool:
    """Whether it is a gap: more than 3 memories and 5 usual steps."""
    return dt > max(STEPS * step, 3.0 * memory_s)


@kernel("f8(f8, f8, f8)")
def stepped(step: float, dt: float, seen: float) -> float:
    """The usual step, `dt` taken in."""
    if seen < 2.0:
        return dt
    return step + SLOW * (min(dt, MOST * step) - step)


@kernel("f8(f8, f8)")
def counted(seen: float, weight: float) -> float:
    """How many samples were seen, one more taken in; the first counts in full."""
    return seen + (1.0 if seen == 0.0 else weight)


@kernel("f8(f8, f8)")
def faded(dt: float, tau: float) -> float:
    """The share of the past that `dt` takes away: 1 - exp(-dt / tau).

    By its series where dt is short, as it mostly is: in a third of the time and true to 1e-12.
    """
    t = dt / tau
    if t > SHORT:
        told: float = -np.expm1(-t)
        return told
    a, b, c, d, e = SERIES
    return t * (1.0 - t * (a - t * (b - t * (c - t * (d - t * e)))))


@kernel("f8(f8, f8, f8)")
def gain(dt: float, tau: float, seen: float) -> float:
    """The weight of a new sample in an exponential average: see `detectors/forget.py`."""
    return max(faded(dt, tau), 1.0 / (seen + 1.0))
