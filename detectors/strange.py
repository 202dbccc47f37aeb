"""Strangeness of samples: five plain streams, each measured on the series' own past.

    distance of the sample from the nearest value before, from the mean of half an hour, and from
    the daily profile; distance from the mean of all so far, of the last 2 hours and of the last 8

Nothing is held back: every sample is learnt in full, whatever it looks like, so that what lasts is
strange when it comes and not as long as it stays. This is for ranking the past of many series by
one number (`anomaly_score` of a backtest), not for alarms: those are raised by budget, from the
detectors of a profile. Causal: what is said of a sample depends on it and on earlier ones.

Cost: about 0.6 ms a round of dozens of rows; 60 KB a series.
References: as `detectors/score.py`, `detectors/ranks.py` and `detectors/novelty.py`.
"""

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.novelty import Novelty
from detectors.ranks import Ranks
from detectors.score import LEVELS, drawn, news, prior, together
from detectors.seasonal import Seasonal
from detectors.state import fresh
from detectors.tail import Floats32

Index = npt.NDArray[np.intp]

_DAY = 86400.0
_SPANS_S = np.array([[1800.0], [2 * 3600.0], [8 * 3600.0]])
_STEADY = 1e-12  # of a value: less is not a move
_FARTHEST, _LARGEST = 1e100, 1e15
_STREAMS = 5


class Strangeness:
    """State of many series, by row."""

    def __init__(self, rows: int) -> None:
        self._seen = np.zeros(rows)
        self._at = np.zeros(rows)
        self._value = np.zeros(rows)
        self._moved = np.zeros(rows, np.float32)
        self._mean = np.zeros(rows)
        self._means = np.zeros((len(_SPANS_S), rows))
        self._season = Seasonal(period_s=_DAY, bins=48, periods=7.0, offset_s=4 * 3600.0)
        self._seasons = fresh(self._season.dtype, rows)
        self._novelty = Novelty(rows)
        self._ranks = Ranks(_STREAMS, rows)
        self._usual = np.zeros((_STREAMS, rows), np.float32)
        self._ranks_of_all = Ranks(1, rows)
        self._last = np.full((rows, LEVELS), -np.inf)

    def step(self, rows: Index, x: Floats, at: Floats) -> Floats:
        """Nats of one finite sample of each of some distinct rows, and learn from it."""
        x = np.minimum(np.maximum(x, -_FARTHEST), _FARTHEST)
        distances = np.abs(self._distances(rows, x, at))
        far = np.minimum(distances, _LARGEST).astype(np.float32)
        told = self._told(rows, far)
        self._learn_moves(rows, x)
        self._seen[rows] += 1
        self._at[rows], self._value[rows] = at, x
        last = self._last[rows]
        new = news(told.astype(np.float64), at, last)
        self._last[rows] = last
        return new

    def _distances(self, rows: Index, x: Floats, at: Floats) -> Floats:
        is_first = self._seen[rows] == 0
        mean = np.where(is_first, np.nan, self._mean[rows])
        short = np.where(is_first, x, self._means[0, rows])
        self._move_means(rows, x, at)
        lasting = self._means[1:, rows] - mean
        sudden = np.where(is_first, np.nan, x - short)
        novelty = np.where(is_first, np.nan, self._novelty.take(rows, x))
        return np.array([novelty, *lasting, sudden, self._from_season(rows, x, at)])

    def _move_means(self, rows: Index, x: Floats, at: Floats) -> None:
        share = 1.0 / (self._seen[rows] + 1.0)
        dt = np.where(share < 1, at - self._at[rows], 0.0)
        gain = np.maximum(-np.expm1(-dt / _SPANS_S), share)
        self._means[:, rows] += gain * (x - self._means[:, rows])
        self._mean[rows] += share * (x - self._mean[rows])

    def _from_season(self, rows: Index, x: Floats, at: Floats) -> Floats:
        season = self._seasons.of(rows)
        judged = self._season.score(season, x, at)
        self._season.learn(season, x, at, np.ones(len(x)), judged.memo)
        self._seasons.put(rows, season)
        return x - judged.expected

    def _told(self, rows: Index, far: Floats32) -> Floats32:
        above, seen = self._ranks.take(rows, far)
        nats = prior(far, self._usual[:, rows], self._moved[rows], seen)
        self._learn_usual(rows, far, seen)
        mean = together(drawn(nats, above, seen))[None]
        told: Floats32 = drawn(mean, *self._ranks_of_all.take(rows, mean))[0]
        return told

    def _learn_usual(self, rows: Index, far: Floats32, seen: Floats32) -> None:
        usual, known = self._usual[:, rows], np.isfinite(far)
        share = known / (seen + np.float32(1))
        self._usual[:, rows] = usual + share * (np.where(known, far, usual) - usual)

    def _learn_moves(self, rows: Index, x: Floats) -> None:
        is_move = np.abs(x - self._value[rows]) > _STEADY * np.abs(x)
        share = 1 / (self._seen[rows] + 1)
        self._moved[rows] += share * (is_move - self._moved[rows])
