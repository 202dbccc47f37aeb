"""The loops of `detectors/tail.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Table32 = npt.NDArray[np.float32]

MOST = 60.0
MATURE, RANKED = 100.0, 200.0
LARGEST, SMALLEST = 1e15, 1e-12
LIGHTEST = 1e-3
LN2 = 0.6931471805599453


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


@kernel(f"void({'f4[:,:], ' * 7}f8, f4[:,:])")
def surprise(
    seen: Table32,
    middle: Table32,
    edge: Table32,
    share: Table32,
    m1: Table32,
    m2: Table32,
    residual: Table32,
    heaviest: float,
    nats: Table32,
) -> None:
    """Fill in `nats`; all are (streams, n)."""
    for stream in range(residual.shape[0]):
        for i in range(residual.shape[1]):
            n, r = seen[stream, i], min(residual[stream, i], LARGEST)
            if not (n >= MATURE and r == r):
                nats[stream, i] = np.nan
                continue
            t = max(edge[stream, i], SMALLEST)
            told = -np.log(max(share[stream, i], 1.0 / (n + 1.0)))
            if r > t:
                told += excess(m1[stream, i], m2[stream, i], r, t, heaviest)
            else:
                told = body(middle[stream, i], r, t, told)
            if n < RANKED:
                told = min(told, np.log(n + 1.0))
            nats[stream, i] = min(told, MOST)
