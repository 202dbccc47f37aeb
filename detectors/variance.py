"""Variance change: how much the last window scatters, against how much it usually does.

    e = clip(x - m, -5 s, 5 s),  v += a (e^2 - v),  V += b (e^2 - V),  r = log(v / V)

m and v follow within `window_s`, V within `memory_s`, and s = sqrt(V). High: noisier than usual;
low: calmer (a sensor that begins to freeze, a queue that runs dry). Range: unbounded, in nats: 0.7
is twice the variance. Warm-up: 20 samples. Cost: about 0.1 µs a sample in rounds of thousands, 48
bytes a series. One outlier counts as five standard deviations, so it takes several. It misleads on
series that scatter by the hour of the day, and after a level shift, which scatters until m is
there. It gives no expected value.

Reference: J. F. MacGregor, T. J. Harris, 1993, The Exponentially Weighted Moving Variance.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import constant
from detectors.detector import Floats, Judgement, without_band
from detectors.forget import floor_scale, gain, share
from detectors.pace import Pace, keep_pace, pace_of, where_known
from detectors.state import State
from detectors.validate import positive

_YOUNG = 20
_CLIP, _FIVE, _MOST = constant(5.0), constant(5.0), constant(0.5)


class _Look(NamedTuple):
    """The squared deviation of samples, the floored usual one, and the recent one with them."""

    e: Floats
    square: Floats
    usual: Floats
    recent: Floats
    gain: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """Log ratio of the recent variance of one series to its usual one.

    `window_s`: time constant of the recent mean and variance; `memory_s`: of the usual variance.

    >>> from detectors.state import fresh
    >>> variance = Variance(window_s=600)
    >>> state = fresh(variance.dtype)
    >>> for i in range(200):
    ...     x = np.array([10.0 + (i % 2) * (4 if i >= 180 else 1)])
    ...     variance.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> bool(variance.score(state, np.array([10.0]), np.array([12000.0])).residual[0] > 1)
    True
    """

    window_s: float = 3600.0
    memory_s: float = 7 * 86400.0

    name: ClassVar[str] = "variance"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 0.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [(name, "f8") for name in ("mean", "recent", "usual", "at", "step", "seen")]
    )

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, memory_s=self.memory_s)
        if self.memory_s <= self.window_s:
            raise ValueError(f"memory_s must be above window_s, not {self.memory_s}")

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Log ratio as it becomes with each sample; NaN while young or after a gap."""
        look = self._look(state, x, at)
        recent = np.maximum(look.recent, _floor(state))
        (residual,) = where_known(look.pace, np.log(recent) - np.log(look.usual))
        return without_band(residual, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the recent mean and variance whatever the weight, the usual variance by it."""
        look = memo or self._look(state, x, at)
        pace, seen = look.pace, state["seen"]
        b = weight * np.minimum(gain(pace.dt, self.memory_s, share(seen)), _MOST)
        b = np.where(pace.is_gap, 0.0, b)
        mean = state["mean"] + np.where(pace.is_gap, look.e, look.gain * look.e)
        if pace.is_young is not None:
            mean = np.where(seen == 0, x, mean)
        state["usual"] = state["usual"] + b * (look.square - state["usual"])
        state["mean"], state["recent"] = mean, look.recent
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The recent variance becomes the usual one, and the mean `x`."""
        state["usual"] = state["recent"].copy()
        state["mean"], state["at"] = x, at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.window_s, young=_YOUNG)
        e = x - state["mean"]
        usual = np.maximum(state["usual"], _floor(state))
        if pace.is_young is not None:
            e = np.where(state["seen"] == 0, 0.0, e)
        far = _CLIP * np.sqrt(usual)
        size = np.where(state["usual"] > 0, np.minimum(np.abs(e), far), np.abs(e))
        if pace.is_young is not None:
            size = np.where(pace.is_young, np.abs(e), size)
        tau = np.maximum(_FIVE * state["step"], self.window_s)
        a = np.minimum(gain(pace.dt, tau, share(state["seen"])), _MOST)
        square = size * size
        moved = state["recent"] + np.where(pace.is_gap, 0.0, a) * (square - state["recent"])
        return _Look(e, square, usual, moved, a, pace)


def _floor(state: State) -> Floats:
    least: Floats = floor_scale(np.zeros_like(state["mean"]), state["mean"]) ** 2
    return least
