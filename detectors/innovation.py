"""Innovation: distance from a short forecast, by the memory that has served the series best.

    m_k += a_k (x - m_k),  a_k = 1 - exp(-dt / (k steps)),  r = (x - m_k) / s_k,  k in {0, 3, 20}

m_0 is the sample before, s_k 1.2533 times the slow mean of |x - m_k|, and k that of the smallest
s_k: on a series that wanders r is the last step, as in `jump`, on noise around a level the distance
from that, which is quieter by a root of two. High: above what the last samples led to expect.
Range: unbounded. Warm-up: 20 samples. Cost: about 0.02 µs a sample in rounds of a thousand, 72
bytes a series. The short memory follows whatever comes, by three deviations at the most; the long
one learns as it is told to, so that it is right at once after a spike. It misleads alone: of a
lasting shift it tells the beginning. After a gap of more than five usual steps it has no opinion.
It gives no expected value.

Reference: R. G. Brown, 1959, Statistical Forecasting for Inventory Control; R. J. Hyndman, A. B.
Koehler, J. K. Ord, R. D. Snyder, 2008, Forecasting with Exponential Smoothing (innovations).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import innovation as kernels
from detectors.state import State
from detectors.validate import positive

_LEVELS = ("last", "near", "far")


@dataclass(frozen=True, slots=True, kw_only=True)
class Innovation:
    """One-step forecast error of one series.

    `spread_s`: time constant of the usual size of errors.

    >>> from detectors.state import fresh
    >>> innovation = Innovation()
    >>> state = fresh(innovation.dtype)
    >>> for i in range(100):
    ...     innovation.learn(state, np.array([i % 2.0]), np.array([60.0 * i]), np.ones(1))
    >>> innovation.score(state, np.array([10.5]), np.array([6000.0])).residual.round(1)
    array([15.5])
    """

    spread_s: float = 7 * 86400.0

    name: ClassVar[str] = "innovation"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 2.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [
            *((name, "f8") for name in _LEVELS),
            *((f"{name}_size", "f8") for name in _LEVELS),
            *(("at", "f8"), ("step", "f8"), ("seen", "f8")),
        ]
    )

    def __post_init__(self) -> None:
        positive(spread_s=self.spread_s)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The distance from the forecast; NaN while young or after a gap."""
        residual, unknown = told = np.empty((2, len(x)))
        kernels.score(*state.values(), x, at, told)
        return Judgement(residual, unknown, unknown, unknown)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Take the errors in by their weight, and move what is forecast."""
        kernels.learn(*state.values(), x, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The forecast becomes `x`."""
        for name in _LEVELS:
            state[name][:] = x
        state["at"][:] = at
