"""Mean shift: the mean of the last window less that of the window before it.

    d = mean(x over (t - w, t]) - mean(x over (t - 2w, t - w]),  r = d / s

where s is 1.2533 times the slow mean of |d|, and each window is eight blocks that count the same
however many samples they have. High: the last window lies above the one before; low: below. Range:
unbounded. Warm-up: two windows and 20 samples. Cost: about 0.8 µs a sample in rounds of thousands,
176 bytes a series. A lasting shift makes a peak one window long and then nothing: what came is the
new window before. It misleads on seasons steeper than the window (`seasonal` beside it), and gives
no opinion where a window has samples in fewer than two of its blocks.

Reference: D. M. Hawkins, 1977, Testing a Sequence of Observations for a Shift in Location.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.blocks import Blocks, Ring, blocks, mean_of
from detectors.detector import Floats, Judgement
from detectors.spread import SPREAD, spread, where_judged
from detectors.state import State
from detectors.validate import between, positive

_PER_WINDOW = 8


class _Look(NamedTuple):
    """The blocks with the samples in them, and the difference of their means."""

    ring: Ring
    difference: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanShift:
    """Difference of the means of two adjacent windows of one series.

    `window_s`: length of each; `spread_s`: time constant of the usual size of the difference;
    `band`: half-width of the drawn band in standard deviations of it.

    >>> from detectors.state import fresh
    >>> shift = MeanShift(window_s=600)
    >>> state = fresh(shift.dtype)
    >>> for i in range(200):
    ...     x = np.array([10.0 + i % 7 + (5 if i >= 195 else 0)])
    ...     shift.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> bool(shift.score(state, np.array([18.0]), np.array([12000.0])).residual[0] > 4)
    True
    """

    window_s: float = 3600.0
    spread_s: float = 7 * 86400.0
    band: float = 4.0

    name: ClassVar[str] = "mean_shift"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    @property
    def _blocks(self) -> Blocks:
        return blocks(self.window_s / _PER_WINDOW, 2 * _PER_WINDOW)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Both windows in blocks, and the usual size of their difference."""
        return np.dtype([("at", "f8"), *SPREAD, *self._blocks.dtype.descr])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The difference as it becomes with each sample; the window before is what was expected."""
        look = self._look(state, x, at)
        expected = look.ring.origin + mean_of(look.ring.means[_PER_WINDOW:])
        scale = spread(state, np.where(np.isfinite(expected), expected, 0.0))
        expected = where_judged(state, expected)
        half = self.band * scale
        residual = where_judged(state, look.difference / scale)
        return Judgement(residual, expected, expected - half, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the windows whatever the weight, and the usual size by it."""
        look = memo or self._look(state, x, at)
        self._blocks.keep_judged(state, look, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Both windows become `x`."""
        self._blocks.flatten(state, x)
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        ring = self._blocks.ring(state, x, at)
        recent, before = mean_of(ring.means[:_PER_WINDOW]), mean_of(ring.means[_PER_WINDOW:])
        return _Look(ring, recent - before)
