"""Holt-Winters: distance from the level, line and season that a series was on.

    f = level + slope dt + season(t),  e = x - f,  r = e / s
    level += slope dt + a e,  slope += a b e / dt,  season += c e

additive, in time rather than in steps: a and b are the shares of `memory_s` and `trend_s` that have
gone by, c that of the last `periods` of the bins next to t, between which the season is
interpolated; s is 1.2533 times the slow mean of |e|. High: above what line and season lead to.
Range: unbounded. Warm-up: one period and 20 samples after it; a slope is known after some
`trend_s`. Cost: about 0.3 µs a sample in rounds of thousands, 56 bytes and 8 a bin. For series with
a season on a trend; where there is none, `seasonal` knows how much each hour of the day scatters,
and this one does not. It misleads where a trend ends, and when the season itself moves (clock
changes, holidays).

References: C. C. Holt, 1957, Forecasting Seasonals and Trends by Exponentially Weighted Moving
Averages; P. R. Winters, 1960, Forecasting Sales by Exponentially Weighted Moving Averages.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import HALF, NONE, ONE, constant
from detectors.detector import Floats, Judgement
from detectors.forget import gain, share
from detectors.pace import Pace, keep_pace, pace_of, where_known
from detectors.spread import SPREAD, keep_spread, spread, where_judged
from detectors.state import Index, State
from detectors.validate import between, positive

_YOUNG, _PARTS = 20, 2  # samples; numbers of a bin: its part of the season, seconds of evidence
_KNOWN = 0.3  # of a bin's width: never reached by both neighbours in the first period
_CLIP, _INSTANT, _TEN, _THREE = constant(5.0), constant(1e-3), constant(10.0), constant(3.0)
_LOWEST, _HIGHEST = constant(-1e30), constant(1e30)


class _Look(NamedTuple):
    """The forecast and the distance from it, both known only where the season is; and the bins.

    `bins` (parts, 2, n) are at `where`; `shares` is how near each is.
    """

    forecast: Floats
    e: Floats
    pace: Pace
    where: Index
    bins: Floats
    shares: Floats
    is_known: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HoltWinters:
    """Deviation of one series from its own line and season.

    `period_s`: length of the season; `bins`: how many it has; `periods`: how many of them are
    remembered; `memory_s`: time constant of the level; `trend_s`: of the slope; `spread_s`: of the
    usual size of deviations; `band`: half-width of the drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> winters = HoltWinters(period_s=3600, bins=12, memory_s=3600, trend_s=14400)
    >>> state = fresh(winters.dtype)
    >>> for i in range(1200):
    ...     x = np.array([0.5 * i + 20 * np.sin(i / 60 * 2 * np.pi) + i % 2])
    ...     winters.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> winters.score(state, np.array([630.0]), np.array([60.0 * 1215])).expected.round(-1)
    array([630.])
    """

    period_s: float = 86400.0
    bins: int = 48
    periods: float = 7.0
    memory_s: float = 86400.0
    trend_s: float = 7 * 86400.0
    spread_s: float = 86400.0
    band: float = 4.0

    name: ClassVar[str] = "holt_winters"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(period_s=self.period_s, periods=self.periods, memory_s=self.memory_s)
        positive(trend_s=self.trend_s, spread_s=self.spread_s)
        between(2, 1024, bins=self.bins)
        between(0.5, 100, band=self.band)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Level, slope, pace, the usual size of deviations, and the bins of the season."""
        single = ((name, "f8") for name in ("mean", "slope", "at", "step", "seen"))
        return np.dtype([*single, *SPREAD, ("bins", "f4", (self.bins, _PARTS))])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Deviation of each sample; NaN at times of the period not seen in an earlier one."""
        look = self._look(state, x, at)
        forecast = np.where(look.is_known, look.forecast, np.nan)
        scale = spread(state, look.forecast)
        residual, expected = where_known(look.pace, (x - forecast) / scale, forecast)
        half = where_judged(state, self.band * scale)
        return Judgement(
            where_judged(state, residual), expected, expected - half, expected + half, look
        )

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move level, slope and season; wild samples count as 5 deviations."""
        look = memo or self._look(state, x, at)
        pace, is_first, slope = look.pace, state["seen"] == 0, state["slope"]
        far = _CLIP * spread(state, look.forecast)
        is_sized = look.is_known & (state["judged"] >= _YOUNG)
        taken = np.where(is_sized, np.minimum(np.maximum(look.e, -far), far), look.e)
        least = share(state["seen"])
        a = weight * gain(pace.dt, np.maximum(_THREE * state["step"], self.memory_s), least)
        b = gain(pace.dt, np.maximum(_TEN * state["step"], self.trend_s), least)
        moved = slope + a * b * taken / np.maximum(pace.dt, _INSTANT)
        led = state["mean"] + np.where(pace.is_gap, NONE, slope * pace.dt)
        mean = led + np.where(pace.is_gap, weight * look.e, a * taken)
        self._learn_season(state, taken, weight, look)
        known = np.where(look.is_known & ~pace.is_gap, look.e, np.nan)
        keep_spread(state, known, pace.dt, weight, self.spread_s)
        state["mean"] = np.where(is_first, x, mean)
        state["slope"] = np.where(is_first | pace.is_gap | ~look.is_known, slope, moved)
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The line goes through `x` at this time of the period, and is level; the season stays."""
        look = self._look(state, x, at)
        season = np.add.reduce(look.shares * look.bins[0], axis=0)
        state["mean"], state["slope"] = x - season, np.zeros_like(x)
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.memory_s, young=_YOUNG)
        width_s = self.period_s / self.bins
        position = np.mod(at, self.period_s) / width_s - HALF
        left = np.floor(position)
        second = position - left
        both = np.mod(np.stack((left, left + ONE)), self.bins).astype(np.intp) * _PARTS
        cells = state.cells["bins"]
        where = cells.at(both)
        bins = cells.take(where).astype(np.float64)
        shares = np.stack((ONE - second, second))
        season = shares[0] * bins[0, 0] + shares[1] * bins[0, 1]
        is_known = (bins[1, 0] > _KNOWN * width_s) & (bins[1, 1] > _KNOWN * width_s)
        forecast = state["mean"] + np.where(pace.is_gap, NONE, state["slope"] * pace.dt) + season
        e = np.where(state["seen"] == 0, NONE, x - forecast)
        return _Look(forecast, e, pace, where, bins, shares, is_known)

    def _learn_season(self, state: State, taken: Floats, weight: Floats, look: _Look) -> None:
        width_s = self.period_s / self.bins
        seconds = weight * np.minimum(np.maximum(look.pace.dt, _INSTANT), width_s) * look.shares
        season, had = look.bins
        total = np.minimum(had + seconds, self.periods * width_s)
        c = np.divide(seconds, total, out=np.zeros_like(total), where=total > 0)
        moved = season + c * np.where(look.pace.is_gap, NONE, taken)
        bounded = np.minimum(np.maximum(moved, _LOWEST), _HIGHEST)
        state.cells["bins"].put(look.where, np.stack((bounded, total)).astype(np.float32))
