"""A small web shop, simulated: the same seed and instant always give the same values.

Traffic follows the day, lowest at 04:00 and highest at 16:00 UTC. Times and rates carry lognormal
noise of a few per cent; ratios are binomial over the requests behind them, so they are noisier at
night, as real ones are. Nothing here knows a clock: callers say which instants they want.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

DAY_S = 86_400.0
LOWEST_S = 4 * 3600.0
BLOCK = 256  # steps drawn together; a block is the unit of randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One series of the shop: `low` at the bottom of the day, `high` at its top.

    `noise` is the sigma of lognormal noise; where `trials` is above 0 the value is instead a share
    of that many binomial trials (times the requests of the step, if `per_request`).
    """

    service: str
    name: str
    low: float
    high: float
    noise: float = 0.05
    trials: int = 0
    per_request: bool = False

    @property
    def is_ratio(self) -> bool:
        """True when the value is held within [0, 1]."""
        return self.name.endswith("_ratio")


# service: latency ms, requests/s, error ratio, CPU ratio at the top of the day, and latency noise
_SERVICES = {
    "checkout": (180.0, 40.0, 0.010, 0.45, 0.06),
    "search": (95.0, 120.0, 0.006, 0.55, 0.05),
    "db": (12.0, 900.0, 0.002, 0.50, 0.04),
    "storefront": (140.0, 260.0, 0.004, 0.48, 0.05),
    "payments": (320.0, 35.0, 0.012, 0.30, 0.07),
    "cache": (1.8, 1500.0, 0.001, 0.25, 0.04),
    "inventory": (60.0, 80.0, 0.005, 0.35, 0.06),
    "cart": (70.0, 90.0, 0.006, 0.38, 0.05),
    "catalog": (55.0, 200.0, 0.003, 0.42, 0.05),
    "shipping": (210.0, 20.0, 0.008, 0.22, 0.08),
}
SERVICES = tuple(_SERVICES)

_ERRORS = {
    "TimeoutError": "no answer from {peer} within 2000 ms",
    "ConnectionReset": "{peer} closed the connection",
    "ValidationError": "order {n}: postal code is missing",
    "StaleCache": "entry {n} is older than its source",
}
ERROR_TYPES = tuple(_ERRORS)


def _usual(service: str) -> tuple[Metric, ...]:
    latency, requests, errors, cpu, noise = _SERVICES[service]
    return (
        Metric(service=service, name="latency_ms", low=latency * 0.8, high=latency, noise=noise),
        Metric(service=service, name="requests_per_s", low=requests * 0.35, high=requests),
        Metric(
            service=service,
            name="error_ratio",
            low=errors,
            high=errors,
            trials=1,
            per_request=True,
        ),
        Metric(service=service, name="cpu_ratio", low=cpu * 0.5, high=cpu, noise=0.04),
    )


_SPECIAL = (
    Metric(service="storefront", name="orders_per_min", low=20.0, high=110.0, noise=0.06),
    Metric(service="db", name="connections", low=90.0, high=120.0, noise=0.03),
    Metric(service="inventory", name="queue_depth", low=30.0, high=60.0, noise=0.08),
    Metric(service="cache", name="hit_ratio", low=0.94, high=0.94, trials=4000),
)
METRICS: tuple[Metric, ...] = tuple(
    m for s in SERVICES for m in (*_usual(s), *(x for x in _SPECIAL if x.service == s))
)
COLUMN = {(m.service, m.name): i for i, m in enumerate(METRICS)}
_REQUESTS = tuple(COLUMN[m.service, "requests_per_s"] for m in METRICS)


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as seen every `step_s` seconds.

    >>> shop = Shop(seed=1)
    >>> shop.values(0.0, 4).shape == (4, len(METRICS))
    True
    """

    seed: int = 1
    step_s: float = 30.0
    errors_per_min: float = 1.0

    def times(self, t0: float, steps: int) -> Floats:
        """Instants of `steps` steps from `t0`, epoch seconds; `t0` is rounded to a step."""
        return (self._first(t0) + np.arange(steps, dtype=np.float64)) * self.step_s

    def means(self, times: Floats) -> Floats:
        """What each series is about at these instants: (times, series)."""
        low, high = (np.array([getattr(m, e) for m in METRICS]) for e in ("low", "high"))
        return np.asarray(low + (high - low) * day_curve(times)[:, None])

    def values(self, t0: float, steps: int) -> Floats:
        """Values of every series of :data:`METRICS`, as (steps, series)."""
        return self._gather(t0, steps)[0]

    def error_counts(self, t0: float, steps: int, factor: Floats | None = None) -> Counts:
        """Errors of each service in the step that ends at each instant: (steps, services).

        `factor` multiplies the usual rate, (steps, services).
        """
        uniform = self._gather(t0, steps)[1]
        usual = self.errors_per_min * self.step_s / 60.0
        rate = np.full(uniform.shape, usual) if factor is None else usual * factor
        from scipy.stats import poisson  # slow to import, and every command imports this file

        counts = np.where(rate > 0.0, poisson.ppf(uniform, np.maximum(rate, 1e-12)), 0.0)
        return np.asarray(counts, dtype=np.int64)

    def _first(self, t0: float) -> int:
        return round(t0 / self.step_s)

    def _gather(self, t0: float, steps: int) -> tuple[Floats, Floats]:
        first = self._first(t0)
        last = first + max(steps, 1) - 1
        blocks = [self._block(b) for b in range(first // BLOCK, last // BLOCK + 1)]
        start = first % BLOCK
        values, uniform = (np.concatenate(part) for part in zip(*blocks, strict=True))
        return values[start : start + steps], uniform[start : start + steps]

    def _block(self, index: int) -> tuple[Floats, Floats]:
        return _draw(self, index)


def day_curve(times: Floats) -> Floats:
    """0 at the bottom of the day, 1 at its top."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * (times - LOWEST_S) / DAY_S))


@lru_cache(maxsize=16)
def _draw(shop: Shop, index: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng([shop.seed, index])
    means = shop.means(shop.times(index * BLOCK * shop.step_s, BLOCK))
    noise = np.array([m.noise for m in METRICS])
    values = means * np.exp(noise * rng.standard_normal(means.shape))
    for column, metric in enumerate(METRICS):
        if metric.trials:
            values[:, column] = _share(shop, rng, metric, means, column)
        if metric.is_ratio:
            np.clip(values[:, column], 0.0, 1.0, out=values[:, column])
    return values, rng.random((BLOCK, len(SERVICES)))


def _share(
    shop: Shop, rng: np.random.Generator, metric: Metric, means: Floats, column: int
) -> Floats:
    requests = means[:, _REQUESTS[column]] * shop.step_s if metric.per_request else 1.0
    trials = np.maximum(np.rint(metric.trials * requests * np.ones(len(means))), 1.0)
    return np.asarray(rng.binomial(trials.astype(np.int64), means[:, column]) / trials)


def error_text(kind: str, service: str, number: int) -> str:
    """The message of an error, as the service would have logged it."""
    return _ERRORS[kind].format(peer=SERVICES[number % len(SERVICES)], n=1000 + number)
