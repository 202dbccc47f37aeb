"""Series of which each has days without a fault, and then one fault."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.detection.faults import FAULTS, SIZES, Place
from bench.detection.kinds import DAY_S, KINDS, Floats, generator

STEP_S, EPOCH = 300.0, 1_700_000_000.0
A_DAY, AN_HOUR = int(DAY_S / STEP_S), int(3600 / STEP_S)
LEARNT, HISTORY = 2 * A_DAY, 8 * A_DAY  # of the history, the first two days count for nothing
STEPS, GRACE = HISTORY + 3 * A_DAY // 2, AN_HOUR // 2
_AHEAD = A_DAY

Ints = npt.NDArray[np.intp]


class Scene(NamedTuple):
    """Values (instants, series), NaN where a sample is missing; of each series its kind, its fault
    and size by name, and between which instants the fault is (the end with half an hour of grace).
    """

    at: Floats
    values: Floats
    kinds: npt.NDArray[np.str_]
    faults: npt.NDArray[np.str_]
    sizes: npt.NDArray[np.str_]
    began: Ints
    ended: Ints


def scene(seed: int, trials: int) -> Scene:
    """For each fault and size so many series, evenly of the kinds that the fault comes in."""
    cast = [
        (fault.kinds[nth % len(fault.kinds)], name, size)
        for name, fault in FAULTS.items()
        for size in range(len(SIZES))
        for nth in range(trials)
    ]
    cast.sort()
    kinds = np.array([kind for kind, _, _ in cast])
    at: Floats = EPOCH + STEP_S * np.arange(STEPS + _AHEAD, dtype=np.float64)
    clean = np.concatenate([_clean(seed, kind, at, kinds) for kind in np.unique(kinds)], axis=1)
    rng = np.random.default_rng([seed, len(KINDS)])
    began = HISTORY + rng.integers(0, A_DAY, len(cast))
    ended = np.array([_plant(clean, i, cast[i], began[i], rng) for i in range(len(cast))])
    return Scene(
        at=at[:STEPS],
        values=clean[:STEPS],
        kinds=kinds,
        faults=np.array([name for _, name, _ in cast]),
        sizes=np.array([SIZES[size] for _, _, size in cast]),
        began=began,
        ended=np.minimum(ended + GRACE, STEPS),
    )


def _clean(seed: int, kind: str, at: Floats, kinds: npt.NDArray[np.str_]) -> Floats:
    return KINDS[kind](generator(seed, kind), int(np.count_nonzero(kinds == kind)))(at)


def _plant(
    clean: Floats, i: int, role: tuple[str, str, int], began: int, rng: np.random.Generator
) -> int:
    """Put a fault into series i; gives the instant after its last."""
    _, name, size = role
    fault = FAULTS[name]
    samples = max(int(fault.hours[size] * AN_HOUR), 1)
    noise = noise_of(clean[:HISTORY, i])
    place = Place(clean[began:, i].copy(), samples, fault.sizes[size], noise, AN_HOUR, rng)
    clean[began : began + samples, i] = fault.change(place)
    return int(began) + samples


def noise_of(values: Floats) -> float:
    """The standard deviation of whole days of values, without what the day before had as well."""
    days = values.reshape(-1, A_DAY)
    return float(np.median(np.diff(days, axis=0).std(axis=1)) / np.sqrt(2))
