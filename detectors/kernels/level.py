"""The loops of `detectors/level.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.band import tell, tell_nothing
from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, gain, is_late, since, stepped
from detectors.kernels.usual import share, sized, usual

Column = npt.NDArray[np.float64]

YOUNG, CLIP, THREE = 20.0, 5.0, 3.0


@kernel(f"void({'f8[:], ' * 7}f8, f8, f8[:,:])")
def score(
    mean: Column,
    size: Column,
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
        if seen[i] < YOUNG or late:
            tell_nothing(told, i)
            continue
        scale = usual(size[i], mean[i])
        tell(told, i, (x[i] - mean[i]) / scale, mean[i], band * scale)


@kernel(f"void({'f8[:], ' * 8}f8, f8)")
def learn(
    mean: Column,
    size: Column,
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
        is_young, is_gap = n < YOUNG, is_late(dt, step[i], memory_s)
        e = 0.0 if n == 0.0 else x[i] - mean[i]
        taken = e
        if not (is_young or is_gap):
            far = CLIP * usual(size[i], mean[i])
            taken = min(max(e, -far), far)
        if n == 0.0:
            mean[i] = x[i]
        else:
            mean[i] += w * gain(dt, max(THREE * step[i], memory_s), n) * taken
        if not is_gap:
            size[i] += w * sized(size[i], e, share(dt, step[i], n, spread_s), n, is_young)
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
