"""Seasonal z: distance from what this time of day has been, in its usual deviation then.

    e = profile(time of period) + offset,  r = (x - e) / spread(time of period)

profile and spread are interpolated between bins; the offset follows the trend within `offset_s`.
High: above what the hour of the day explains. Range: unbounded. Warm-up: one whole period. Cost:
about 0.1 µs a sample, 40 + 12 bytes a bin. It misleads when the season itself moves (clock changes,
holidays). Use `period_s` 604800 with 168 or 336 bins where weekends differ.

With `period_s` "auto" the period is found (detectors/period.py), adopted when its forecasts are
better than those of a level alone and dropped when they no longer are (detectors/trial.py); there
is no opinion without a season. Another 0.1 µs a sample and 1,097 bytes.

References: P. R. Winters, 1960, Forecasting Sales by Exponentially Weighted Moving Averages;
J. Hochenbaum, O. Vallis, A. Kejariwal, 2017, Automatic Anomaly Detection in the Cloud.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from detectors import period, trial
from detectors.detector import Floats, Judgement
from detectors.flags import every
from detectors.kernels import seasonal as kernels
from detectors.kernels.band import EXPECTED, TOLD
from detectors.kernels.season import LOOK
from detectors.season import Season, forget, season
from detectors.state import Index, State
from detectors.validate import between, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasonal:
    """Seasonal z of one series.

    `period_s`: length of the season, or `auto`; `bins`: how many the period has; `periods`: how
    many of them are remembered; `offset_s`: time constant of the trend; `band`: half-width of the
    drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> seasonal = Seasonal(period_s=60, bins=4)
    >>> state = fresh(seasonal.dtype)
    >>> for i in range(600):
    ...     x, at = np.array([100 + 50 * np.sin(i / 60 * 2 * np.pi) + i % 2]), np.array([float(i)])
    ...     seasonal.learn(state, x, at, np.ones(1))
    >>> seasonal.score(state, np.array([100.0]), np.array([615.0])).expected.round(-1)
    array([130.])
    """

    period_s: float | Literal["auto"] = 86400.0
    bins: int = 48
    periods: float = 7.0
    offset_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "seasonal"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.period_s != "auto":
            positive(period_s=self.period_s)
        positive(periods=self.periods, offset_s=self.offset_s)
        between(2, 1024, bins=self.bins)
        between(0.5, 100, band=self.band)

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the season, and of the search for its period."""
        if self.period_s != "auto":
            return season(self.period_s, self.bins, self.periods, self.offset_s).dtype
        own = season(1.0, self.bins, self.periods, self.offset_s).dtype.descr
        return np.dtype([*own, *trial.TRIAL, *period.PERIOD])

    def start(self, state: State) -> None:
        """Zeroes are fresh, but for the period to begin with."""
        if self.period_s == "auto":
            trial.start(state)

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Seasonal z of each sample; NaN at times of the period not seen in an earlier one."""
        look = self._look(state, x, at)
        told = look[:TOLD]
        if self.period_s == "auto" and not every(state["is_adopted"]):
            told = np.where(state["is_adopted"] == 1, told, np.nan)
        residual, expected, lower, upper = told
        return Judgement(residual, expected, lower, upper, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: Floats | None = None
    ) -> None:
        """Take the samples into their time of the period."""
        look = self._look(state, x, at) if memo is None else memo
        if self.period_s == "auto":
            self._search(state, x, at, weight, look)
        else:
            self._season(state).learn(state, x, at, weight, look)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift the season to the level `x`."""
        self._season(state).rebase(state, x, at)
        if self.period_s == "auto":
            state["level"][:] = x

    def _look(self, state: State, x: Floats, at: Floats) -> Floats:
        season, look = self._season(state), np.empty((LOOK, len(x)))
        own = season.columns(state)
        kernels.score(*own, x, at, season.period_s, season.bins, self.band, look)
        return look

    def _season(self, state: State) -> Season:
        if self.period_s != "auto":
            return season(self.period_s, self.bins, self.periods, self.offset_s)
        of_each = state["period"]
        return Season(
            period_s=of_each, bins=self.bins, periods=self.periods, offset_s=self.offset_s
        )

    def _search(self, state: State, x: Floats, at: Floats, weight: Floats, look: Floats) -> None:
        trial.compare(state, x, at, weight, look[EXPECTED], self.offset_s)
        found = period.learn(state, x, at)
        self._season(state).learn(state, x, at, weight, look)
        if found is not None:
            self._try(state, *trial.next_period(state, found))

    def _try(self, state: State, rows: Index, of_each: Floats) -> None:
        if len(rows):
            forget(state, rows)
            trial.begin(state, rows, of_each)
