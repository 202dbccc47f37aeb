"""The loops of `detectors/ewma.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.band import tell, tell_nothing
from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, gain, is_late, since, stepped
from detectors.kernels.usual import floored

Column = npt.NDArray[np.float64]

FEW, YOUNG = 10.0, 30.0  # samples before there is an opinion, and before any of them is clipped
CLIP, THREE, THIRTY, MOST = 5.0, 3.0, 30.0, 0.2
FARTHEST = 1e150  # its square is a number


@kernel("f8(f8, f8, f8)")
def distance(x: float, mean: float, seen: float) -> float:
    """From the mean; the first sample is at it."""
    return 0.0 if seen == 0.0 else min(max(x - mean, -FARTHEST), FARTHEST)


@kernel("f8(f8, f8)")
def deviation(var: float, mean: float) -> float:
    """The standard deviation of values around `mean`."""
    return floored(np.sqrt(var), mean)


@kernel(f"void({'f8[:], ' * 7}f8, f8, f8[:,:])")
def score(
    mean: Column,
    var: Column,
    last_at: Column,
    step: Column,
    seen: Column,
    x: Column,
    at: Column,
    memory_s: float,
    band: float,
    told: Column,
) -> None:
    """Fill in `told`."""
    for i in range(len(x)):
        late = is_late(since(at[i], last_at[i], seen[i]), step[i], memory_s)
        if seen[i] < FEW or late:
            tell_nothing(told, i)
            continue
        scale = deviation(var[i], mean[i])
        tell(told, i, distance(x[i], mean[i], seen[i]) / scale, mean[i], band * scale)


@kernel(f"void({'f8[:], ' * 8}f8, f8)")
def learn(
    mean: Column,
    var: Column,
    last_at: Column,
    step: Column,
    seen: Column,
    x: Column,
    at: Column,
    weight: Column,
    memory_s: float,
    spread_s: float,
) -> None:
    """Take samples in, in place."""
    for i in range(len(x)):
        n, w, dt = seen[i], weight[i], since(at[i], last_at[i], seen[i])
        e, far = distance(x[i], mean[i], n), CLIP * deviation(var[i], mean[i])
        clipped = e if n < YOUNG else min(max(e, -far), far)
        is_gap = is_late(dt, step[i], memory_s)
        if n < 2.0:
            var[i] = e * e / 2.0
        elif not is_gap:
            spread = min(w * gain(dt, max(THIRTY * step[i], spread_s), n), MOST)
            var[i] += spread * (clipped * clipped - var[i])
        if n == 0.0:
            mean[i] = x[i]
        else:
            level = w * gain(dt, max(THREE * step[i], memory_s), n)
            mean[i] += level * (e if is_gap else clipped)
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
