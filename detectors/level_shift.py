"""Level shift: a two-sided CUSUM against a slow, seasonal reference, scaled by itself.

    z = clip((x - e) / s, -6, 6),  C+ = max(0, C+ exp(-dt/w) + (z - k)(1 - exp(-dt/w))),  C- alike
    g += (z - g)(1 - exp(-8 dt/w)),  r = min(C+, max(g, 0)) - min(C-, max(-g, 0))

A CUSUM that leaks within the window w, and eight times as fast once the shift is over; g, the mean
of the last eighth of it, says whether the shift is still there. High: a sustained rise. Range:
-6 to 6. Warm-up: one period of the reference. Cost: about 0.4 µs a sample, 84 + 12 bytes a bin. It
misleads on series whose season it does not have, where it finds the season itself (calibration then
makes it blind).

References: E. S. Page, 1954, Continuous Inspection Schemes; J. M. Lucas, R. B. Crosier, 1982, Fast
Initial Response for CUSUM Quality-Control Schemes.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.detector import Floats, Judgement, Rows
from detectors.season import Outlook, Season
from detectors.validate import between, positive

_CLIP = 6.0


class _Sums(NamedTuple):
    up: Floats
    down: Floats
    recent: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShift:
    """CUSUM of one series.

    `window_s`: how long a shift takes to be seen in full; `slack`: standard deviations that do not
    count (k); `period_s`, `bins`, `periods`, `offset_s`: the reference, as in `seasonal`; 1 bin
    for a reference without a season.

    >>> shift = LevelShift(window_s=10, bins=1, period_s=3600)
    >>> state = np.zeros(1, shift.dtype)
    >>> for i in range(200):
    ...     x = np.array([10.0 + i % 2 + (2 if i >= 180 else 0)])
    ...     shift.learn(state, x, np.array([float(i)]), np.ones(1))
    >>> bool(shift.score(state, np.array([12.5]), np.array([200.0])).residual[0] > 1)
    True
    """

    window_s: float = 300.0
    slack: float = 0.75
    period_s: float = 86400.0
    bins: int = 24
    periods: float = 7.0
    offset_s: float = 4 * 3600.0

    name: ClassVar[str] = "level_shift"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, period_s=self.period_s)
        positive(periods=self.periods, offset_s=self.offset_s)
        between(0, _CLIP / 2, slack=self.slack)
        between(1, 1024, bins=self.bins)

    @property
    def _season(self) -> Season:
        return Season(
            period_s=self.period_s, bins=self.bins, periods=self.periods, offset_s=self.offset_s
        )

    @property
    def dtype(self) -> np.dtype[Any]:
        """The reference, the two sums and the recent mean."""
        sums = [("up", "f8"), ("down", "f8"), ("recent", "f8"), ("last", "f8")]
        return np.dtype([*sums, ("season", self._season.dtype)])

    def start(self, state: Rows) -> None:
        """Zeroes are fresh."""

    def score(self, state: Rows, x: Floats, at: Floats) -> Judgement:
        """Signed CUSUM as it becomes with each sample."""
        outlook = self._season.outlook(state["season"], at)
        sums = self._sums(state, x, at, outlook)
        residual = np.minimum(sums.up, np.maximum(sums.recent, 0.0))
        residual -= np.minimum(sums.down, np.maximum(-sums.recent, 0.0))
        residual = np.where(np.isfinite(outlook.expected), residual, np.nan)
        half = 4 * outlook.scale
        return Judgement(
            residual, outlook.expected, outlook.expected - half, outlook.expected + half
        )

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats) -> None:
        """Move the sums whatever the weight, and the reference by it."""
        outlook = self._season.outlook(state["season"], at)
        state["up"], state["down"], state["recent"] = self._sums(state, x, at, outlook)
        state["last"] = at
        self._season.learn(state["season"], x, at, weight, outlook)

    def rebase(self, state: Rows, x: Floats, at: Floats) -> None:
        """Shift the reference to the level `x`, and forget the sums."""
        for field in ("up", "down", "recent"):
            state[field] = 0.0
        self._season.rebase(state["season"], x, at)

    def _sums(self, state: Rows, x: Floats, at: Floats, outlook: Outlook) -> _Sums:
        z = (x - outlook.expected) / outlook.scale
        z = np.where(np.isfinite(z), np.clip(z, -_CLIP, _CLIP), 0.0)
        dt = np.clip(at - state["last"], 0.0, self.window_s)
        keep = np.exp(-dt / self.window_s)
        fast = -np.expm1(-8 * dt / self.window_s)
        recent = state["recent"] + fast * (z - state["recent"])
        up = state["up"] * np.where(recent < self.slack, 1 - fast, keep)
        down = state["down"] * np.where(-recent < self.slack, 1 - fast, keep)
        return _Sums(
            np.maximum(0.0, up + (1 - keep) * (z - self.slack)),
            np.maximum(0.0, down + (1 - keep) * (-z - self.slack)),
            recent,
        )
