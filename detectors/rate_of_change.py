"""Rate of change: the robust slope over a window of time, in its usual size.

    b = median of (x(t) - x(t - w/2)) / (w/2) over the last w/2,  r = b / s

by blocks of w/16 (see `detectors/slope.py`), where s is 1.2533 times the slow mean of |b|. High:
rising faster than it usually moves; low: falling. Range: unbounded. Warm-up: half a window and 20
samples. Cost: about 0.8 µs a sample in rounds of thousands, 176 bytes a series. A spike moves it
hardly at all, however large: a change counts once it fills a quarter of the window. It misleads on
series that rise steadily, where it judges against that rise (`trend` follows it), and gives no
opinion where the window has samples in less than half of its blocks. It has no expected value.

References: H. Theil, 1950, A Rank-invariant Method of Linear and Polynomial Regression Analysis;
P. K. Sen, 1968, Estimates of the Regression Coefficient Based on Kendall's Tau.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.blocks import Blocks, Ring
from detectors.detector import Floats, Judgement, without_band
from detectors.slope import slope_blocks, slope_of
from detectors.spread import SPREAD, spread, where_judged
from detectors.state import State
from detectors.validate import positive


class _Look(NamedTuple):
    """The blocks with the samples in them, and the rise over a window at their slope."""

    ring: Ring
    rise: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOfChange:
    """Robust slope of one series.

    `window_s`: over how long; `spread_s`: time constant of the usual size of slopes.

    >>> from detectors.state import fresh
    >>> rate = RateOfChange(window_s=1600)
    >>> state = fresh(rate.dtype)
    >>> for i in range(400):
    ...     x = np.array([10.0 + i % 7 + max(i - 380, 0)])
    ...     rate.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> bool(rate.score(state, np.array([30.0]), np.array([24000.0])).residual[0] > 4)
    True
    """

    window_s: float = 3600.0
    spread_s: float = 7 * 86400.0

    name: ClassVar[str] = "rate_of_change"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, spread_s=self.spread_s)

    @property
    def delay_s(self) -> float:
        """A change is told once it fills a quarter of the window; half of it is certain."""
        return self.window_s / 2

    @property
    def _blocks(self) -> Blocks:
        return slope_blocks(self.window_s)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The window in blocks, and the usual rise."""
        return np.dtype([("at", "f8"), *SPREAD, *self._blocks.dtype.descr])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The slope as it becomes with each sample."""
        look = self._look(state, x, at)
        residual = where_judged(state, look.rise / spread(state, look.ring.origin))
        return without_band(residual, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the window whatever the weight, and the usual size by it."""
        look = memo or self._look(state, x, at)
        self._blocks.keep_judged(state, look, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The window becomes level, at `x`."""
        self._blocks.flatten(state, x)
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        ring = self._blocks.ring(state, x, at)
        slope = slope_of(ring.means, self._blocks.width_s)
        return _Look(ring, slope.median * self.window_s)
