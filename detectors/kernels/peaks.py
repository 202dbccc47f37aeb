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
FEW = 8.0  # runs that the first guess is worth ...
FIRST_STEPS = 100.0  # ... and for each of them the samples in which one is expected
DOUBTED = 20.0  # runs: how uncertain the tail is at first
EAGER = 50.0  # samples that the first guess of the edge is worth
FARTHEST = 8.0  # mean excesses: what one peak can teach at most
HEAVIEST, LIGHTEST = 0.3, 1e-3
LEAST = 0.05  # an edge, a mean excess
OWED, MOST_OWED = 0.3, 1.25  # nats: for an anomaly that opened, and at the most
QUIET = 10.0  # cadences: a longer silence is not time without a run
SHORTEST = 1e-3  # seconds between samples


@kernel("i8(u2[:], i8)", trusts=True)
def others(rule: Rules, number: int) -> int:
    """How many rows were learnt under another rule."""
    count = 0
    for i in range(rule.size):
        count += rule[i] != number
    return count


@kernel("f8(f8, f8)")
def in_steps(span: float, cadence: float) -> float:
    """How many samples there were in so many seconds."""
    return span / max(cadence, SHORTEST)


@kernel("f8(f8, f8)")
def at_edge(count: float, steps: float) -> float:
    """The surprise of a run that just comes about, of so many in so many samples."""
    nats: float = -np.log(min((count + FEW) / (steps + FEW * FIRST_STEPS), 0.5))
    return nats


@kernel("f8(f8, f8, f8, f8)")
def beyond(m1: float, m2: float, excess: float, count: float) -> float:
    """-log of the share of runs whose peak is so far beyond the edge."""
    square = m1 * m1
    shape = (1.0 - square / max(m2 - square, 1e-6 * square)) * 0.5
    shape = min(max(shape, LIGHTEST), HEAVIEST)
    g = shape + 1.0 / (count + DOUBTED)
    nats: float = np.log1p(g * excess / (m1 * (1.0 - shape))) / g
    return nats


@kernel("f8(f8, f8, f8, f8, f8, f8)")
def calibrated(
    v: float, edge: float, from_edge: float, m1: float, m2: float, count: float
) -> float:
    """-log of how often, per sample, a run is so strange; `from_edge`: of one at the edge."""
    if v > edge:
        return min(from_edge + beyond(m1, m2, v - edge, count), MOST)
    return min(from_edge * v / edge, MOST)


@kernel(f"void(f8[:], f8[:], f8[:], f8, f8, {'f4[:], ' * 10}f8[:, :])", trusts=True)
def surprise(
    nats: Floats,
    single: Floats,
    cadence: Floats,
    for_runs: float,
    for_single: float,
    owed: Floats32,
    span: Floats32,
    edge: Floats32,
    count: Floats32,
    m1: Floats32,
    m2: Floats32,
    single_edge: Floats32,
    single_count: Floats32,
    single_m1: Floats32,
    single_m2: Floats32,
    told: Floats,
) -> None:
    """Fill in what is told of runs, and of single samples; `for_...` are logs of their shares."""
    for i in range(nats.size):
        v, alone = nats[i], single[i]
        told[0, i], told[1, i] = v, 0.0
        if v != v:
            continue
        steps, n = in_steps(span[i], cadence[i]), count[i]
        first = at_edge(n, steps)
        of_runs = for_runs + calibrated(v, edge[i], first, m1[i], m2[i], n)
        told[0, i] = max(of_runs - owed[i], 0.0)
        if for_single > -np.inf and alone == alone:
            n, least = single_count[i], (single_edge[i], single_m1[i], single_m2[i])
            first = at_edge(n, steps)
            nats_alone = calibrated(alone, least[0], first, least[1], least[2], n)
            told[1, i] = max(for_single + nats_alone - owed[i], 0.0)


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


