"""Shape: how far the last window is from the nearest earlier one, whatever the level of both.

    d = min over earlier windows of sqrt(mean (z - z')^2),  r = d / s

with z the means of the window's eight blocks less the mean of these, z' those of the earlier one,
and s 1.2533 times the slow mean of d. Earlier windows begin at each block within `memory_s` and do
not overlap the last one. High: a course of values that was never seen before; it is never negative,
so leave `direction` at `both` or `up`. Range: 0 and above. Warm-up: two windows and 20 samples.
Cost: about 30 µs a sample, some hundred times that of others, and 8 bytes a block, 3.2 KB a series
with the defaults: for those who ask. For series that repeat themselves at no fixed time: batches,
heart beats, machines at work. It misleads on noise without a shape, and after the first occurrence,
which is an earlier window then: what lasts or comes back within the memory is told once. It has no
opinion where a block of the last window has no sample, and expects no value.

References: E. Keogh, J. Lin, A. Fu, 2005, HOT SAX: Efficiently Finding the Most Unusual Time
Series Subsequence; C.-C. M. Yeh et al., 2016, Matrix Profile I: All Pairs Similarity Joins for Time
Series.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.blocks import Blocks, Ring, blocks
from detectors.constants import NONE
from detectors.detector import Floats, Judgement, without_band
from detectors.spread import SPREAD, spread, where_judged
from detectors.state import State
from detectors.validate import between, positive

_PER_WINDOW = 8
_AT_ONCE = 128  # series: as many as a processor has at hand


class _Look(NamedTuple):
    """The blocks with the samples in them, and the distance to the nearest earlier window."""

    ring: Ring
    distance: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Distance of the last window of one series from the nearest earlier one.

    `window_s`: length of the window; `memory_s`: how far back earlier ones are looked for, up to
    250 windows; `spread_s`: time constant of the usual distance.

    >>> from detectors.state import fresh
    >>> shape = Shape(window_s=960, memory_s=9600)
    >>> state = fresh(shape.dtype)
    >>> for i in range(600):
    ...     x = np.array([10.0 + 5.0 * (i % 24 < 6) + i % 2])
    ...     shape.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> at = np.array([36000.0])
    >>> usual, odd = (shape.score(state, np.array([x]), at).residual[0] for x in (15.0, -9.0))
    >>> bool(usual < 2 and odd > 10)
    True
    """

    window_s: float = 1800.0
    memory_s: float = 86400.0
    spread_s: float = 7 * 86400.0

    name: ClassVar[str] = "shape"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, spread_s=self.spread_s)
        between(2 * self.window_s, 250 * self.window_s, memory_s=self.memory_s)

    @property
    def _blocks(self) -> Blocks:
        width_s = self.window_s / _PER_WINDOW
        return blocks(width_s, _PER_WINDOW + math.ceil(self.memory_s / width_s))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The past in blocks, and the usual distance."""
        return np.dtype([("at", "f8"), *SPREAD, *self._blocks.dtype.descr])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The distance as it becomes with each sample."""
        look = self._look(state, x, at)
        residual = where_judged(state, look.distance / spread(state, look.ring.origin))
        return without_band(residual, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the past whatever the weight, and the usual distance by it."""
        look = memo or self._look(state, x, at)
        self._blocks.keep_judged(state, look, at, weight, self.spread_s)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The last window becomes level, at `x`; earlier ones stay."""
        self._blocks.flatten(state, x, newest=_PER_WINDOW)
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        ring = self._blocks.ring(state, x, at)
        return _Look(ring, _nearest(ring.means))


def _nearest(means: Floats) -> Floats:
    """Of blocks (ages, n), the distance of the newest window to the nearest earlier one, or NaN."""
    count = means.shape[1]
    parts = [_nearest_of(means[:, i : i + _AT_ONCE]) for i in range(0, max(count, 1), _AT_ONCE)]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _nearest_of(means: Floats) -> Floats:
    earlier = len(means) - 2 * _PER_WINDOW + 1
    total = np.zeros((earlier, means.shape[1]))
    squares = np.zeros_like(total)
    for age in range(_PER_WINDOW):
        begins = _PER_WINDOW + age
        difference = means[begins : begins + earlier] - means[age]
        total += difference
        squares += difference * difference
    total /= _PER_WINDOW
    squares /= _PER_WINDOW
    distance: Floats = np.fmin.reduce(squares - total * total, axis=0)
    return np.sqrt(np.maximum(distance, NONE))
