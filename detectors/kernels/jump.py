"""The loops of `detectors/jump.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, is_late, since, stepped
from detectors.kernels.usual import share, sized, usual

Column = npt.NDArray[np.float64]

YOUNG = 20.0


@kernel(f"void({'f8[:], ' * 7}f8[:,:])")
def score(
    last: Column,
    size: Column,
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
            told[0, i] = (x[i] - last[i]) / usual(size[i], last[i])


@kernel(f"void({'f8[:], ' * 8}f8)")
def learn(
    last: Column,
    size: Column,
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
        difference = 0.0 if n == 0.0 else x[i] - last[i]
        if not is_late(dt, step[i], 0.0):
            faded = share(dt, step[i], n, spread_s)
            size[i] += w * sized(size[i], difference, faded, n, n < YOUNG)
        last[i] = x[i]
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
