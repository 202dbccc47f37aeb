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
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import HALF, constant
from detectors.detector import Floats, Judgement
from detectors.forget import floor_scale, gain, share
from detectors.pace import Pace, keep_pace, pace_of
from detectors.state import State
from detectors.validate import between, positive

_SIGMA = constant(1.4826)
_TWO, _TEN, _THIRTY = constant(2.0), constant(10.0), constant(30.0)
_MOST = constant(0.25)
_YOUNG = 20


class _Look(NamedTuple):
    """The distance of samples from the median, the floored MAD, and their pace."""

    e: Floats
    mad: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Robust:
    """Robust z of one series.

    `memory_s`: time constant of the median; `spread_s`: of the MAD; `band`: half-width of the drawn
    band in (robust) standard deviations.

    >>> from detectors.state import fresh
    >>> robust = Robust(memory_s=60)
    >>> state = fresh(robust.dtype)
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

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Robust z of each sample; NaN while young or after a gap."""
        look = self._look(state, x, at)
        scale = _SIGMA * look.mad
        residual, expected = look.e / scale, state["median"]
        young, is_gap = look.pace.is_young, look.pace.is_gap
        if young is not None or look.pace.has_gap:
            blind = is_gap if young is None else young | is_gap
            residual = np.where(blind, np.nan, residual)
            expected = np.where(blind, np.nan, expected)
        half = self.band * scale
        return Judgement(residual, expected, expected - half, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Step both medians toward the sample."""
        e, mad, pace = memo or self._look(state, x, at)
        step, least = state["step"], share(state["seen"])
        a = weight * np.minimum(gain(pace.dt, np.maximum(_TEN * step, self.memory_s), least), _MOST)
        b = np.minimum(gain(pace.dt, np.maximum(_THIRTY * step, self.spread_s), least), _MOST)
        move = _TWO * a * mad * np.sign(e)
        size = np.abs(e)
        grown = mad * np.exp(_TWO * (weight * b) * ((size > mad) - HALF))
        if pace.is_young is not None:
            move, grown = _first_steps(state, e, size, weight, move, grown)
        if pace.has_gap:
            move = np.where(pace.is_gap, weight * e, move)
        median = state["median"] + move
        if pace.is_young is not None:
            median = np.where(state["seen"] == 0, x, median)
        state["median"] = median
        state["mad"] = grown
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The median becomes `x`."""
        state["median"] = x
        state["at"] = at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.memory_s, young=_YOUNG)
        e = x - state["median"]
        if pace.is_young is not None:
            e = np.where(state["seen"] == 0, 0.0, e)
        return _Look(e, floor_scale(state["mad"], state["median"]), pace)


def _first_steps(
    state: State, e: Floats, size: Floats, weight: Floats, move: Floats, grown: Floats
) -> tuple[Floats, Floats]:
    """Of the first 8 samples a plain mean is taken, in place of what the others would move."""
    seen, mad = state["seen"], state["mad"]
    mean = mad + (size - mad) / np.maximum(seen, 1)
    is_first = seen < 8
    return (
        np.where(is_first, e / (seen + 1), move),
        np.where(is_first, np.where(weight > 0, mean, mad), grown),
    )
