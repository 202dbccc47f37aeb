"""Twelve kinds of series without any fault: what a detector may find in them is a false alarm.

A kind makes so many series, each with parameters of its own drawn once (level, noise, rates), and
gives a :data:`Draw`: instants that follow those of the call before, evenly spaced, to values
(instants, series). All of it hangs on the seed and on how the instants are split into calls.

| kind | what it is |
|---|---|
| gaussian | a level, noise of 2-20 % |
| heavy_tailed | a level, Student noise with 2.5-5 degrees of freedom |
| skewed | lognormal, sigma 0.3-1: a latency |
| autocorrelated | a first-order process with a memory of 10 min to 4 h |
| seasonal | a day with two harmonics, weekends at 60-100 %, noise of 3-8 % |
| trending | growth by 2-30 % of the first level a week, noise of 2-10 % |
| counts | Poisson, mean 0.5-200, a day of 0-30 % |
| ratios | errors by requests: binomial, share 0.1-5 % of 50-5000 requests |
| quantised | Gaussian, rounded to steps of 0.5-3 standard deviations |
| sparse | zero but for 0.3-10 % of the samples, which are lognormal |
| bursty | a level, and 2-12 bursts a day that fade within minutes to half an hour |
| regime_switching | two or three levels, each lasting 1-12 h |
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]
Draw = Callable[[Floats], Floats]
Kind = Callable[[np.random.Generator, int], Draw]

DAY_S, WEEK_S = 86400.0, 7 * 86400.0


def gaussian(rng: np.random.Generator, series: int) -> Draw:
    """A level and its noise."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.2, series)
    return lambda at: level * (1 + noise * _normal(rng, at, series))


def heavy_tailed(rng: np.random.Generator, series: int) -> Draw:
    """A level whose noise has a power-law tail."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.1, series)
    freedom = rng.uniform(2.5, 5, series)

    def draw(at: Floats) -> Floats:
        wild: Floats = rng.standard_t(freedom, (len(at), series))
        return level * (1 + noise * wild)

    return draw


def skewed(rng: np.random.Generator, series: int) -> Draw:
    """A level times lognormal noise."""
    level, sigma = _levels(rng, series), rng.uniform(0.3, 1, series)

    def draw(at: Floats) -> Floats:
        values: Floats = level * np.exp(sigma * _normal(rng, at, series))
        return values

    return draw


def autocorrelated(rng: np.random.Generator, series: int) -> Draw:
    """A level around which the value wanders and to which it returns."""
    level, noise = _levels(rng, series), rng.uniform(0.03, 0.15, series)
    memory = _Memory(_log_uniform(rng, 600, 4 * 3600, series))
    return lambda at: level * (1 + noise * memory.unit(at, _normal(rng, at, series)))


def seasonal(rng: np.random.Generator, series: int) -> Draw:
    """A working day, quieter at weekends."""
    level, noise = _levels(rng, series), rng.uniform(0.03, 0.08, series)
    first, second = rng.uniform(0.2, 0.5, series), rng.uniform(0, 0.15, series)
    phase, weekend = rng.uniform(0, 1, (2, series)), rng.uniform(0.6, 1, series)

    def draw(at: Floats) -> Floats:
        days = at[:, None] / DAY_S
        day = first * _wave(days + phase[0]) + second * _wave(2 * days + phase[1])
        is_weekend = (days + 4) % 7 >= 5  # the epoch began on a Thursday; 0 is then a Sunday
        return level * (1 + day) * np.where(is_weekend, weekend, 1) * _noise(rng, at, noise)

    return draw


def trending(rng: np.random.Generator, series: int) -> Draw:
    """A level that grows steadily from the first instant on."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.1, series)
    growth, began = rng.uniform(0.02, 0.3, series) / WEEK_S, _Began()
    return lambda at: level * (1 + growth * began.since(at)) * _noise(rng, at, noise)


def counts(rng: np.random.Generator, series: int) -> Draw:
    """Events of a mild day, counted."""
    mean, day = _log_uniform(rng, 0.5, 200, series), rng.uniform(0, 0.3, series)
    phase = rng.uniform(0, 1, series)

    def draw(at: Floats) -> Floats:
        rate = mean * (1 + day * _wave(at[:, None] / DAY_S + phase))
        return rng.poisson(rate).astype(np.float64)

    return draw


def ratios(rng: np.random.Generator, series: int) -> Draw:
    """The share of requests that failed."""
    requests, share = _log_uniform(rng, 50, 5000, series), _log_uniform(rng, 1e-3, 0.05, series)

    def draw(at: Floats) -> Floats:
        tried = np.maximum(rng.poisson(requests, (len(at), series)), 1)
        failed: Floats = rng.binomial(tried, share) / tried
        return failed

    return draw


