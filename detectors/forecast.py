"""Forecast: a bound you state will be crossed within a time you state, at the present slope.

    r = 50 where x > upper or x + b h > upper, -50 likewise below lower, 0 between

in nats, and absolute, as `threshold` is: "full in four hours" pages whatever the series did
before. b is the robust slope over the last `window_s` (see `detectors/slope.py`), h is `within_s`.
It counts only where three quarters of the single slopes point the same way, so that noise just
below a bound foretells nothing. Range: these three values. Warm-up: half a window; a value beyond a
bound counts before. Cost: about 0.8 µs a sample in rounds of thousands, 152 bytes a series. It
misleads where things fill and are emptied by turns: make the window longer than a turn.

Reference: H. Theil, 1950, A Rank-invariant Method of Linear and Polynomial Regression Analysis.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.blocks import Blocks, Ring
from detectors.detector import Floats, Judgement
from detectors.slope import slope_blocks, slope_of
from detectors.state import State
from detectors.validate import positive

_CERTAIN = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Bounds of one series that are about to be crossed; at least one of them.

    `upper`: a bound in the unit of the value; `lower`: another, below it; `within_s`: how far ahead
    to look; `window_s`: over how long the slope is taken.

    >>> from detectors.state import fresh
    >>> forecast = Forecast(upper=100, within_s=4 * 3600, window_s=3600)
    >>> state = fresh(forecast.dtype)
    >>> for i in range(60):
    ...     forecast.learn(state, np.array([i / 10]), np.array([60.0 * i]), np.ones(1))
    >>> forecast.score(state, np.array([6.0]), np.array([3600.0])).residual  # 30 in four hours
    array([0.])
    >>> forecast.score(state, np.array([86.0]), np.array([3600.0])).residual
    array([50.])
    """

    upper: float | None = None
    lower: float | None = None
    within_s: float = 4 * 3600.0
    window_s: float = 6 * 3600.0

    name: ClassVar[str] = "forecast"
    is_absolute: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(within_s=self.within_s, window_s=self.window_s)
        if self.upper is None and self.lower is None:
            raise ValueError("give upper, lower or both")
        if self.upper is not None and self.lower is not None and self.lower >= self.upper:
            raise ValueError(f"lower must be below upper, not {self.lower} and {self.upper}")

    @property
    def _blocks(self) -> Blocks:
        return slope_blocks(self.window_s)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The window in blocks."""
        return self._blocks.dtype

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """50 nats where a bound is crossed or will be, 0 elsewhere."""
        ring = self._blocks.ring(state, x, at)
        slope = slope_of(ring.means, self._blocks.width_s)
        coming = x + slope.median * self.within_s
        upper = np.full_like(x, np.nan if self.upper is None else self.upper)
        lower = np.full_like(x, np.nan if self.lower is None else self.lower)
        above = (x > upper) | ((slope.low > 0) & (coming > upper))
        below = (x < lower) | ((slope.high < 0) & (coming < lower))
        residual = np.where(above, _CERTAIN, np.where(below, -_CERTAIN, 0.0))
        return Judgement(residual, np.full_like(x, np.nan), lower, upper, ring)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: Ring | None = None
    ) -> None:
        """Move the window, whatever the weight."""
        self._blocks.keep(state, memo or self._blocks.ring(state, x, at))

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """A bound is never given up."""
