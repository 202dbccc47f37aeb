"""Strangeness of samples: three plain streams, each measured on the series' own past.

    distance from the mean of all so far, from the mean of half an hour, and from the daily profile

Nothing is held back: every sample is learnt in full, whatever it looks like, so that what lasts is
strange when it comes and not as long as it stays. This is for ranking the past of many series by
one number (`anomaly_score` of a backtest), not for alarms: those are raised by budget, from the
detectors of a profile. Causal: what is said of a sample depends on it and on earlier ones.

Cost: about 0.4 ms a round of any number of rows up to hundreds; 1.3 KB a series.
References: as `detectors/score.py` and `detectors/tail.py`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors import tail
from detectors.detector import Floats
from detectors.score import Heard, news, strangeness, together
from detectors.seasonal import Seasonal
from detectors.state import State, fresh

Index = npt.NDArray[np.intp]

_DAY = 86400.0
_MEMORY_S = 7 * _DAY
_SHORT_S = 1800.0
_LONGEST_S = 3600.0  # a gap fades calibration no more than this
_STEADY = 1e-12  # of a value: less is not a move
_FARTHEST, _LARGEST = 1e100, 1e15
_STREAMS = 3


class _Means(NamedTuple):
    """Running means of each series: of all samples, and of the last half an hour."""

    all: Floats
    short: Floats


class Strangeness:
    """State of many series, by row."""

    def __init__(self, rows: int) -> None:
        self._seen = np.zeros(rows)
        self._at = np.zeros(rows)
        self._value = np.zeros(rows)
        self._means = _Means(np.zeros(rows), np.zeros(rows))
        self._season = Seasonal(period_s=_DAY, bins=48, periods=7.0, offset_s=4 * 3600.0)
        self._seasons = fresh(self._season.dtype, rows)
        names = tail.TAIL.names or ()
        self._tails = State({name: np.zeros((_STREAMS, rows), np.float32) for name in names}, {})
        self._sizes = np.zeros((_STREAMS, rows), np.float32)
        self._moved = np.zeros((_STREAMS, rows), np.float32)
        self._peak = np.full(rows, -1.0)
        self._peak_at = np.full(rows, -np.inf)

    def step(self, rows: Index, x: Floats, at: Floats) -> Floats:
        """Nats of one finite sample of each of some distinct rows, and learn from it."""
        x = np.minimum(np.maximum(x, -_FARTHEST), _FARTHEST)
        dt = np.where(self._seen[rows] > 0, at - self._at[rows], 0.0)
        far = np.abs(self._residuals(rows, x, at, dt))
        residual = np.minimum(far, _LARGEST).astype(np.float32)
        nats = self._judged(rows, residual)
        self._learn(rows, residual, x, dt)
        self._seen[rows] += 1
        self._at[rows], self._value[rows] = at, x
        peak, peak_at = self._peak[rows], self._peak_at[rows]
        told = news(nats.astype(np.float64), at, peak, peak_at)
        self._peak[rows], self._peak_at[rows] = peak, peak_at
        return told

    def _residuals(self, rows: Index, x: Floats, at: Floats, dt: Floats) -> Floats:
        is_first = self._seen[rows] == 0
        share = 1.0 / (self._seen[rows] + 1.0)
        found = []
        for mean, gain in zip(self._means, (share, -np.expm1(-dt / _SHORT_S)), strict=True):
            before = np.where(is_first, x, mean[rows])
            mean[rows] = before + np.maximum(gain, share) * (x - before)
            found.append(np.where(is_first, np.nan, x - before))
        return np.array([*found, self._from_season(rows, x, at)])

    def _from_season(self, rows: Index, x: Floats, at: Floats) -> Floats:
        season = self._seasons.of(rows)
        judged = self._season.score(season, x, at)
        self._season.learn(season, x, at, np.ones(len(x)), judged.memo)
        self._seasons.put(rows, season)
        return x - judged.expected

    def _judged(self, rows: Index, residual: tail.Floats32) -> tail.Floats32:
        tails = self._tails.of(rows)
        told = tail.surprise(tails, residual)
        heard = Heard(tails["seen"], self._sizes[:, rows])
        return together(strangeness(heard, residual, told, self._moved[:, rows]))

    def _learn(self, rows: Index, residual: tail.Floats32, x: Floats, dt: Floats) -> None:
        tails, known = self._tails.of(rows), np.isfinite(residual)
        keep = np.exp(-np.minimum(dt, _LONGEST_S) / _MEMORY_S).astype(np.float32)
        tail.learn(tails, residual, np.ones_like(keep), keep)
        self._tails.put(rows, tails)
        gain = np.where(known, 1 / np.maximum(tails["seen"], np.float32(1)), np.float32(0))
        size, moved = self._sizes[:, rows], self._moved[:, rows]
        r = np.where(known, residual, size)
        is_move = np.abs(x - self._value[rows]) > _STEADY * np.abs(x)
        self._sizes[:, rows] = size + gain * (r - size)
        self._moved[:, rows] = moved + gain * (is_move - moved)
