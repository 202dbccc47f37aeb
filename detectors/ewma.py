"""EWMA z: distance from an exponentially weighted mean, in standard deviations.

    m += a (x - m),  v += b ((x - m)^2 - v),  a = 1 - exp(-dt / memory),  z = (x - m) / sqrt(v)

High: the value is above its recent level. Range: unbounded. Warm-up: 10 samples. Cost: about 0.1 µs
a sample in rounds of thousands, 44 bytes a series. It misleads on slow drifts, which it follows,
and right after a gap, where it has no opinion (more than 3 memories and 5 usual steps).

Reference: S. W. Roberts, 1959, Control Chart Tests Based on Geometric Moving Averages.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import constant
from detectors.detector import Floats, Judgement
from detectors.forget import floor_scale, gain, share
from detectors.pace import Pace, keep_pace, pace_of
from detectors.state import State
from detectors.validate import between, positive

_CLIP, _THREE, _THIRTY, _MOST = constant(5.0), constant(3.0), constant(30.0), constant(0.2)
_YOUNG = 30  # samples before any of them is clipped


class _Look(NamedTuple):
    """The distance of samples from the mean, the floored deviation, and their pace."""

    e: Floats
    scale: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """EWMA z of one series.

    `memory_s`: time constant of the level; `spread_s`: of its variance; `band`: half-width of the
    drawn band in standard deviations.

    >>> from detectors.state import fresh
    >>> ewma = Ewma(memory_s=60)
    >>> state = fresh(ewma.dtype)
    >>> for i in range(40):
    ...     ewma.learn(state, np.array([10.0 + i % 2]), np.array([float(i)]), np.ones(1))
    >>> ewma.score(state, np.array([20.0]), np.array([40.0])).residual.round(1)
    array([17.8])
    """

    memory_s: float = 600.0
    spread_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "ewma"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("mean", "f8"), ("var", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """z of each sample; NaN while young or after a gap."""
        look = self._look(state, x, at)
        residual, expected = look.e / look.scale, state["mean"]
        young, is_gap = look.pace.is_young, look.pace.is_gap
        if young is not None or look.pace.has_gap:
            blind = (state["seen"] < 10) | is_gap
            residual = np.where(blind, np.nan, residual)
            expected = np.where(blind, np.nan, expected)
        half = self.band * look.scale
        return Judgement(residual, expected, expected - half, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move level and variance toward the sample; wild ones count as 5 standard deviations."""
        e, scale, pace = memo or self._look(state, x, at)
        mean, var, seen, step = state["mean"], state["var"], state["seen"], state["step"]
        far, least = _CLIP * scale, share(seen)
        clipped = np.minimum(np.maximum(e, -far), far)
        if pace.is_young is not None:
            clipped = np.where(pace.is_young, e, clipped)
        level = weight * gain(pace.dt, np.maximum(_THREE * step, self.memory_s), least)
        spread = weight * gain(pace.dt, np.maximum(_THIRTY * step, self.spread_s), least)
        spread, taken = np.minimum(spread, _MOST), clipped
        if pace.has_gap:
            spread, taken = np.where(pace.is_gap, 0.0, spread), np.where(pace.is_gap, e, clipped)
        mean, var = mean + level * taken, var + spread * (clipped * clipped - var)
        if pace.is_young is not None:
            mean, var = np.where(seen == 0, x, mean), np.where(seen < 2, e * e / 2, var)
        state["mean"], state["var"] = mean, var
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The level becomes `x`."""
        state["mean"] = x
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.memory_s, young=_YOUNG)
        e = x - state["mean"]
        if pace.is_young is not None:
            e = np.where(state["seen"] == 0, 0.0, e)
        return _Look(e, floor_scale(np.sqrt(state["var"]), state["mean"]), pace)
