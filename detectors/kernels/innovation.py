"""The loops of `detectors/innovation.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, gain, is_late, since, stepped
from detectors.kernels.usual import share, sized, usual

Column = npt.NDArray[np.float64]

YOUNG = 20.0
NEAR, FAR = 3.0, 20.0  # memories, in usual steps
CLIP = 3.0  # deviations by which one sample counts for a memory
SHORTEST = 1e-3  # seconds


@kernel("UniTuple(f8, 2)(f8, f8, f8, f8, f8, f8)")
def best(
    last: float, near: float, far: float, last_size: float, near_size: float, far_size: float
) -> tuple[float, float]:
    """The forecast whose errors are smallest, and their usual size."""
    if far_size <= near_size and far_size <= last_size:
        return far, far_size
    if near_size <= last_size:
        return near, near_size
    return last, last_size


@kernel("f8(f8, f8, f8, b1)")
def counting(e: float, size: float, level: float, is_young: bool) -> float:
    """What counts of an error for the memory that made it."""
    most = np.inf if is_young else CLIP * usual(size, level)
    return min(max(e, -most), most)


@kernel(f"void({'f8[:], ' * 11}f8[:,:])")
def score(
    last: Column,
    near: Column,
    far: Column,
    last_size: Column,
    near_size: Column,
    far_size: Column,
    last_at: Column,
    step: Column,
    seen: Column,
    x: Column,
    at: Column,
    told: Column,
) -> None:
    """Fill in `told`: the residual, and that nothing was expected."""
    for i in range(len(x)):
        dt = since(at[i], last_at[i], seen[i])
        told[0, i] = told[1, i] = np.nan
        if not (seen[i] < YOUNG or is_late(dt, step[i], 0.0)):
            levels, sizes = (last[i], near[i], far[i]), (last_size[i], near_size[i], far_size[i])
            level, size = best(*levels, *sizes)
            told[0, i] = (x[i] - level) / usual(size, level)


@kernel(f"void({'f8[:], ' * 12}f8)")
def learn(
    last: Column,
    near: Column,
    far: Column,
    last_size: Column,
    near_size: Column,
    far_size: Column,
    last_at: Column,
    step: Column,
    seen: Column,
    x: Column,
    at: Column,
    weight: Column,
    spread_s: float,
) -> None:
    """Take samples in, in place."""
    for i in range(len(x)):
        n, w, dt = seen[i], weight[i], since(at[i], last_at[i], seen[i])
        is_young = n < YOUNG
        if n == 0.0:
            last[i] = near[i] = far[i] = x[i]
        d, e, f = x[i] - last[i], x[i] - near[i], x[i] - far[i]
        moved = counting(e, near_size[i], near[i], is_young)
        held = counting(f, far_size[i], far[i], is_young)
        if not is_late(dt, step[i], 0.0):
            faded = share(dt, step[i], n, spread_s)
            last_size[i] += w * sized(last_size[i], d, faded, n, is_young)
            near_size[i] += w * sized(near_size[i], e, faded, n, is_young)
            far_size[i] += w * sized(far_size[i], f, faded, n, is_young)
        usual_s = max(step[i], SHORTEST)
        last[i] = x[i]
        near[i] += gain(dt, NEAR * usual_s, n) * moved
        far[i] += w * gain(dt, FAR * usual_s, n) * held
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
