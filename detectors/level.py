"""Level: distance from the running level, in its usual size over days.

    m += a (x - m),  a = 1 - exp(-dt / memory),  r = (x - m) / s

where s is 1.2533 times the slow mean of |x - m|. In contrast to `ewma`, whose deviation follows the
last hours and so makes a noisy hour normal, s hardly moves: the deviation counts as it is, and
calibration on the series' own past makes a p-value of it. High: above the level of the last day.
Range: unbounded. Warm-up: 20 samples. Cost: about 0.02 µs a sample in rounds of thousands, 40 bytes
a series. It misleads on seasons, which it only knows as spread, and on trends.

Reference: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, 2017, Anomaly Detection in Streams
with Extreme Value Theory (DSPOT: the tail of a value less its moving average).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import level as kernels
from detectors.kernels.band import TOLD
from detectors.state import State
from detectors.validate import between, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Deviation of one series from its running level.

    `memory_s`: time constant of the level; `spread_s`: of the usual size of deviations; `band`:
    half-width of the drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> level = Level(memory_s=3600)
    >>> state = fresh(level.dtype)
    >>> for i in range(100):
    ...     level.learn(state, np.array([10.0 + i % 2]), np.array([60.0 * i]), np.ones(1))
    >>> level.score(state, np.array([20.0]), np.array([6000.0])).residual.round(1)
    array([14.7])
    """

    memory_s: float = 86400.0
    spread_s: float = 7 * 86400.0
    band: float = 4.0

    name: ClassVar[str] = "level"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("mean", "f8"), ("size", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Deviation of each sample; NaN while young or after a gap."""
        told = np.empty((TOLD, len(x)))
        kernels.score(*state.values(), x, at, self.memory_s, self.band, told)
        return Judgement(*told)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Move the level toward the sample; wild ones count as 5 standard deviations."""
        kernels.learn(*state.values(), x, at, weight, self.memory_s, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The level becomes `x`."""
        state["mean"][:] = x
        state["at"][:] = at