def quantised(rng: np.random.Generator, series: int) -> Draw:
    """Gaussian, of few distinct values."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.2, series)
    step = rng.uniform(0.5, 3, series) * noise * level
    return lambda at: np.round(level * _noise(rng, at, noise) / step) * step


def sparse(rng: np.random.Generator, series: int) -> Draw:
    """Zeroes, and now and then a value."""
    level, share = _levels(rng, series), _log_uniform(rng, 0.003, 0.1, series)

    def draw(at: Floats) -> Floats:
        is_there = rng.random((len(at), series)) < share
        return np.where(is_there, level * np.exp(0.5 * _normal(rng, at, series)), 0.0)

    return draw


def bursty(rng: np.random.Generator, series: int) -> Draw:
    """A level with shots that fade: garbage collections, batch jobs, retries."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.1, series)
    rate, height = rng.uniform(2, 12, series) / DAY_S, rng.uniform(1, 4, series)
    memory = _Memory(_log_uniform(rng, 120, 1200, series))

    def draw(at: Floats) -> Floats:
        shots = rng.poisson(rate * _step(at), (len(at), series))
        sizes = shots * height * np.exp(0.4 * _normal(rng, at, series))
        return level * (_noise(rng, at, noise) + memory.sum(at, sizes))

    return draw


def regime_switching(rng: np.random.Generator, series: int) -> Draw:
    """Levels that take turns: fail-overs, batches by night, two versions."""
    level, noise = _levels(rng, series), rng.uniform(0.02, 0.1, series)
    factors = np.cumsum(np.r_[np.ones((1, series)), rng.uniform(0.5, 2, (2, series))], axis=0)
    regimes, dwell = rng.integers(2, 4, series), _log_uniform(rng, 3600, 12 * 3600, series)
    chosen = rng.integers(0, regimes)

    def draw(at: Floats) -> Floats:
        """Values at these times; each call goes on with the regimes of the one before."""
        nonlocal chosen
        turns = rng.random((len(at), series)) < _step(at) / dwell
        turned = np.cumsum(turns * rng.integers(1, regimes, (len(at), series)), axis=0)
        present = (chosen + turned) % regimes
        chosen = present[-1]
        levels: Floats = level * np.take_along_axis(factors, present, axis=0)
        return levels * _noise(rng, at, noise)

    return draw


KINDS: Mapping[str, Kind] = {
    kind.__name__: kind
    for kind in (
        gaussian, heavy_tailed, skewed, autocorrelated, seasonal, trending,
        counts, ratios, quantised, sparse, bursty, regime_switching,
    )
}  # fmt: skip


def generator(seed: int, name: str) -> np.random.Generator:
    """The source of chance of a kind: what one kind draws does not depend on the others."""
    return np.random.default_rng([seed, list(KINDS).index(name)])


class _Memory:
    """A first-order process of each series: y = k y + input, k = exp(-step / memory)."""

    def __init__(self, memory_s: Floats) -> None:
        self._memory_s = memory_s
        self._last: Floats | None = None

    def unit(self, at: Floats, noise: Floats) -> Floats:
        """Driven by unit noise, with unit variance from the first instant on."""
        keep = np.exp(-_step(at) / self._memory_s)
        drive = np.sqrt(1 - keep**2) * noise
        if self._last is None:
            drive[0] = noise[0]
        return self._filtered(drive, keep)

    def sum(self, at: Floats, shots: Floats) -> Floats:
        """What is left of shots."""
        return self._filtered(shots, np.exp(-_step(at) / self._memory_s))

    def _filtered(self, drive: Floats, keep: Floats) -> Floats:
        last = np.zeros(len(keep)) if self._last is None else self._last
        y = np.empty_like(drive)
        for i, k in enumerate(keep):
            y[:, i] = lfilter([1.0], [1.0, -k], drive[:, i], zi=[k * last[i]])[0]
        self._last = y[-1].copy()
        return y


class _Began:
    """Seconds since the first instant that was drawn."""

    def __init__(self) -> None:
        self._at: float | None = None

    def since(self, at: Floats) -> Floats:
        self._at = float(at[0]) if self._at is None else self._at
        return (at - self._at)[:, None]


def _step(at: Floats) -> float:
    return float(at[1] - at[0])


def _levels(rng: np.random.Generator, series: int) -> Floats:
    return _log_uniform(rng, 1, 1e4, series)


def _log_uniform(rng: np.random.Generator, low: float, high: float, size: int) -> Floats:
    drawn: Floats = np.exp(rng.uniform(np.log(low), np.log(high), size))
    return drawn


def _normal(rng: np.random.Generator, at: Floats, series: int) -> Floats:
    return rng.standard_normal((len(at), series))


def _noise(rng: np.random.Generator, at: Floats, noise: Floats) -> Floats:
    return 1 + noise * _normal(rng, at, len(noise))


def _wave(turns: Floats) -> Floats:
    return np.sin(2 * np.pi * turns)
