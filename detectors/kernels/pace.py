"""The loops' share of `detectors/pace.py`: when samples come, and what is too late."""

import numpy as np

from detectors.kernels.kernel import kernel

STEPS, MOST, SLOW = 5.0, 3.0, 0.05


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


@kernel("f8(f8, f8, f8)")
def gain(dt: float, tau: float, seen: float) -> float:
    """The weight of a new sample in an exponential average: see `detectors/forget.py`."""
    faded: float = -np.expm1(-dt / tau)
    return max(faded, 1.0 / (seen + 1.0))
