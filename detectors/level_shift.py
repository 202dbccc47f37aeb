"""Level shift: a two-sided CUSUM of distances from a slow season, in its own scale.

    z = clip((x - e) / s, -6, 6),  C+ = max(0, C+ exp(-dt/w) + (z - k)(1 - exp(-dt/w))),  C- alike
    g += (z - g)(1 - exp(-dt/v)),  r = min(C+, max(g, 0)) - min(C-, max(-g, 0))

A CUSUM that leaks within the window w, and within v once the shift is over; g, the mean of the last
v, says whether it is still there. v is a sample and a half, from a 36th to an eighth of w. High: a
sustained rise. Range: -6 to 6. Warm-up: one period of the season. Cost: about 0.1 µs a sample, 84
+ 12 bytes a bin; 32 bytes and next to no time where a `reference` says how far off samples are. It
misleads on series whose season it does not have, where it finds the season itself (calibration then
makes it blind).

References: E. S. Page, 1954, Continuous Inspection Schemes; J. M. Lucas, R. B. Crosier, 1982, Fast
Initial Response for CUSUM Quality-Control Schemes.
"""

from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.kernels import level_shift as kernels
from detectors.kernels.band import TOLD
from detectors.season import Season, season
from detectors.state import State
from detectors.validate import between, positive

_SUMS = ("up", "down", "recent", "last")
_sums = itemgetter(*_SUMS)
_OF_SEASON = ("period_s", "bins", "periods", "offset_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShift:
    """CUSUM of one series.

    `window_s`: how long a shift takes to be seen in full; `slack`: standard deviations that do not
    count (k); `period_s`, `bins`, `periods`, `offset_s`: the season that distances are from, as
    in `seasonal`; 1 bin for none; `reference`: a detector named before this one, whose distances
    are summed in place of those from a season of its own.

    >>> from detectors.state import fresh
    >>> shift = LevelShift(window_s=10, bins=1, period_s=3600)
    >>> state = fresh(shift.dtype)
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
    reference: str | None = None

    name: ClassVar[str] = "level_shift"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, period_s=self.period_s)
        positive(periods=self.periods, offset_s=self.offset_s)
        between(0, kernels.CLIP / 2, slack=self.slack)
        between(1, 1024, bins=self.bins)
        if self.reference is not None:
            self._check_reference()

    def _check_reference(self) -> None:
        if not self.reference:
            raise ValueError("reference must be the name of a detector")
        of_season = {f.name: f.default for f in fields(self) if f.name in _OF_SEASON}
        if any(getattr(self, name) != default for name, default in of_season.items()):
            raise ValueError("with a reference there is no season of its own to say anything of")

    @property
    def _season(self) -> Season:
        return season(self.period_s, self.bins, self.periods, self.offset_s)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The two sums and the recent mean, and the season if it is its own."""
        own = [] if self.reference is not None else self._season.dtype.descr
        return np.dtype([*((name, "f8") for name in _SUMS), *own])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(
        self, state: State, x: Floats, at: Floats, beside: Judgement | None = None
    ) -> Judgement:
        """Signed CUSUM as it becomes with each sample."""
        look = self._look(state, x, at, beside)
        residual, expected, lower, upper = look[:TOLD]
        return Judgement(residual, expected, lower, upper, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: Floats | None = None
    ) -> None:
        """Move the sums whatever the weight, and the season by it."""
        look = self._look(state, x, at) if memo is None else memo
        kernels.move(*_sums(state), at, look)
        if self.reference is None:
            self._season.learn(state, x, at, weight, look)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift the season to the level `x`, and forget the sums."""
        for name in ("up", "down", "recent"):
            state[name][:] = 0.0
        if self.reference is None:
            self._season.rebase(state, x, at)

    def _look(self, state: State, x: Floats, at: Floats, beside: Judgement | None = None) -> Floats:
        look, limits = np.empty((kernels.LOOK, len(x))), (self.window_s, self.slack)
        if self.reference is not None:
            distance = np.full_like(x, np.nan) if beside is None else beside.residual
            kernels.score_beside(*_sums(state), distance, at, *limits, look)
            return look
        season = self._season
        own = *_sums(state), *season.columns(state)
        kernels.score(*own, x, at, *limits, season.period_s, season.bins, look)
        return look
