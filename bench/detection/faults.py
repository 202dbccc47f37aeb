"""Ten faults at three sizes, planted into series that have none.

Sizes are in standard deviations of a series' own noise (what is left of it when the day before is
taken away, over the root of two), unless said otherwise:

| fault | sizes | lasts |
|---|---|---|
| spike, dip | 4, 6, 10 above or below | one sample |
| level_shift | 2, 3, 5 above | 3 h |
| slow_drift | grows to 3, 5, 8 above | 6 h |
| variance_change | the noise becomes 2, 3, 5 times as large | 3 h |
| season_break | the day of 2, 4, 8 hours later | 6 h |
| stuck_value | the first value over and over | 1, 3, 8 h |
| missing_data | no samples | 1, 3, 8 h |
| count_burst | so many events more: 2, 4, 8 | 30 min |
| ratio_jump | errors by requests: 2, 4, 8 above | 30 min |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.detection.kinds import Floats

SIZES = ("small", "medium", "large")
ANY = ("gaussian", "heavy_tailed", "autocorrelated", "seasonal")


class Place(NamedTuple):
    """Where a fault is put: the values from its begin on (and beyond its end), and how many of them
    it takes; its size; the noise of the series; samples an hour; a source of chance."""

    clean: Floats
    samples: int
    size: float
    noise: float
    an_hour: int
    rng: np.random.Generator

    @property
    def values(self) -> Floats:
        """The values that are to be replaced."""
        return self.clean[: self.samples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Series of these kinds, by three sizes, for so many hours, as changed."""

    kinds: tuple[str, ...] = ANY
    sizes: tuple[float, float, float]
    hours: tuple[float, float, float]
    change: Callable[[Place], Floats]


def _above(place: Place) -> Floats:
    return place.values + place.size * place.noise


def _below(place: Place) -> Floats:
    return place.values - place.size * place.noise


def _ramp(place: Place) -> Floats:
    return place.values + place.size * place.noise * np.linspace(0, 1, place.samples)


def _noisier(place: Place) -> Floats:
    more = float(np.sqrt(place.size**2 - 1)) * place.noise
    return place.values + more * place.rng.standard_normal(place.samples)


def _later(place: Place) -> Floats:
    first = int(place.size * place.an_hour)
    return place.clean[first : first + place.samples]


def _stuck(place: Place) -> Floats:
    return np.full(place.samples, place.clean[0], np.float64)


def _missing(place: Place) -> Floats:
    return np.full(place.samples, np.nan)


def _events(place: Place) -> Floats:
    return place.values + place.rng.poisson(place.size * place.noise, place.samples)


def _share(place: Place) -> Floats:
    shares: Floats = np.minimum(_above(place), 1.0)
    return shares


_INSTANT, _BRIEF, _HOURS, _QUARTER = (0, 0, 0), (0.5, 0.5, 0.5), (3, 3, 3), (6, 6, 6)
_LASTS = (1, 3, 8)

FAULTS: Mapping[str, Fault] = {
    "spike": Fault(sizes=(4, 6, 10), hours=_INSTANT, change=_above),
    "dip": Fault(sizes=(4, 6, 10), hours=_INSTANT, change=_below),
    "level_shift": Fault(sizes=(2, 3, 5), hours=_HOURS, change=_above),
    "slow_drift": Fault(sizes=(3, 5, 8), hours=_QUARTER, change=_ramp),
    "variance_change": Fault(sizes=(2, 3, 5), hours=_HOURS, change=_noisier),
    "season_break": Fault(kinds=("seasonal",), sizes=(2, 4, 8), hours=_QUARTER, change=_later),
    "stuck_value": Fault(sizes=(0, 0, 0), hours=_LASTS, change=_stuck),
    "missing_data": Fault(sizes=(0, 0, 0), hours=_LASTS, change=_missing),
    "count_burst": Fault(kinds=("counts",), sizes=(2, 4, 8), hours=_BRIEF, change=_events),
    "ratio_jump": Fault(kinds=("ratios",), sizes=(2, 4, 8), hours=_BRIEF, change=_share),
}
