"""A detector beside a plain loop over single numbers: both must say the same of any series."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from hypothesis import strategies as st

from detectors.detector import Detector
from detectors.state import fresh

ROWS, STEPS = 3, 150
EPOCH = 1_700_000_000.0
CLOSE = 1e-9


class Naive(Protocol):
    """The same detector for one series, in plain Python."""

    def score(self, x: float, at: float) -> tuple[float, float]:
        """Residual and expected value; NaN where there is none."""

    def learn(self, x: float, at: float, weight: float) -> None:
        """Take a sample in."""


@dataclass(frozen=True, repr=False)
class Histories:
    """Samples of a few series, each an array of (steps, series); every series has its own times."""

    at: np.ndarray
    x: np.ndarray
    weight: np.ndarray


@st.composite
def histories(draw: Any, *, low: float = -math.inf, high: float = math.inf) -> Histories:
    """Series with noise, ties, outliers, drift, shifts, gaps, and samples that weigh little."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (STEPS, ROWS)
    level, noise = draw(st.sampled_from([0.0, 0.3, 100.0, 1e9])), draw(st.sampled_from([0, 0.1, 5]))
    step = draw(st.sampled_from([1.0, 60.0, 3600.0]))
    gaps, outliers, shifts, doubts = (draw(st.sampled_from([0.0, 0.02, 0.2])) for _ in range(4))
    dt = step * rng.choice([1.0, 1.0, 1.0, 0.5, 2.7], shape)
    dt = np.where(rng.random(shape) < gaps, dt * rng.choice([8.0, 300.0, 9e4], shape), dt)
    x = (
        level
        + noise * rng.normal(size=shape)
        + draw(st.sampled_from([0.0, 0.2])) * np.arange(STEPS).reshape(-1, 1)
    )
    x += np.where(rng.random(shape) < outliers, 50 * rng.standard_cauchy(shape), 0.0)
    x += np.cumsum(np.where(rng.random(shape) < shifts, rng.normal(size=shape), 0.0), axis=0)
    if draw(st.booleans()):
        x = np.round(x)
    weight = np.where(rng.random(shape) < doubts, rng.choice([0.0, 0.01, 0.25], shape), 1.0)
    at = EPOCH + np.cumsum(dt, axis=0)
    return Histories(at, np.minimum(np.maximum(x, low), high), weight)


def assert_agree(
    detector: Detector, make: Callable[[], Naive], told: Histories, close: float = CLOSE
) -> None:
    """Every residual and expected value of the detector is that of the plain loop."""
    state = fresh(detector.dtype, ROWS)
    detector.start(state)
    naive = [make() for _ in range(ROWS)]
    with np.errstate(all="raise", under="ignore"):
        for step, (at, x, weight) in enumerate(zip(told.at, told.x, told.weight, strict=True)):
            judged = detector.score(state, x, at)
            samples = np.stack((x, at, weight), axis=1).tolist()
            both = list(zip(naive, samples, strict=True))
            wanted = np.array([one.score(*sample[:2]) for one, sample in both])
            for found, want in zip((judged.residual, judged.expected), wanted.T, strict=True):
                np.testing.assert_allclose(found, want, close, close, err_msg=f"step {step}")
            detector.learn(state, x, at, weight, judged.memo)
            for one, sample in both:
                one.learn(*sample)


class NaivePace:
    """When the samples of one series come."""

    def __init__(self, *, memory_s: float, young: int) -> None:
        self.memory_s, self.young = memory_s, young
        self.at = self.step = self.seen = 0.0

    @property
    def is_young(self) -> bool:
        return self.seen < self.young

    def dt(self, at: float) -> float:
        return at - self.at if self.seen else 0.0

    def is_gap(self, at: float) -> bool:
        return self.dt(at) > max(5 * self.step, 3 * self.memory_s)

    def is_blind(self, at: float) -> bool:
        return self.is_young or self.is_gap(at)

    def gain(self, at: float, tau: float) -> float:
        return max(1 - math.exp(-self.dt(at) / tau), 1 / (self.seen + 1))

    def keep(self, at: float, weight: float) -> None:
        dt = self.dt(at)
        self.step = dt if self.seen < 2 else self.step + 0.05 * (min(dt, 3 * self.step) - self.step)
        self.seen += weight if self.seen else 1.0
        self.at = at


class NaiveUsual:
    """The usual size of differences of one series."""

    def __init__(self, spread_s: float) -> None:
        self.spread_s, self.size = spread_s, 0.0

    def scale(self, level: float) -> float:
        return max(1.2533 * self.size, 1e-9 * abs(level) + 1e-12)

    def keep(self, difference: float, at: float, weight: float, pace: NaivePace) -> None:
        if pace.is_gap(at):
            return
        b = pace.gain(at, max(30 * pace.step, self.spread_s))
        taken = abs(difference)
        if pace.is_young:
            b = max(b, 1 / max(pace.seen, 1))
        else:
            b, taken = min(b, 0.2), min(taken, 5 * self.size or math.inf)
        self.size += weight * b * (taken - self.size)
