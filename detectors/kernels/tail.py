"""The loops of `detectors/tail.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Column32 = npt.NDArray[np.float32]
Table32 = npt.NDArray[np.float32]

MOST = 60.0
YOUNG, MATURE, RANKED = 50.0, 100.0, 200.0
LARGEST, SMALLEST = float(np.float32(1e15)), float(np.float32(1e-12))  # as they are stored
SHARE = 0.05
LIGHTEST, HEAVIEST = 1e-3, 0.3
FARTHEST, NEAREST, DOUBTED = 15.0, 4.0, 0.2
SWIFT = 2.5
RECENT, FIRST = 3.0, 100.0  # times what a residual is of all, after so many of them
LN2 = 0.6931471805599453


@kernel("f8(f8)")
def bounded(r: float) -> float:
    """A residual, or a quantile of them, in the range in which squares stay finite."""
    return min(max(r, SMALLEST), LARGEST)


@kernel("f8(f8, f8, f8, f8, f8)")
def excess(m1: float, m2: float, r: float, edge: float, heaviest: float) -> float:
    """-log of the share of what lies beyond the edge that is at least as far as `r`."""
    m1 = max(m1, edge * 0.1)
    square = m1 * m1
    g = (1.0 - square / max(m2 - square, SMALLEST * square)) * 0.5
    g = min(max(g, LIGHTEST), heaviest)
    nats: float = np.log1p(g * (r - edge) / (m1 * (1.0 - g))) / g
    return nats


@kernel("f8(f8, f8, f8, f8)")
def body(middle: float, r: float, edge: float, at_edge: float) -> float:
    """-log p of a residual below the edge, by its place beside the median."""
    middle = min(max(middle, SMALLEST * 0.5), edge * 0.9)
    if r < middle:
        return LN2 * r / middle
    return max(LN2 + (at_edge - LN2) * (r - middle) / (edge - middle), 0.0)


@kernel("f8(f8, f8, f8, f8, f8, f8, f8, f8)")
def nats_of(
    seen: float,
    middle: float,
    edge: float,
    share: float,
    m1: float,
    m2: float,
    r: float,
    heaviest: float,
) -> float:
    """-log p of one residual; NaN where there is no opinion."""
    if not (seen >= MATURE and r == r):
        return np.nan
    edge, r = max(edge, SMALLEST), min(r, LARGEST)
    told: float = -np.log(np.float32(max(share, 1.0 / (seen + 1.0))))
    if r > edge:
        told += excess(m1, m2, r, edge, heaviest)
    else:
        told = body(middle, r, edge, told)
    if seen < RANKED:
        told = min(told, np.log(seen + 1.0))
    return min(told, MOST)


@kernel("f8(f8, f8, f8)")
def moved(middle: float, r: float, step: float) -> float:
    """The median, by a step in shares of itself toward a residual."""
    half_step = 0.5 * min(step, 1.0)
    told: float = middle * np.exp(np.float32(half_step if r > middle else -half_step))
    return bounded(told)


@kernel("f8(f8, f8, f8, f8)")
def shifted(edge: float, m1: float, a: float, over: float) -> float:
    """The edge, by a step that follows the density of an exponential tail there."""
    scale = max(m1, edge * 0.1)
    return bounded(edge + a * scale * (over - SHARE) / SHARE)


@kernel("f8(f8, f8, f8, f8)")
def beyond(r: float, edge: float, m1: float, weight: float) -> float:
    """What a residual teaches of the tail: how far it lies beyond the edge, within reason."""
    farthest = NEAREST if weight < DOUBTED else FARTHEST
    return min(r - edge, farthest * max(m1, edge * 0.1))


@kernel("f8(f8, f8)")
def part(seen: float, keep: float) -> float:
    """What a residual teaches: its share of all, and more until as many are known as are kept."""
    young = RECENT / (seen + FIRST) - (RECENT - 1.0) * (1.0 - keep)
    return max(young, 1.0 / seen)


@kernel(f"void({'f4[:,:], ' * 8}f4[:], f4[:])", trusts=True)
def learn(
    seen: Table32,
    middle: Table32,
    edge: Table32,
    share: Table32,
    m1: Table32,
    m2: Table32,
    waiting: Table32,
    residual: Table32,
    weight: Column32,
    keep: Column32,
) -> None:
    """Take in, in place, the residuals (streams, n) that were waiting; these wait now."""
    for stream in range(residual.shape[0]):
        for i in range(residual.shape[1]):
            place, w = (stream, i), weight[i]
            r, now = waiting[place], residual[place]
            waiting[place] = bounded(now) if w > 0 and np.isfinite(now) else 0.0
            if not (r > 0 and w > 0):
                continue
            had, mean = seen[place], m1[place]
            seen[place] = n = had * keep[i] + w
            if had < YOUNG:
                middle[place] = moved(r if had == 0 else middle[place], r, 0.5)
                edge[place] = 2.0 * max(middle[place], mean)
                share[place] = SHARE
                m1[place] = mean + 0.2 * (r - mean)
                m2[place] = 2.0 * m1[place] * m1[place]
                continue
            a, over = w * part(max(n, 1.0), keep[i]), r > edge[place]
            middle[place] = moved(middle[place], r, SWIFT * a)
            edge[place] = shifted(edge[place], mean, a, over)
            share[place] += a * (over - share[place])
            if over:
                b = min(a / max(share[place], SMALLEST), 1.0)
                far = beyond(r, edge[place], mean, w)
                m1[place] += b * (far - m1[place])
                m2[place] += b * (far * far - m2[place])
