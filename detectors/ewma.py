"""EWMA z: distance from an exponentially weighted mean, in standard deviations.

    m += a (x - m),  v += b ((x - m)^2 - v),  a = 1 - exp(-dt / memory),  z = (x - m) / sqrt(v)

High: the value is above its recent level. Range: unbounded. Warm-up: 10 samples. Cost: about 0.1 µs
a sample in rounds of thousands, 44 bytes a series. It misleads on slow drifts, which it follows,
and right after a gap, where it has no opinion (more than 3 memories and 5 usual steps).

Reference: S. W. Roberts, 1959, Control Chart Tests Based on Geometric Moving Averages.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement, Rows
from detectors.forget import floor_scale, gain
from detectors.validate import between, positive

_CLIP = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """EWMA z of one series.

    `memory_s`: time constant of the level; `spread_s`: of its variance; `band`: half-width of the
    drawn band in standard deviations.

    >>> ewma = Ewma(memory_s=60)
    >>> state = np.zeros(1, ewma.dtype)
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

    def start(self, state: Rows) -> None:
        """Zeroes are fresh."""

    def score(self, state: Rows, x: Floats, at: Floats) -> Judgement:
        """z of each sample; NaN while young or after a gap."""
        mean, seen, step = state["mean"], state["seen"], state["step"]
        scale = floor_scale(np.sqrt(state["var"]), mean)
        dt = at - state["at"]
        blind = (seen < 10) | (dt > np.maximum(3 * self.memory_s, 5 * step))
        residual = np.where(blind, np.nan, (x - mean) / scale)
        expected = np.where(blind, np.nan, mean)
        return Judgement(
            residual, expected, expected - self.band * scale, expected + self.band * scale
        )

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats) -> None:
        """Move level and variance toward the sample; wild ones count as 5 standard deviations."""
        mean, var, seen, step = (state[f].copy() for f in ("mean", "var", "seen", "step"))
        fresh = seen == 0
        dt = np.where(fresh, 0.0, at - state["at"])
        e = np.where(fresh, 0.0, x - mean)
        far = _CLIP * floor_scale(np.sqrt(var), mean)
        clipped = np.where(seen < 30, e, np.clip(e, -far, far))
        tau = np.maximum(self.memory_s, 3 * step)
        level = weight * gain(dt, tau, seen)
        gap = dt > np.maximum(3 * self.memory_s, 5 * step)
        state["mean"] = np.where(fresh, x, mean + level * np.where(gap, e, clipped))
        spread = weight * gain(dt, np.maximum(self.spread_s, 30 * step), seen)
        spread = np.where(gap, 0.0, np.minimum(spread, 0.2))
        state["var"] = np.where(seen < 2, e * e / 2, var + spread * (clipped * clipped - var))
        state["step"] = np.where(seen < 2, dt, step + 0.05 * (np.minimum(dt, 3 * step) - step))
        state["seen"] = seen + np.where(fresh, 1.0, weight)
        state["at"] = at

    def rebase(self, state: Rows, x: Floats, at: Floats) -> None:
        """The level becomes `x`."""
        state["mean"] = x
        state["at"] = at
