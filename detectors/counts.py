"""Counts: how surprising a number of events is, given the running rate and its over-dispersion.

    r = sign(x - mu) [x log(x / mu) - (x + k) log((x + k) / (mu + k))],  k = mu^2 / (var - mu)

the Chernoff bound of -log P under a negative binomial (Poisson for k -> infinity), so it stays
finite where the probability itself would be 0. It is in nats, so that its tail is near exponential
(`heaviest`), whatever few counts look like. High: more events than usual. Range: unbounded, in
nats. Warm-up: 20 bins. Cost: about 0.15 µs a sample, 36 bytes a series. It misleads when the number
of things that could fail changes by itself: watch the ratio then.

References: H. Chernoff, 1952, A Measure of Asymptotic Efficiency; A. C. Cameron, P. K. Trivedi,
1998, Regression Analysis of Count Data.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.forget import gain, share
from detectors.state import State
from detectors.validate import positive

_POISSON = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Surprise of the counts of one series, made by `count_every_s` or by the source.

    `memory_s`: time constant of the rate and of its variance.

    >>> from detectors.state import fresh
    >>> counts = Counts()
    >>> state = fresh(counts.dtype)
    >>> for i in range(100):
    ...     counts.learn(state, np.array([i % 4.0]), np.array([60.0 * i]), np.ones(1))
    >>> counts.score(state, np.array([1.0, ]), np.array([6000.0])).residual.round(1)
    array([-0.1])
    >>> bool(counts.score(state, np.array([40.0]), np.array([6000.0])).residual[0] > 50)
    True
    """

    memory_s: float = 86400.0

    name: ClassVar[str] = "counts"
    is_absolute: ClassVar[bool] = False
    heaviest: ClassVar[float] = 0.1
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("mean", "f8"), ("var", "f8"), ("at", "f8"), ("seen", "f8")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s)

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Signed surprise of each count; NaN while young. Negative values count as 0."""
        seen = state["seen"]
        mu = np.maximum(state["mean"], 0.5 / (seen + 1))
        k = _dispersion(mu, state["var"])
        young = seen < 20
        residual = np.where(young, np.nan, _surprise(np.maximum(x, 0.0), mu, k))
        expected = np.where(young, np.nan, mu)
        half = 4 * np.sqrt(mu + mu * mu / k)
        return Judgement(residual, expected, np.maximum(expected - half, 0.0), expected + half)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Move rate and variance; a wild count moves them like one of 6 standard deviations."""
        mean, var, seen = state["mean"], state["var"], state["seen"]
        first = seen == 0
        dt = np.where(first, 0.0, at - state["at"])
        a = weight * gain(dt, self.memory_s, share(seen))
        a = np.where(first, 1.0, np.minimum(a, 0.5))
        e = np.maximum(x, 0.0) - mean
        e = np.where(seen < 20, e, np.minimum(e, 6 * np.sqrt(np.maximum(var, mean) + 1)))
        state["mean"] = mean + a * e
        state["var"] = np.where(first, 0.0, var + a * (e * e - var))
        state["seen"] = seen + np.where(first, 1.0, weight)
        state["at"] = at

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """The rate becomes `x`."""
        state["mean"] = np.maximum(x, 0.0)
        state["at"] = at


def _dispersion(mu: Floats, var: Floats) -> Floats:
    extra = var - mu
    k = np.divide(mu * mu, extra, out=np.full_like(mu, _POISSON), where=extra > 1e-9 * mu)
    return np.clip(k, 0.05, _POISSON)


def _surprise(x: Floats, mu: Floats, k: Floats) -> Floats:
    own = x * (np.log(np.maximum(x, 1e-300)) - np.log(mu))
    shared = (x + k) * (np.log(x + k) - np.log(mu + k))
    surprise: Floats = np.sign(x - mu) * np.maximum(own - shared, 0.0)
    return surprise