@kernel("void(i8, f8, f8, b1, f8, f8, b1, f8, f8[:], f4[:], f4[:], f4[:], f4[:], f4[:])")
def follow(
    i: int,
    v: float,
    at: float,
    known: bool,
    keep: float,
    seen: float,
    is_over: bool,
    pause_s: float,
    heard_at: Floats,
    edge: Floats32,
    peak: Floats32,
    count: Floats32,
    m1: Floats32,
    m2: Floats32,
) -> None:
    """A run goes on, or has ended and teaches; `keep` is what is kept of the past."""
    if known:
        count[i] *= keep
        edge[i] = moved(edge[i], m1[i], seen, is_over)
    if is_over:
        heard_at[i] = at
        peak[i] = max(peak[i], v)
    elif peak[i] > 0 and at - heard_at[i] >= pause_s:
        learn_peak(m1, m2, count, i, peak[i] - edge[i])
        peak[i] = 0.0


_OF_A_SCALE = f"f8[:], {'f4[:], ' * 5}"  # heard_at, edge, peak, count, m1, m2


@kernel(
    f"void({'f8[:], ' * 5}b1[:], u1[:], i8, i8, f8, f8, "
    f"f4[:], f4[:], {_OF_A_SCALE * 2}u1[:], f4[:], i8[:])",
    trusts=True,
)
def learn(
    nats: Floats,
    alone: Floats,
    at: Floats,
    dt: Floats,
    cadence: Floats,
    told: Flags,
    is_open: Bytes,
    samples: int,
    of: int,
    pause_s: float,
    memory_s: float,
    seen: Floats32,
    span: Floats32,
    heard_at: Floats,
    edge: Floats32,
    peak: Floats32,
    count: Floats32,
    m1: Floats32,
    m2: Floats32,
    single_at: Floats,
    single_edge: Floats32,
    single_peak: Floats32,
    single_count: Floats32,
    single_m1: Floats32,
    single_m2: Floats32,
    place: Bytes,
    recent: Floats32,
    base: Index,
) -> None:
    """Take samples in."""
    largest = np.empty(samples)
    runs = (heard_at, edge, peak, count, m1, m2)
    singles = (single_at, single_edge, single_peak, single_count, single_m1, single_m2)
    usual, kept = np.nan, 1.0
    for i in range(nats.size):
        if of > 1 and i + AHEAD < nats.size:
            fetch(recent, base[i + AHEAD] + int(place[i + AHEAD]))
        known = told[i] and nats[i] == nats[i]
        is_alone = told[i] and alone[i] == alone[i]
        v, single = nats[i] if known else 0.0, alone[i] if is_alone else 0.0
        keep = 1.0
        is_over, is_single = known and v >= edge[i], is_alone and single >= single_edge[i]
        if of > 1:
            now = int(place[i]) & LAST
            recent[base[i] + now] = v
            place[i] = (now + 1) & LAST
            is_over = known and reaching(recent, base[i], now, of, edge[i]) >= samples
            if is_over:
                v = strength(recent, base[i], now, samples, of, largest)
        if known:
            passed = min(dt[i], QUIET * max(cadence[i], SHORTEST))
            if passed != usual:
                usual, kept = passed, np.exp(-passed / memory_s)
            keep = kept
            span[i] = span[i] * keep + passed
            seen[i] = seen[i] * keep + (0.0 if is_open[i] else 1.0)
        n = np.inf if is_open[i] else seen[i]  # edges stand still while an anomaly is open
        follow(i, v, at[i], known, keep, n, is_over, pause_s, *runs)
        follow(i, single, at[i], is_alone, keep, n, is_single, pause_s, *singles)


@kernel("void(b1[:], b1[:], f8[:], f8[:], f8[:], f4[:])", trusts=True)
def settle(
    opened: Flags,
    counts: Flags,
    dt: Floats,
    cadence: Floats,
    allowed_per_s: Floats,
    owed: Floats32,
) -> None:
    """Move what is owed; `opened` and `allowed_per_s` have one of all rows, or one each."""
    for i in range(dt.size):
        if not counts[i]:
            continue
        passed = min(dt[i], QUIET * max(cadence[i], SHORTEST))
        due = passed * allowed_per_s[i if allowed_per_s.size > 1 else 0]
        came = 1.0 if opened[i if opened.size > 1 else 0] else 0.0
        owed[i] = min(max(owed[i] + OWED * (came - due), -MOST_OWED), MOST_OWED)
