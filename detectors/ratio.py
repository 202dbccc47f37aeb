"""Ratio: how surprising a share of a whole is, given the usual share and how much it varies.

    r = sign(y - p) n [y log(y / p) + (1 - y) log((1 - y) / (1 - p))],  n = p (1 - p) / v <= volume

with y = x / whole, and p and v its running mean and variance: the Chernoff bound of -log P under a
binomial of n trials. What a sample rests on is not told, so n is inferred: as many trials as would
scatter like this series does. Where the share itself wanders, v is larger and n smaller, which is
the beta-binomial of the same mean and variance; `volume` bounds it, so that a thousand samples
without an error do not make the first one a certainty. High: a larger share than usual. Range:
unbounded, in nats. Warm-up: 20 samples. Cost: about 0.1 µs a sample, 32 bytes a series. It misleads
where the volume changes a lot: one error among two requests is half of them.

References: H. Chernoff, 1952, A Measure of Asymptotic Efficiency; J. G. Skellam, 1948, A
Probability Distribution Derived from the Binomial Distribution by Regarding the Probability of
Success as Variable between the Sets of Trials.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.constants import HALF, NONE, ONE, constant
from detectors.detector import Floats, Judgement
from detectors.divergence import divergence
from detectors.forget import gain, share
from detectors.state import State
from detectors.validate import positive

_YOUNG = 20
_FOUR, _SIX = constant(4.0), constant(6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Surprise of the shares of one series.

    `memory_s`: time constant of the share and of its variance; `whole`: what all of it is, 1 or 100
    for percentages, beyond which values count as all; `volume`: on how many trials (requests) a
    sample rests at the most.

    >>> from detectors.state import fresh
    >>> ratio = Ratio()
    >>> state = fresh(ratio.dtype)
    >>> for i in range(100):
    ...     ratio.learn(state, np.array([0.01 + i % 3 / 1000]), np.array([60.0 * i]), np.ones(1))
    >>> ratio.score(state, np.array([0.012]), np.array([6000.0])).residual.round(1)
    array([0.])
    >>> ratio.score(state, np.array([0.06]), np.array([6000.0])).residual.round(1)
    array([54.1])
    """

    memory_s: float = 86400.0
    whole: float = 1.0
    volume: float = 1000.0

    name: ClassVar[str] = "ratio"
    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("mean", "f8"), ("var", "f8"), ("at", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s, whole=self.whole, volume=self.volume)
        if self.volume < 1:
            raise ValueError(f"volume must be at least 1, not {self.volume}")

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Signed surprise of each share; NaN while young."""
        young = state["seen"] < _YOUNG
        p = _held(state)
        n = self._trials(p, state["var"])
        residual = np.where(young, np.nan, n * divergence(self._share(x), p))
        expected = np.where(young, np.nan, p)
        half = _FOUR * np.sqrt(p * (ONE - p) / n)
        lower, upper = np.maximum(expected - half, NONE), np.minimum(expected + half, ONE)
        return Judgement(residual, expected * self.whole, lower * self.whole, upper * self.whole)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Move share and variance; a wild share moves them like one of 6 standard deviations."""
        mean, var, seen = state["mean"], state["var"], state["seen"]
        first = seen == 0
        dt = np.where(first, 0.0, at - state["at"])
        a = weight * gain(dt, self.memory_s, share(seen))
        a = np.where(first, 1.0, np.minimum(a, HALF))
        e = self._share(x) - mean
        p = _held(state)
        far = _SIX * np.sqrt(np.maximum(var, p * (ONE - p) / self.volume))
        e = np.where(seen < _YOUNG, e, np.minimum(np.maximum(e, -far), far))
        state["mean"] = mean + a * e
        state["var"] = np.where(first, 0.0, var + a * (e * e - var))
        state["seen"] = seen + np.where(first, 1.0, weight)
        state["at"] = at

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The usual share becomes that of `x`."""
        state["mean"] = self._share(x)
        state["at"] = at

    def _share(self, x: Floats) -> Floats:
        return np.minimum(np.maximum(x / self.whole, NONE), ONE)

    def _trials(self, p: Floats, var: Floats) -> Floats:
        spread = p * (ONE - p)
        most = np.full_like(p, self.volume)
        n = np.divide(spread, var, out=most, where=var > spread / self.volume)
        return np.maximum(n, ONE)


def _held(state: State) -> Floats:
    """The usual share; never 0 nor 1, which nobody can know."""
    least = HALF / (state["seen"] + ONE)
    return np.minimum(np.maximum(state["mean"], least), ONE - least)
