"""Jump: the first difference, in its usual size.

    d = x - (the sample before),  r = d / s

where s is 1.2533 times the slow mean of |d|. High: up at a stroke; low: down. Range: unbounded.
Warm-up: 20 samples. Cost: about 0.02 µs a sample in rounds of a thousand, 40 bytes a series. It has
no level, so it is right at any time of day and on any trend. It misleads alone: a lasting shift is
one jump and then nothing, and the end of a spike is a jump as well, so put it beside a detector of
levels (it gives no expected value, theirs is drawn), or let one sample open (`open_after: 1 of 1`).
After a gap of more than five usual steps it has no opinion.

Reference: G. E. P. Box, G. M. Jenkins, 1970, Time Series Analysis: Forecasting and Control.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import jump as kernels
from detectors.state import State
from detectors.validate import positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """First difference of one series.

    `spread_s`: time constant of the usual size of differences.

    >>> from detectors.state import fresh
    >>> jump = Jump()
    >>> state = fresh(jump.dtype)
    >>> for i in range(100):
    ...     jump.learn(state, np.array([i + i % 2.0]), np.array([60.0 * i]), np.ones(1))
    >>> jump.score(state, np.array([110.0]), np.array([6000.0])).residual.round(1)
    array([8.1])
    """

    spread_s: float = 7 * 86400.0

    name: ClassVar[str] = "jump"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 2.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("last", "f8"), ("size", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(spread_s=self.spread_s)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The difference to the sample before; NaN while young or after a gap."""
        residual, unknown = told = np.empty((2, len(x)))
        kernels.score(*state.values(), x, at, told)
        return Judgement(residual, unknown, unknown, unknown)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: None = None) -> None:
        """Take the difference in; whatever its weight, the next one is to this sample."""
        kernels.learn(*state.values(), x, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The next difference is to `x`."""
        state["last"][:] = x
        state["at"][:] = at
