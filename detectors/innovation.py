"""Innovation: distance from a short forecast, by memories that count as they have served a series.

    m_k += a_k (x - m_k),  a_k = 1 - exp(-dt / (k steps)),  k in {0, 3, 20, 200}
    f = m_200 + c (m_20 - m_200) + b (m_3 - m_20) + a (m_0 - m_3),  r = (x - f) / s

m_0 is the sample before; a, b and c are learnt by recursive least squares that forget within
`spread_s`, of errors up to 3 and steps up to 6 deviations, and are held within -2 and 2. On a
series that wanders f is the last sample, as in `jump`, on noise around a level its mean, on a slope
it goes on. s is 1.2533 times the slow mean of |x - f|, or f times that of |x - f| / |f|, whichever
makes the errors so far more likely under a Laplace distribution. High: above what the last samples
led to expect. Range: unbounded. Warm-up: 20 samples. Cost: about 0.05 µs a sample in rounds of a
thousand, 152 bytes a series. The memory of 3 follows whatever comes, by three deviations, and at
once where two samples agree; the long ones learn as they are told to, and of one wild sample alone
next to nothing, so that they are right at once after a spike. It misleads alone: of a lasting shift
it tells the beginning. After a gap of more than five usual steps it has no opinion. It gives no
expected value.

Reference: R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder, 2008, Forecasting with Exponential
Smoothing (innovations); J. M. Bates, C. W. J. Granger, 1969, The Combination of Forecasts; L.
Ljung, T. Söderström, 1983, Theory and Practice of Recursive Identification.
"""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import innovation as kernels
from detectors.state import State
from detectors.validate import positive

_LEVELS = ("last", "near", "far", "slow")
_FORECAST = (*_LEVELS, "on_last", "on_near", "on_far")
_ERRORS = ("size", "ratio", "lead", "at", "step", "seen")
_STATE = (*_FORECAST, "aa", "ab", "ac", "bb", "bc", "cc", *_ERRORS)
_judging = itemgetter(*_FORECAST, *_ERRORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Innovation:
    """One-step forecast error of one series.

    `spread_s`: time constant of the usual size of errors, and of the weights of memories.

    >>> from detectors.state import fresh
    >>> innovation = Innovation()
    >>> state = fresh(innovation.dtype)
    >>> rng = np.random.default_rng(1)
    >>> for i in range(500):
    ...     x = 100 + rng.normal(size=1)
    ...     innovation.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> innovation.score(state, np.array([106.0]), np.array([30_000.0])).residual.round()
    array([6.])
    """

    spread_s: float = 7 * 86400.0

    name: ClassVar[str] = "innovation"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 2.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype([(name, "f8") for name in _STATE])

    def __post_init__(self) -> None:
        positive(spread_s=self.spread_s)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The distance from the forecast; NaN while young or after a gap."""
        residual, unknown = told = np.empty((2, len(x)))
        kernels.score(*_judging(state), x, at, told)
        return Judgement(residual, unknown, unknown, unknown)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Take the errors in by their weight, and move what is forecast."""
        kernels.learn(*state.values(), x, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The forecast becomes `x`."""
        for name in _LEVELS:
            state[name][:] = x
        state["at"][:] = at
