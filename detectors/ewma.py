"""EWMA z: distance from an exponentially weighted mean, in standard deviations.

    m += a (x - m),  v += b ((x - m)^2 - v),  a = 1 - exp(-dt / memory),  z = (x - m) / sqrt(v)

High: the value is above its recent level. Range: unbounded. Warm-up: 10 samples. Cost: about
0.05 µs a sample in rounds of thousands, 44 bytes a series. It misleads on slow drifts, which it
follows, and right after a gap, where it has no opinion (more than 3 memories and 5 usual steps).

Reference: S. W. Roberts, 1959, Control Chart Tests Based on Geometric Moving Averages.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import ewma as kernels
from detectors.kernels.band import TOLD
from detectors.state import State
from detectors.validate import between, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """EWMA z of one series.

    `memory_s`: time constant of the level; `spread_s`: of its variance; `band`: half-width of the
    drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> ewma = Ewma(memory_s=60)
    >>> state = fresh(ewma.dtype)
    >>> for i in range(40):
    ...     ewma.learn(state, np.array([10.0 + i % 2]), np.array([float(i)]), np.ones(1))
    >>> ewma.score(state, np.array([20.0]), np.array([40.0])).residual.round(1)
    array([17.8])
    """

    memory_s: float = 600.0
    spread_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "ewma"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("mean", "f8"), ("var", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """z of each sample; NaN while young or after a gap."""
        told = np.empty((TOLD, len(x)))
        kernels.score(*state.values(), x, at, self.memory_s, self.band, told)
        return Judgement(*told)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Move level and variance toward the sample; wild ones count as 5 standard deviations."""
        kernels.learn(*state.values(), x, at, weight, self.memory_s, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The level becomes `x`."""
        state["mean"][:] = x
        state["at"][:] = at
