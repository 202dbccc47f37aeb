"""The loops of `detectors/innovation.py`, which says what they do.

Weights and the steps they are of are numbered alike: a from `near` to `last`, b from `far` to
`near`, c from `slow` to `far`; aa to cc are what is not known of them, a symmetric matrix.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.pace import counted, gain, is_late, since, stepped
from detectors.kernels.usual import SIGMA, floored, share, sized

Column = npt.NDArray[np.float64]

YOUNG = 20.0
NEAR, FAR, SLOW = 3.0, 20.0, 200.0  # memories, in usual steps
CLIP, REACH = 3.0, 6.0  # deviations by which one error, and one step, counts
FIRST, MOST = 10.0, 1e4  # what is not known of a weight at first, and at the most
HEAVIEST = 2.0  # weight
WILD = 5.0  # usual errors by which one speaks against a size
PART = 0.1
SHORTEST, LEAST = 1e-3, 1e-12  # seconds; a size


@kernel("f8(f8, f8, f8, f8, f8, f8, f8)")
def forecast(
    last: float, near: float, far: float, slow: float, a: float, b: float, c: float
) -> float:
    """The slowest memory, and from it the steps to quicker ones by their weights."""
    return slow + c * (far - slow) + b * (near - far) + a * (last - near)


@kernel("f8(f8, f8, f8)")
def proportional(size: float, ratio: float, level: float) -> float:
    """The usual error in proportion to the level; near 0 a part of that of any level."""
    return max(ratio * abs(level), PART * size)


@kernel("f8(f8, f8, f8, f8)")
def scale(size: float, ratio: float, lead: float, level: float) -> float:
    """The usual error, as a standard deviation: the same at any level, or in proportion to it."""
    return floored(SIGMA * (proportional(size, ratio, level) if lead > 0.0 else size), level)


@kernel("f8(f8, f8)")
def within(x: float, most: float) -> float:
    """x, as far as it counts."""
    return min(max(x, -most), most)


@kernel("f8(f8, f8, f8)")
def less_likely(e: float, size: float, other: float) -> float:
    """By how many nats an error is less likely under one size than under another (Laplace)."""
    size, other = max(size, LEAST), max(other, LEAST)
    nats: float = np.log(size / other) + min(e / size, WILD) - min(e / other, WILD)
    return nats


@kernel("f8(f8, f8, f8, f8)")
def agreed(near: float, last: float, x: float, most: float) -> float:
    """The short memory, or the mean of two samples that agree on another level."""
    return 0.5 * (x + last) if abs(x - near) > most and abs(x - last) <= most else near


@kernel(f"UniTuple(f8, 9)({', '.join(['f8'] * 15)})")
def regressed(
    f: float,
    g: float,
    h: float,
    e: float,
    w: float,
    kept: float,
    a: float,
    b: float,
    c: float,
    aa: float,
    ab: float,
    ac: float,
    bb: float,
    bc: float,
    cc: float,
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Weights and what is not known of them after an error `e` at steps f, g and h."""
    pf, pg, ph = aa * f + ab * g + ac * h, ab * f + bb * g + bc * h, ac * f + bc * g + cc * h
    of = w / (kept + w * max(f * pf + g * pg + h * ph, 0.0))
    again = 1.0 / kept if max(aa, bb, cc) < MOST else 1.0
    return (
        within(a + of * e * pf, HEAVIEST),
        within(b + of * e * pg, HEAVIEST),
        within(c + of * e * ph, HEAVIEST),
        again * (aa - of * pf * pf),
        again * (ab - of * pf * pg),
        again * (ac - of * pf * ph),
        again * (bb - of * pg * pg),
        again * (bc - of * pg * ph),
        again * (cc - of * ph * ph),
    )


@kernel(f"void({'f8[:], ' * 15}f8[:,:])")
def score(
    last: Column,
    near: Column,
    far: Column,
    slow: Column,
    a: Column,
    b: Column,
    c: Column,
    size: Column,
    ratio: Column,
    lead: Column,
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
            level = forecast(last[i], near[i], far[i], slow[i], a[i], b[i], c[i])
            told[0, i] = (x[i] - level) / scale(size[i], ratio[i], lead[i], level)


@kernel(f"void({'f8[:], ' * 22}f8)")
def learn(
    last: Column,
    near: Column,
    far: Column,
    slow: Column,
    a: Column,
    b: Column,
    c: Column,
    aa: Column,
    ab: Column,
    ac: Column,
    bb: Column,
    bc: Column,
    cc: Column,
    size: Column,
    ratio: Column,
    lead: Column,
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
            last[i] = near[i] = far[i] = slow[i] = x[i]
            b[i] = c[i] = 1.0
            aa[i] = bb[i] = cc[i] = FIRST
        level = forecast(last[i], near[i], far[i], slow[i], a[i], b[i], c[i])
        e, sd = x[i] - level, scale(size[i], ratio[i], lead[i], level)
        if not is_late(dt, step[i], 0.0):
            faded = share(dt, step[i], n, spread_s)
            if not is_young:
                of_level = proportional(size[i], ratio[i], level)
                lead[i] += w * faded * (less_likely(abs(e), size[i], of_level) - lead[i])
                f = within((last[i] - near[i]) / sd, REACH)
                g = within((near[i] - far[i]) / sd, REACH)
                h = within((far[i] - slow[i]) / sd, REACH)
                known = a[i], b[i], c[i], aa[i], ab[i], ac[i], bb[i], bc[i], cc[i]
                known = regressed(f, g, h, within(e / sd, CLIP), w, 1.0 - w * faded, *known)
                a[i], b[i], c[i], aa[i], ab[i], ac[i], bb[i], bc[i], cc[i] = known
            size[i] += w * sized(size[i], e, faded, n, is_young)
            ratio[i] += w * sized(ratio[i], e / max(abs(level), LEAST), faded, n, is_young)
        most, usual_s = np.inf if is_young else CLIP * sd, max(step[i], SHORTEST)
        near[i] = agreed(near[i], last[i], x[i], most)
        near[i] += gain(dt, NEAR * usual_s, n) * within(x[i] - near[i], most)
        far[i] += w * gain(dt, FAR * usual_s, n) * within(x[i] - far[i], most)
        farthest = most + 2.0 * abs(last[i] - slow[i])  # one sample alone leads no memory astray
        slow[i] += w * gain(dt, SLOW * usual_s, n) * within(x[i] - slow[i], farthest)
        last[i] = x[i]
        step[i] = stepped(step[i], dt, n)
        seen[i] = counted(n, w)
        last_at[i] = at[i]
