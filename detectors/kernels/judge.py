"""The loops of `detectors/judge.py`, which says what they do.

Tables have a row a detector, those of the tails one more, for what all say together; n columns. A
cube has the columns of each judgement: residual, expected, lower, upper.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.tail import MOST, Column32, Table32, nats_of

Column = npt.NDArray[np.float64]
Table = npt.NDArray[np.float64]
Cube = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DOWN, BOTH, UP = -1, 0, 1
LARGEST = 1e15
ALONE = 3.0  # nats by which one detector must exceed what all say together
HEAVIEST_SUM = 0.01  # a sum of surprises has an exponential tail
LONGEST_S = 3600.0  # a gap is not evidence: it fades calibration no more than this


@kernel("f8(f8, i8)")
def size(residual: float, direction: int) -> float:
    """How far a residual is off in the direction that matters; NaN stays."""
    far = abs(residual) if direction == BOTH else direction * residual
    return min(0.0 if far < 0 else far, LARGEST)


@kernel("f8(f8, f8)")
def higher(nats: float, other: float) -> float:
    """The higher of two surprises, each of which may be NaN."""
    return other if other > nats or nats != nats else nats


@kernel("f8(f8, f8)")
def either(together: float, alone: float) -> float:
    """What all say together, or one alone if it says so much more."""
    alone -= ALONE
    return higher(together, 0.0 if alone < 0 else alone)


@kernel(f"void(f8[:,:], b1[:], f8[:], i8, {'f4[:,:], ' * 8}f8[:])")
def weigh(
    residual: Table,
    absolute: Flags,
    heaviest: Column,
    direction: int,
    seen: Table32,
    middle: Table32,
    edge: Table32,
    share: Table32,
    m1: Table32,
    m2: Table32,
    told: Table32,
    parts: Table32,
    nats: Column,
) -> None:
    """Fill in what the tails are told, the surprise of each detector, and that of all."""
    is_single = absolute.size - np.sum(absolute) == 1
    for i in range(nats.size):
        total, known, alone = 0.0, 0, np.nan
        for detector in range(absolute.size):
            p, is_absolute = (detector, i), absolute[detector]
            told[p] = size(residual[p], BOTH if is_absolute else direction)
            r = told[p]
            if is_absolute:
                parts[p] = min(r, MOST)
                continue
            most = heaviest[detector]
            parts[p] = nats_of(seen[p], middle[p], edge[p], share[p], m1[p], m2[p], r, most)
            part = parts[p]
            if part == part:
                total, known, alone = total + part, known + 1, higher(alone, part)
        p = (absolute.size, i)
        told[p] = total / known if known else np.nan
        nats[i] = alone
        if not is_single:
            r = told[p]
            r = nats_of(seen[p], middle[p], edge[p], share[p], m1[p], m2[p], r, HEAVIEST_SUM)
            nats[i] = either(r, alone)


@kernel("void(b1[:], f8[:], f4[:,:], f8[:])")
def of_one(absolute: Flags, on_one: Column, parts: Table32, single: Column) -> None:
    """Fill in the surprise of one sample: the mean of detectors, by what they say `on_one`."""
    for i in range(single.size):
        weighed, weight = 0.0, 0.0
        for detector in range(absolute.size):
            part = parts[detector, i]
            if not absolute[detector] and part == part:
                weighed, weight = weighed + on_one[detector] * part, weight + on_one[detector]
        single[i] = weighed / weight if weight > 0 else np.nan


@kernel("void(b1[:], f4[:,:], f8[:])", trusts=True)
def raised(absolute: Flags, parts: Table32, nats: Column) -> None:
    """Surprise, and where a detector that is absolute says more, that; in place, never NaN."""
    for i in range(nats.size):
        nats[i] = higher(0.0, nats[i])
    for detector in range(absolute.size):
        if absolute[detector]:
            for i in range(nats.size):
                nats[i] = higher(nats[i], parts[detector, i])


@kernel("void(f8[:,:,::1], f8[:,::1])")
def first_opinion(judged: Cube, opinion: Table) -> None:
    """Fill in expected, lower and upper: of the first detector that knows either end."""
    for i in range(opinion.shape[1]):
        for detector in range(judged.shape[0]):
            expected, lower, upper = judged[detector, 1:, i]
            if lower == lower or upper == upper:
                break
        opinion[0, i], opinion[1, i], opinion[2, i] = expected, lower, upper


@kernel(
    f"void(f8[:,:,::1], b1[:], f8[:], f8[:], i8, {'f4[:,:], ' * 8}f8[:], f8[:], f8[:], f8[:,::1])"
)
def verdict(
    judged: Cube,
    absolute: Flags,
    heaviest: Column,
    on_one: Column,
    direction: int,
    seen: Table32,
    middle: Table32,
    edge: Table32,
    share: Table32,
    m1: Table32,
    m2: Table32,
    told: Table32,
    parts: Table32,
    nats: Column,
    single: Column,
    doubt: Column,
    opinion: Table,
) -> None:
    """Weigh what is judged in the direction that matters, and for the doubt in either."""
    residual = judged[:, 0]
    at = (seen, middle, edge, share, m1, m2)
    weigh(residual, absolute, heaviest, direction, *at, told, parts, nats)
    of_one(absolute, on_one, parts, single)
    doubt[:] = nats
    if direction != BOTH:
        sized, each = np.empty_like(told), np.empty_like(parts)
        weigh(residual, absolute, heaviest, BOTH, *at, sized, each, doubt)
    raised(absolute, parts, doubt)
    first_opinion(judged, opinion)


@kernel("void(f8[:], f8[:], f8, f4[:], f4[:])", trusts=True)
def fade(weight: Column, dt: Column, memory_s: float, taken: Column32, keep: Column32) -> None:
    """Fill in what the tails take of samples, and what they keep of the past."""
    usual, kept = np.nan, 1.0
    for i in range(weight.size):
        taken[i] = weight[i]
        passed = min(dt[i], LONGEST_S)
        if passed != usual:
            usual, kept = passed, np.exp(-passed / memory_s)
        keep[i] = kept


@kernel(f"void({'f8[:], ' * 5}f8, f8, b1[:], b1[:])", trusts=True)
def alarm(
    nats: Column,
    single: Column,
    limit: Column,
    value: Column,
    expected: Column,
    least: float,
    least_ratio: float,
    alarms: Flags,
    at_once: Flags,
) -> None:
    """Fill in which samples are too surprising, and far enough off to matter, and which alone."""
    for i in range(nats.size):
        at_once[i] = single[i] >= limit[i]
        alarms[i] = at_once[i] or nats[i] >= limit[i]
        if alarms[i]:
            enough = max(least, least_ratio * abs(expected[i]))
            alarms[i] = not abs(value[i] - expected[i]) < enough
