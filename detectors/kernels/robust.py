"""The loops of `detectors/robust.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.band import tell, tell_nothing
from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, gain, is_late, since, stepped
from detectors.kernels.usual import floored

Column = npt.NDArray[np.float64]

FIRST, YOUNG = 8.0, 20.0  # samples of which a plain mean is taken; before there is an opinion
SIGMA = 1.4826
TEN, THIRTY, MOST = 10.0, 30.0, 0.25


@kernel("f8(f8, f8, f8, f8)")
def share(dt: float, step: float, tau: float, seen: float) -> float:
    """By how much a sample may move a median."""
    return min(gain(dt, max(step, tau), seen), MOST)


@kernel(f"void({'f8[:], ' * 7}f8, f8, f8[:,:])")
def score(
    median: Column,
    mad: Column,
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
        scale = SIGMA * floored(mad[i], median[i])
        tell(told, i, (x[i] - median[i]) / scale, median[i], band * scale)


@kernel("UniTuple(f8, 2)(f8, f8, f8, f8)")
def first_steps(e: float, mad: float, seen: float, weight: float) -> tuple[float, float]:
    """How far the median moves, and the MAD afterwards, of the first samples: plain means."""
    grown = mad + (abs(e) - mad) / max(seen, 1.0) if weight > 0.0 else mad
    return e / (seen + 1.0), grown


@kernel("UniTuple(f8, 2)(f8, f8, f8, f8)")
def steps(e: float, mad: float, a: float, b: float) -> tuple[float, float]:
    """The same of all others: as far whatever the size of e."""
    outside = 1.0 if abs(e) > mad else 0.0
    return 2.0 * a * mad * np.sign(e), mad * np.exp(2.0 * b * (outside - 0.5))


@kernel(f"void({'f8[:], ' * 8}f8, f8)")
def learn(
    median: Column,
    mad: Column,
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
        e = 0.0 if n == 0.0 else x[i] - median[i]
        if n < FIRST:
            move, grown = first_steps(e, mad[i], n, w)
        else:
            a = w * share(dt, TEN * step[i], memory_s, n)
            b = w * share(dt, THIRTY * step[i], spread_s, n)
            move, grown = steps(e, floored(mad[i], median[i]), a, b)
        if is_late(dt, step[i], memory_s):
            move = w * e
        median[i] = x[i] if n == 0.0 else median[i] + move
        mad[i] = grown
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
