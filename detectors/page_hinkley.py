"""Page-Hinkley: deviations from the mean of all the past, summed up in each direction.

    z = clip((x - m) / s, -6, 6),  f = exp(-dt / w)
    U = max(0, f U + (1 - f)(z - k)),  D = max(0, f D + (1 - f)(-z - k)),  r = U - D

with m the slow mean and s 1.2533 times the slow mean of |x - m|. The test takes the running mean
where a CUSUM has a target: nothing need be known. High: the mean of the last w lies above the mean
of all the past. Range: -6 to 6. Warm-up: 20 samples. Cost: about 0.1 µs a sample in rounds of
thousands, 56 bytes a series. It misleads on a season, which it takes for shifts, as it has none in
contrast to `level_shift`: take it for series without one, where it finds slow drifts that quick
references follow.

Reference: D. V. Hinkley, 1971, Inference about the Change-Point from Cumulative Sum Tests; J. Gama,
R. Sebastiao, P. P. Rodrigues, 2013, On Evaluating Stream Learning Algorithms (the fading).
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import NONE, constant
from detectors.detector import Floats, Judgement
from detectors.forget import gain, share
from detectors.pace import Pace, keep_pace, pace_of, where_known
from detectors.state import State
from detectors.usual import keep_usual, usual
from detectors.validate import between, positive

_YOUNG, _CLIP = 20, 6.0
_LOWEST, _HIGHEST, _BAND = constant(-_CLIP), constant(_CLIP), constant(4.0)


class _Look(NamedTuple):
    """The clipped distance of samples from the mean, and what the sums become."""

    e: Floats
    z: Floats
    scale: Floats
    up: Floats
    down: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHinkley:
    """Page-Hinkley test of one series.

    `window_s`: time constant of the sums, about what a shift takes to be seen in full; `slack`:
    standard deviations that do not count (k); `memory_s`: time constant of the mean and of the
    usual size of deviations.

    >>> from detectors.state import fresh
    >>> test = PageHinkley(window_s=600)
    >>> state = fresh(test.dtype)
    >>> for i in range(200):
    ...     x = np.array([10.0 + i % 2 + (2 if i >= 180 else 0)])
    ...     test.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> bool(test.score(state, np.array([12.5]), np.array([12000.0])).residual[0] > 1)
    True
    """

    window_s: float = 3600.0
    slack: float = 0.5
    memory_s: float = 7 * 86400.0

    name: ClassVar[str] = "page_hinkley"
    is_absolute: ClassVar[bool] = False
    on_one: ClassVar[float] = 0.0
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [(name, "f8") for name in ("mean", "size", "up", "down", "at", "step", "seen")]
    )

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, memory_s=self.memory_s)
        between(0, _CLIP / 2, slack=self.slack)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The difference of both sums as they become with each sample."""
        look = self._look(state, x, at)
        residual, expected = where_known(look.pace, look.up - look.down, state["mean"])
        half = _BAND * look.scale
        return Judgement(residual, expected, expected - half, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the sums whatever the weight, mean and usual size by it."""
        look = memo or self._look(state, x, at)
        pace, taken = look.pace, look.z * look.scale
        if pace.is_young is not None:
            taken = np.where(pace.is_young, look.e, taken)
        a = weight * gain(pace.dt, self.memory_s, share(state["seen"]))
        mean = state["mean"] + a * taken
        if pace.is_young is not None:
            mean = np.where(state["seen"] == 0, x, mean)
        keep_usual(state, look.e, weight, pace, self.memory_s)
        state["mean"], state["up"], state["down"] = mean, look.up, look.down
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The mean becomes `x`, and the sums are forgotten."""
        state["mean"], state["at"] = x, at
        state["up"], state["down"] = np.zeros_like(x), np.zeros_like(x)

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=self.memory_s, young=_YOUNG)
        e = x - state["mean"]
        scale = usual(state, state["mean"])
        z = np.minimum(np.maximum(e / scale, _LOWEST), _HIGHEST)
        if pace.is_young is not None:
            e = np.where(state["seen"] == 0, 0.0, e)
            z = np.where(pace.is_young, 0.0, z)
        dt = np.minimum(pace.dt, self.window_s)
        keep, taken = np.exp(-dt / self.window_s), -np.expm1(-dt / self.window_s)
        up = np.maximum(NONE, state["up"] * keep + taken * (z - self.slack))
        down = np.maximum(NONE, state["down"] * keep + taken * (-z - self.slack))
        return _Look(e, z, scale, up, down, pace)
