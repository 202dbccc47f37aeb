"""The loops of `detectors/peaks.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.fetch import AHEAD, fetch
from detectors.kernels.kernel import kernel
from detectors.kernels.tail import MOST

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Rules = npt.NDArray[np.uint16]
Index = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]

MOST_OF = 32
LAST = MOST_OF - 1
SHARE = 0.02  # of the samples beyond the edge
FEW = 20.0  # runs that the first guess is worth ...
FIRST_STEPS = 2000.0  # ... and the samples in which so many are expected
EAGER = 50.0  # samples that the first guess of the edge is worth
LEFT_OUT = 1.3  # runs for one that is expected: the tails learn little of alarms
FARTHEST = 15.0  # mean excesses: what one peak can teach at most
HEAVIEST, LIGHTEST = 0.3, 1e-3
LEAST = 0.05  # an edge, a mean excess
QUIET = 10.0  # cadences: a longer silence is not time without a run
SHORTEST = 1e-3  # seconds between samples


@kernel("i8(u2[:], i8)")
def others(rule: Rules, number: int) -> int:
    """How many rows were learnt under another rule."""
    count = 0
    for i in range(rule.size):
        count += rule[i] != number
    return count


@kernel("f8(f8, f8, f8)")
def at_edge(count: float, span: float, cadence: float) -> float:
    """The surprise of a run that just comes about."""
    steps = span / max(cadence, SHORTEST) + FIRST_STEPS
    nats: float = -np.log(min(LEFT_OUT * (count + FEW) / steps, 0.5))
    return nats


@kernel("f8(f8, f8, f8, f8)")
def beyond(m1: float, m2: float, excess: float, count: float) -> float:
    """-log of the share of runs whose peak is so far beyond the edge."""
    square = m1 * m1
    shape = (1.0 - square / max(m2 - square, 1e-6 * square)) * 0.5
    shape = min(max(shape, LIGHTEST), HEAVIEST)
    g = shape + 1.0 / (count + FEW)
    nats: float = np.log1p(g * excess / (m1 * (1.0 - shape))) / g
    return nats


@kernel(f"void(f8[:], f8[:], {'f4[:], ' * 5}f8[:])")
def surprise(
    nats: Floats,
    cadence: Floats,
    edge: Floats32,
    count: Floats32,
    span: Floats32,
    m1: Floats32,
    m2: Floats32,
    calibrated: Floats,
) -> None:
    """Fill in `calibrated`."""
    for i in range(nats.size):
        v = nats[i]
        if v != v:
            calibrated[i] = np.nan
            continue
        told = at_edge(count[i], span[i], cadence[i])
        if v > edge[i]:
            told += beyond(m1[i], m2[i], v - edge[i], count[i])
        else:
            told *= v / edge[i]
        calibrated[i] = min(told, MOST)


@kernel("i8(f4[:], i8, i8, i8, f8)")
def reaching(recent: Floats32, base: int, place: int, of: int, edge: float) -> int:
    """How many of the last n surprises, of which `place` is the newest, reach the edge."""
    count = 0
    for back in range(of):
        count += recent[base + ((place - back) & LAST)] >= edge
    return count


@kernel("f8(f4[:], i8, i8, i8, i8, f8[:])")
def strength(
    recent: Floats32, base: int, place: int, samples: int, of: int, largest: Floats
) -> float:
    """The m-th largest of the last n surprises; `largest` is room for m numbers."""
    largest[:] = -np.inf
    for back in range(of):
        v = recent[base + ((place - back) & LAST)]
        for k in range(samples):
            if v > largest[k]:
                largest[k], v = v, largest[k]
    told: float = largest[samples - 1]
    return told


@kernel("f8(f8, f8, f8, b1)")
def moved(edge: float, m1: float, seen: float, is_over: bool) -> float:
    """The edge after a sample; its steps follow the peaks' scale."""
    step = m1 / (SHARE * (seen + EAGER))
    return max(edge + step * (is_over - SHARE), LEAST)


@kernel("void(f4[:], f4[:], f4[:], i8, f8)")
def learn_peak(m1: Floats32, m2: Floats32, count: Floats32, i: int, excess: float) -> None:
    """Take in the peak of a run that ended, so far beyond the edge."""
    excess = min(max(excess, 0.0), FARTHEST * m1[i])
    count[i] += 1.0
    gain = 1.0 / (count[i] + FEW)
    m1[i] = max(m1[i] + gain * (excess - m1[i]), LEAST)
    m2[i] = m2[i] + gain * (excess * excess - m2[i])


@kernel(f"void({'f8[:], ' * 4}b1[:], i8, i8, f8, f8, f8[:], {'f4[:], ' * 7}u1[:], f4[:], i8[:])")
def learn(
    nats: Floats,
    at: Floats,
    dt: Floats,
    cadence: Floats,
    told: Flags,
    samples: int,
    of: int,
    pause_s: float,
    memory_s: float,
    heard_at: Floats,
    edge: Floats32,
    seen: Floats32,
    peak: Floats32,
    count: Floats32,
    span: Floats32,
    m1: Floats32,
    m2: Floats32,
    place: Bytes,
    recent: Floats32,
    base: Index,
) -> None:
    """Take samples in."""
    largest = np.empty(samples)
    for i in range(nats.size):
        if of > 1 and i + AHEAD < nats.size:
            fetch(recent, base[i + AHEAD] + int(place[i + AHEAD]))
        known = told[i] and nats[i] == nats[i]
        v = nats[i] if known else 0.0
        is_over = known and v >= edge[i]
        if of > 1:
            now = int(place[i]) & LAST
            recent[base[i] + now] = v
            place[i] = (now + 1) & LAST
            is_over = known and reaching(recent, base[i], now, of, edge[i]) >= samples
            if is_over:
                v = strength(recent, base[i], now, samples, of, largest)
        if known:
            passed = min(dt[i], QUIET * max(cadence[i], SHORTEST))
            keep = np.exp(-passed / memory_s)
            span[i] = span[i] * keep + passed
            count[i] *= keep
            seen[i] = seen[i] * keep + 1.0
            edge[i] = moved(edge[i], m1[i], seen[i], is_over)
        if is_over:
            heard_at[i] = at[i]
            peak[i] = max(peak[i], v)
        elif peak[i] > 0 and at[i] - heard_at[i] >= pause_s:
            learn_peak(m1, m2, count, i, peak[i] - edge[i])
            peak[i] = 0.0
