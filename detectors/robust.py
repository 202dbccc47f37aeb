"""Robust z: distance from a running median, in running median absolute deviations.

    m += 2 a s sign(x - m),  log s += 2 a (1[|x - m| > s] - 1/2),  r = (x - m) / (1.4826 s)

a stochastic approximation of both medians: every sample moves them by the same small step, so
that no outlier, however large, moves them more. High: above. Range: unbounded. Warm-up: 20 samples.
Cost: about 0.1 µs a sample in rounds of thousands, 44 bytes a series. It misleads on bimodal
series, whose median jumps, and is slow to follow a steep season (calibration absorbs that).

References: H. Robbins, S. Monro, 1951, A Stochastic Approximation Method; F. R. Hampel, 1974, The
Influence Curve and its Role in Robust Estimation.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement, Rows
from detectors.forget import floor_scale, gain
from detectors.validate import between, positive

_SIGMA = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Robust:
    """Robust z of one series.

    `memory_s`: time constant of the median; `spread_s`: of the MAD; `band`: half-width of the drawn
    band in (robust) standard deviations.

    >>> robust = Robust(memory_s=60)
    >>> state = np.zeros(1, robust.dtype)
    >>> for i in range(60):
    ...     robust.learn(state, np.array([10.0 + i % 3]), np.array([float(i)]), np.ones(1))
    >>> bool(robust.score(state, np.array([30.0]), np.array([60.0])).residual[0] > 8)
    True
    """

    memory_s: float = 1800.0
    spread_s: float = 4 * 3600.0
    band: float = 4.0

    name: ClassVar[str] = "robust"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("median", "f8"), ("mad", "f8"), ("at", "f8"), ("step", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, spread_s=self.spread_s)
        between(0.5, 100, band=self.band)

    def start(self, state: Rows) -> None:
        """Zeroes are fresh."""

    def score(self, state: Rows, x: Floats, at: Floats) -> Judgement:
        """Robust z of each sample; NaN while young or after a gap."""
        median, step = state["median"], state["step"]
        scale = _SIGMA * floor_scale(state["mad"], median)
        gap = at - state["at"] > np.maximum(3 * self.memory_s, 5 * step)
        blind = (state["seen"] < 20) | gap
        residual = np.where(blind, np.nan, (x - median) / scale)
        expected = np.where(blind, np.nan, median)
        return Judgement(
            residual, expected, expected - self.band * scale, expected + self.band * scale
        )

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats) -> None:
        """Step both medians toward the sample."""
        median, mad, seen, step = (state[f].copy() for f in ("median", "mad", "seen", "step"))
        fresh = seen == 0
        dt = np.where(fresh, 0.0, at - state["at"])
        e = np.where(fresh, 0.0, x - median)
        scale = floor_scale(mad, median)
        a = weight * np.minimum(gain(dt, np.maximum(self.memory_s, 10 * step), seen), 0.25)
        b = weight * np.minimum(gain(dt, np.maximum(self.spread_s, 30 * step), seen), 0.25)
        move = np.where(seen < 8, e / (seen + 1), 2 * a * scale * np.sign(e))
        move = np.where(dt > np.maximum(3 * self.memory_s, 5 * step), weight * e, move)
        state["median"] = np.where(fresh, x, median + move)
        young = mad + (np.abs(e) - mad) / np.maximum(seen, 1)
        grown = scale * np.exp(2 * b * ((np.abs(e) > scale) - 0.5))
        state["mad"] = np.where(seen < 8, np.where(weight > 0, young, mad), grown)
        state["step"] = np.where(seen < 2, dt, step + 0.05 * (np.minimum(dt, 3 * step) - step))
        state["seen"] = seen + np.where(fresh, 1.0, weight)
        state["at"] = at

    def rebase(self, state: Rows, x: Floats, at: Floats) -> None:
        """The median becomes `x`."""
        state["median"] = x
        state["at"] = at
