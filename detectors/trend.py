"""Trend: distance from a line that is followed, Holt's linear trend for uneven times.

    f = l + b dt,  e = x - f,  l = f + a e,  b += a (1 - exp(-dt/trend)) e / dt,  r = e / s

with a = 1 - exp(-dt/memory) and s 1.2533 times the slow mean of |e|. High: above where the line
leads. Range: unbounded. Warm-up: 20 samples. Cost: about 0.1 µs a sample in rounds of thousands,
48 bytes a series. For what grows or shrinks steadily: disks, queues, counters of things in stock.
It misleads where a trend ends (a saw tooth), which it overshoots for `trend_s`.

References: C. C. Holt, 1957, Forecasting Seasonals and Trends by Exponentially Weighted Moving
Averages; D. J. Wright, 1986, Forecasting Data Published at Irregular Time Intervals Using an
Extension of Holt's Method.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import constant
from detectors.detector import Floats, Judgement
from detectors.forget import gain, share
from detectors.pace import Pace, keep_pace, pace_of, where_known
from detectors.state import State
from detectors.usual import keep_usual, usual
from detectors.validate import between, positive

_YOUNG = 20
_CLIP, _THREE, _TEN, _INSTANT = constant(5.0), constant(3.0), constant(10.0), constant(1e-3)


class _Look(NamedTuple):
    """Where the line led, the distance from there, its usual size, and the pace."""

    forecast: Floats
    e: Floats
    scale: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Deviation of one series from its own line.

    `memory_s`: time constant of the level; `trend_s`: of the slope; `spread_s`: of the usual size
    of deviations; `band`: half-width of the drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> trend = Trend(memory_s=300, trend_s=1800)
    >>> state = fresh(trend.dtype)
    >>> for i in range(300):
    ...     trend.learn(state, np.array([3.0 * i + i % 2]), np.array([60.0 * i]), np.ones(1))
    >>> trend.score(state, np.array([900.0]), np.array([18000.0])).expected.round(-1)
    array([900.])
    """

    memory_s: float = 1800.0
    trend_s: float = 6 * 3600.0
    spread_s: float = 86400.0
    band: float = 4.0

    name: ClassVar[str] = "trend"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 0.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [(name, "f8") for name in ("mean", "slope", "size", "at", "step", "seen")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, trend_s=self.trend_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Deviation of each sample from the line; NaN while young or after a gap."""
        look = self._look(state, x, at)
        residual, expected = where_known(look.pace, look.e / look.scale, look.forecast)
        half = self.band * look.scale
        return Judgement(residual, expected, expected - half, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move level and slope; wild samples count as 5 deviations, and a gap leaves the slope."""
        forecast, e, scale, pace = memo or self._look(state, x, at)
        far, step, slope = _CLIP * scale, state["step"], state["slope"]
        taken = np.minimum(np.maximum(e, -far), far)
        if pace.is_young is not None:
            taken = np.where(pace.is_young, e, taken)
        least = share(state["seen"])
        a = weight * gain(pace.dt, np.maximum(_THREE * step, self.memory_s), least)
        b = gain(pace.dt, np.maximum(_TEN * step, self.trend_s), least)
        moved = slope + a * b * taken / np.maximum(pace.dt, _INSTANT)
        mean = np.where(pace.is_gap, forecast + weight * e, forecast + a * taken)
        if pace.is_young is not None:
            is_first = state["seen"] == 0
            mean, moved = np.where(is_first, x, mean), np.where(is_first, 0.0, moved)
        keep_usual(state, e, weight, pace, self.spread_s)
        state["mean"], state["slope"] = mean, np.where(pace.is_gap, slope, moved)
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The line goes through `x`, and is level."""
        state["mean"], state["slope"] = x, np.zeros_like(x)
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.memory_s, young=_YOUNG)
        forecast = state["mean"] + state["slope"] * np.where(pace.is_gap, 0.0, pace.dt)
        e = x - forecast
        if pace.is_young is not None:
            e = np.where(state["seen"] == 0, 0.0, e)
        return _Look(forecast, e, usual(state, forecast), pace)
