"""Seasonal z: distance from what this time of day has been, in its usual deviation then.

    e = profile(time of period) + offset,  r = (x - e) / spread(time of period)

profile and spread are interpolated between bins; the offset follows the trend within `offset_s`.
High: above what the hour of the day explains. Range: unbounded. Warm-up: one whole period. Cost:
about 0.4 µs a sample, 40 + 12 bytes a bin. It misleads when the season itself moves (clock changes,
holidays), and it learns a period's length only from you. Use `period_s` 604800 with 168 or 336 bins
where weekends differ.

References: P. R. Winters, 1960, Forecasting Sales by Exponentially Weighted Moving Averages;
J. Hochenbaum, O. Vallis, A. Kejariwal, 2017, Automatic Anomaly Detection in the Cloud.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.season import Outlook, Season, season
from detectors.state import State
from detectors.validate import between, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasonal:
    """Seasonal z of one series.

    `period_s`: length of the season; `bins`: how many the period has; `periods`: how many of them
    are remembered; `offset_s`: time constant of the trend; `band`: half-width of the drawn band in
    standard deviations.

    >>> from detectors.state import fresh
    >>> seasonal = Seasonal(period_s=60, bins=4)
    >>> state = fresh(seasonal.dtype)
    >>> for i in range(600):
    ...     x, at = np.array([100 + 50 * np.sin(i / 60 * 2 * np.pi) + i % 2]), np.array([float(i)])
    ...     seasonal.learn(state, x, at, np.ones(1))
    >>> seasonal.score(state, np.array([100.0]), np.array([615.0])).expected.round(-1)
    array([130.])
    """

    period_s: float = 86400.0
    bins: int = 48
    periods: float = 7.0
    offset_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "seasonal"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(period_s=self.period_s, periods=self.periods, offset_s=self.offset_s)
        between(2, 1024, bins=self.bins)
        between(0.5, 100, band=self.band)

    @property
    def _season(self) -> Season:
        return season(self.period_s, self.bins, self.periods, self.offset_s)

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the season."""
        return self._season.dtype

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Seasonal z of each sample; NaN at times of the period not seen in an earlier one."""
        outlook = self._season.outlook(state, at)
        expected, scale = outlook.expected, outlook.scale
        half = self.band * scale
        return Judgement(
            (x - expected) / scale, expected, expected - half, expected + half, outlook
        )

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: Outlook | None = None
    ) -> None:
        """Take the samples into their time of the period."""
        outlook = memo or self._season.outlook(state, at)
        self._season.learn(state, x, at, weight, outlook)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift the season to the level `x`."""
        self._season.rebase(state, x, at)
