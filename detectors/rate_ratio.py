"""Rate ratio: the counts of the last window against those of the four windows before it.

    r = sign(k / K - p) n KL(k / K, p),  p = N / (N + N'),  K = k + k'

where k events came in N samples of the last window, and k' in N' before. Given their sum, k is
binomial of K trials if the rate is the same: r is the Chernoff bound of -log P of that exact test.
Where counts scatter more than a Poisson's, they are taken for a negative binomial's and k for a
beta-binomial's: n is K / (1 + (K - 1) / (1 + (N + N') s)), with s = m^2 / (v - m) of the running
mean m and of v, half the mean square of the steps from count to count, which a season hardly moves.
KL is the divergence of two shares in nats. High: more events than before. Range: unbounded, in
nats. Warm-up: 20 samples and a window. Cost: about 2 µs a sample in rounds of thousands, 304 bytes
a series. It finds rates that are a little higher for long, which `counts` takes for chance, one by
one; it misleads on seasons steeper than the window, and is blind once a change is five windows old.

References: J. Przyborowski, H. Wilenski, 1940, Homogeneity of Results in Testing Samples from
Poisson Series; J. G. Skellam, 1948, A Probability Distribution Derived from the Binomial
Distribution by Regarding the Probability of Success as Variable between the Sets of Trials.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.blocks import Blocks, Ring, blocks
from detectors.constants import HALF, NONE, ONE, constant
from detectors.detector import Floats, Judgement
from detectors.divergence import divergence
from detectors.forget import gain, share
from detectors.state import Index, State
from detectors.validate import positive

_PER_WINDOW, _BEFORE = 4, 16  # blocks
_YOUNG, _POISSON = 20, 1e12
_FOUR, _SIX, _LEAST = constant(4.0), constant(6.0), constant(1e-9)


class _Look(NamedTuple):
    """The blocks, where their sizes are kept, and of both windows the events and samples."""

    ring: Ring
    newest: Index
    events: Floats
    samples: Floats
    events_before: Floats
    samples_before: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Surprise of the counts of one series, made by `count_every_s` or by the source.

    `window_s`: length of the last window; `memory_s`: time constant of how much counts scatter.

    >>> from detectors.state import fresh
    >>> ratio = RateRatio(window_s=1200)
    >>> state = fresh(ratio.dtype)
    >>> for i in range(200):
    ...     x = np.array([i % 4.0 + (1 if i >= 180 else 0)])
    ...     ratio.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> ratio.score(state, np.array([2.0]), np.array([12000.0])).residual.round(1)
    array([3.5])
    """

    window_s: float = 1800.0
    memory_s: float = 86400.0

    name: ClassVar[str] = "rate_ratio"
    is_absolute: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(window_s=self.window_s, memory_s=self.memory_s)

    @property
    def _blocks(self) -> Blocks:
        return blocks(self.window_s / _PER_WINDOW, _PER_WINDOW + _BEFORE)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The windows in blocks with their sizes; mean and steps of counts, and the last one."""
        single = [(name, "f8") for name in ("mean", "steps", "last", "at", "seen")]
        sizes = ("sizes", "f4", (_PER_WINDOW + _BEFORE, 1))
        return np.dtype([*single, *self._blocks.dtype.descr, sizes])

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Signed surprise of the window as it becomes with each sample; negatives count as 0."""
        look = self._look(state, np.maximum(x, NONE), at)
        is_known = (state["seen"] >= _YOUNG) & (look.samples_before > 0)
        rate = look.events_before / np.maximum(look.samples_before, ONE)
        size = _size(state["mean"], state["steps"])
        residual = np.where(is_known, _surprise(look, size), np.nan)
        expected = np.where(is_known, rate, np.nan)
        half = _FOUR * np.sqrt(rate + rate * rate / size)
        lower = np.maximum(expected - half, NONE)
        return Judgement(residual, expected, lower, expected + half, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """Move the windows whatever the weight, and the scatter by it; wild steps count as 6."""
        y = np.maximum(x, NONE)
        look = memo or self._look(state, y, at)
        mean, steps, seen = state["mean"], state["steps"], state["seen"]
        is_first = seen == 0
        dt = np.where(is_first, NONE, at - state["at"])
        a = np.where(is_first, ONE, np.minimum(weight * gain(dt, self.memory_s, share(seen)), HALF))
        far = np.where(seen < _YOUNG, np.inf, _SIX * np.sqrt(np.maximum(steps, mean) + ONE))
        step = np.where(is_first, NONE, np.minimum(np.abs(y - state["last"]), far))
        state["mean"] = mean + a * np.minimum(y - mean, far)
        state["steps"] = steps + a * (HALF * step * step - steps)
        state["seen"] = seen + np.where(is_first, ONE, weight)
        state["last"], state["at"] = y, at
        state.cells["sizes"].put(look.newest, look.ring.held[None].astype(np.float32))
        self._blocks.keep(state, look.ring)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """All windows become `x` events a sample."""
        self._blocks.flatten(state, np.maximum(x, NONE))
        state["at"] = at

    def _look(self, state: State, y: Floats, at: Floats) -> _Look:
        ring, cells = self._blocks.ring(state, y, at), state.cells["sizes"]
        numbers = ring.number - np.arange(_PER_WINDOW + _BEFORE, dtype=np.float64)[:, None]
        where = cells.at(np.mod(numbers, _PER_WINDOW + _BEFORE).astype(np.intp))
        sizes = cells.take(where)[0].astype(np.float64)
        sizes[0] = ring.held
        is_there = np.isfinite(ring.means)
        sizes = np.where(is_there, sizes, NONE)
        sums = np.where(is_there, np.maximum(ring.origin + ring.means, NONE), NONE) * sizes
        recent, before = slice(None, _PER_WINDOW), slice(_PER_WINDOW, None)
        return _Look(
            ring, where[:, 0], *(_total(of) for of in (sums[recent], sizes[recent])),
            *(_total(of) for of in (sums[before], sizes[before])),
        )  # fmt: skip


def _total(blocks_of: Floats) -> Floats:
    total: Floats = reduce(np.add, blocks_of)  # in one order for any n
    return total


def _size(mean: Floats, var: Floats) -> Floats:
    """Of the negative binomial that has this mean and variance; vast for a Poisson."""
    extra = var - mean
    size = np.full_like(mean, _POISSON)
    np.divide(mean * mean, extra, out=size, where=extra > _LEAST * mean + _LEAST)
    return np.minimum(np.maximum(size, _LEAST), _POISSON)


def _surprise(look: _Look, size: Floats) -> Floats:
    events = look.events + look.events_before
    samples = look.samples + look.samples_before
    p = look.samples / np.maximum(samples, ONE)
    p = np.minimum(np.maximum(p, _LEAST), ONE - _LEAST)
    share_of = np.where(events > 0, look.events / np.maximum(events, _LEAST), p)
    alike = ONE / (ONE + samples * size)
    trials = events / (ONE + np.maximum(events - ONE, NONE) * alike)
    surprise: Floats = trials * divergence(np.minimum(share_of, ONE), p)
    return surprise
