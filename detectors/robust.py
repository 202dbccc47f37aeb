"""Robust z: distance from a running median, in running median absolute deviations.

    m += 2 a s sign(x - m),  log s += 2 a (1[|x - m| > s] - 1/2),  r = (x - m) / (1.4826 s)

a stochastic approximation of both medians: every sample moves them by the same small step, so
that no outlier, however large, moves them more. High: above. Range: unbounded. Warm-up: 20 samples.
Cost: about 0.05 µs a sample in rounds of thousands, 44 bytes a series. It misleads on bimodal
series, whose median jumps, and is slow to follow a steep season (calibration absorbs that).

References: H. Robbins, S. Monro, 1951, A Stochastic Approximation Method; F. R. Hampel, 1974, The
Influence Curve and its Role in Robust Estimation.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import robust as kernels
from detectors.kernels.band import TOLD
from detectors.state import State
from detectors.validate import between, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Robust:
    """Robust z of one series.

    `memory_s`: time constant of the median; `spread_s`: of the MAD; `band`: half-width of the drawn
    band in (robust) standard deviations.

    >>> from detectors.state import fresh
    >>> robust = Robust(memory_s=60)
    >>> state = fresh(robust.dtype)
    >>> for i in range(60):
    ...     robust.learn(state, np.array([10.0 + i % 3]), np.array([float(i)]), np.ones(1))
    >>> bool(robust.score(state, np.array([30.0]), np.array([60.0])).residual[0] > 8)
    True
    """

    memory_s: float = 1800.0
    spread_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "robust"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("median", "f8"), ("mad", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Robust z of each sample; NaN while young or after a gap."""
        told = np.empty((TOLD, len(x)))
        kernels.score(*state.values(), x, at, self.memory_s, self.band, told)
        return Judgement(*told)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Step both medians toward the sample."""
        kernels.learn(*state.values(), x, at, weight, self.memory_s, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The median becomes `x`."""
        state["median"][:] = x
        state["at"][:] = at
