"""Peaks: how often a series has so strange a run of samples.

What opens an anomaly is a run, not a sample: m of the last n samples at least so strange. So the
m-th largest surprise of the last n is followed, V. From time to time it stays above a high quantile
of its own, the edge, and comes back: that is a run, and its largest V is its peak. Runs above a
surprise v > edge come so often a second:

    rate(v) = N / T (1 + g (v - edge) / s)^(-1 / g),  s = m (1 - k),  g = k + 1 / N

N runs in the time T, k = (1 - m^2 / var) / 2 held in [0, 0.3], m and var the mean and variance of
the peaks' excesses; 1 / N is what not knowing them better does to an exponential tail. Everything
is forgotten with one time constant. What is given is -log(rate(v) cadence): e to that power is the
number of samples between two runs that are so strange.

A peak teaches the same however long its run lasted, and every peak teaches: what comes every day is
usual, whatever it looks like. The first guess of the mean excess is m^(-1/4): 1 / m
where exponential surprises are independent, 1 where they stay, and those of real series are akin.
State: 60 bytes, and 4 for each of the last 32 samples.

References: R. L. Smith, 1989, Extreme Value Analysis of Environmental Time Series (peaks of
clusters); A. C. Davison, R. L. Smith, 1990, Models for Exceedances over High Thresholds;
J. Aitchison, I. R. Dunsmore, 1975, Statistical Prediction Analysis (the predictive tail).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detectors.constants import constant, constant32
from detectors.detector import Floats
from detectors.flags import Flags, every, some, which
from detectors.profile import Profile
from detectors.state import Index, State
from detectors.tail import MOST, Floats32

_MOST_OF = 32
PEAKS = np.dtype(
    [
        ("heard_at", "f8"),  # the last sample of the present run
        ("edge", "f4"),
        ("seen", "f4"),  # samples
        ("peak", "f4"),  # of the present run; 0 where there is none
        ("count", "f4"),  # runs
        ("span", "f4"),  # seconds
        ("m1", "f4"),
        ("m2", "f4"),
        ("rule", "u2"),  # the m of n that this was learnt under
        ("place", "u1"),
        ("recent", "f4", (_MOST_OF, 1)),
        ("tally", "f4", (1, 4)),  # see detectors/hypotheses.py
    ]
)

_SHARE = constant32(0.02)  # of the samples beyond the edge
_FEW = constant32(20)  # runs that the first guess is worth ...
_FIRST_STEPS = constant32(2000)  # ... and the samples in which so many are expected
_EAGER = constant32(50)  # samples that the first guess of the edge is worth
_FIRST_EDGE, _KINSHIP = 2.5, -0.25
_LEFT_OUT = constant32(1.3)  # runs for one that is expected: the tails learn little of alarms
_FARTHEST = constant32(15)  # mean excesses: what one peak can teach at most
_HEAVIEST, _LIGHTEST = constant32(0.3), constant32(1e-3)
_NOTHING, _HALF, _ONE, _LEAST = constant32(0), constant32(0.5), constant32(1), constant32(0.05)
_LONG = 4.0  # times the memory of the tails: there are few peaks
_QUIET = constant(10.0)  # cadences: a longer silence is not time without a run
_SHORTEST, _NONE = constant(1e-3), constant(0.0)


class Rule(NamedTuple):
    """What makes a run: m of n samples, and how long it may pause (seconds)."""

    samples: int
    of: int
    pause_s: float
    memory_s: float


class Known(NamedTuple):
    """What is known of the runs of n series, and the peaks of the present ones."""

    peak: Floats32
    edge: Floats32
    mean: Floats32
    square: Floats32
    runs: Floats32


def rule(profile: Profile) -> Rule:
    """The rule of a profile."""
    memory_s = _LONG * profile.memory_s
    return Rule(profile.open_samples, profile.open_of, profile.close_after_s, memory_s)


def surprise(state: State, nats: Floats, cadence: Floats) -> Floats:
    """-log(rate cadence) of samples, by their own surprise in nats (NaN: no opinion)."""
    v, edge, runs = nats.astype(np.float32), state["edge"], state["count"] + _FEW
    told = at_edge(state, cadence) * np.minimum(v / edge, _ONE)
    beyond = which(v > edge)
    if len(beyond):
        mean, square = state["m1"].take(beyond), state["m2"].take(beyond)
        excess = _excess(mean, square, (v - edge).take(beyond), runs.take(beyond))
        told.put(beyond, told.take(beyond) + excess)
    calibrated: Floats = np.minimum(told, MOST).astype(np.float64)
    return calibrated


def at_edge(state: State, cadence: Floats) -> Floats32:
    """The surprise of a run that just comes about."""
    runs = state["count"] + _FEW
    steps = state["span"] / np.maximum(cadence, _SHORTEST).astype(np.float32) + _FIRST_STEPS
    nats: Floats32 = -np.log(np.minimum(_LEFT_OUT * runs / steps, _HALF))
    return nats


def known(state: State) -> Known:
    """What is known by now."""
    return Known(*(state[name] for name in ("peak", "edge", "m1", "m2", "count")))


def peak_nats(by: Known, rows: Index) -> Floats32:
    """-log of the share of runs with a peak as high as the present ones of rows."""
    peak, edge, mean, square, runs = (column[rows] for column in by)
    return _excess(mean, square, np.maximum(peak - edge, _NOTHING), runs + _FEW)


def learn(
    state: State, nats: Floats, at: Floats, dt: Floats, cadence: Floats, by: Rule, told: Flags
) -> None:
    """Take samples in, in place, whatever they look like; of rows that are not `told` nothing.

    `dt` are the seconds since the sample before, `nats` the samples' own surprise.
    """
    known = told & (nats == nats)
    passed = np.minimum(dt, _QUIET * np.maximum(cadence, _SHORTEST))
    if not every(known):
        nats, passed = np.where(known, nats, _NONE), np.where(known, passed, _NONE)
    v = _strength(state, nats.astype(np.float32), by)
    is_over = known & (v >= state["edge"])
    keep = np.exp(-passed / by.memory_s).astype(np.float32)
    state["span"] = state["span"] * keep + passed.astype(np.float32)
    state["count"] = state["count"] * keep
    _follow(state, known, is_over, keep)
    peak, is_on = state["peak"], state["peak"] > 0
    if some(is_over):
        state["heard_at"] = np.where(is_over, at, state["heard_at"])
        peak = np.where(is_over, np.maximum(peak, v), peak)
    if some(is_on):
        ends = is_on & ~is_over & (at - state["heard_at"] >= by.pause_s)
        if some(ends):
            _learn_peaks(state, which(ends))
            peak = np.where(ends, _NOTHING, peak)
    state["peak"] = peak


def keep_rule(state: State, by: Rule) -> None:
    """Begin anew, in place, where something was learnt under another rule."""
    number = np.uint16(by.samples * 64 + by.of)
    if every(state["rule"] == number):
        return
    new = which(state["rule"] != number)
    blank = {name: np.zeros(len(new), column.dtype) for name, column in state.items()}
    blank["rule"][:] = number
    mean = by.samples**_KINSHIP
    blank["edge"][:], blank["m1"][:], blank["m2"][:] = _FIRST_EDGE, mean, 2 * mean * mean
    state.put(new, blank)
    recent = state.cells["recent"]
    places = np.arange(_MOST_OF)[:, None] + np.zeros(len(new), np.intp)
    recent.put(recent.of(new).at(places), np.zeros((1, *places.shape), np.float32))


def _strength(state: State, nats: Floats32, by: Rule) -> Floats32:
    """The m-th largest of the last n, this one included."""
    if by.of == 1:
        return nats
    place, recent = state["place"].astype(np.intp), state.cells["recent"]
    last = np.empty((by.of, len(nats)), np.float32)
    last[0] = nats
    last[1:] = recent.take(recent.at(_earlier(by.of).take(place, axis=1)))[0]
    recent.put(recent.at(place), nats[None])
    state["place"] = ((place + 1) % _MOST_OF).astype(np.uint8)
    nth = by.of - by.samples
    last.partition(nth, axis=0)
    strength: Floats32 = last[nth]
    return strength


@lru_cache
def _earlier(of: int) -> Index:
    """Where the samples before the present one are, by its place: (of - 1, places)."""
    return (np.arange(_MOST_OF) - np.arange(1, of)[:, None]) % _MOST_OF


def _follow(state: State, known: Flags, is_over: Flags, keep: Floats32) -> None:
    """Move the edge; its steps follow the peaks' scale."""
    seen = state["seen"] * keep + known
    step = known * state["m1"] / (_SHARE * (seen + _EAGER))
    state["edge"] = np.maximum(state["edge"] + step * (is_over - _SHARE), _LEAST)
    state["seen"] = seen


def _learn_peaks(state: State, ended: Index) -> None:
    mean, square = state["m1"].take(ended), state["m2"].take(ended)
    count = state["count"].take(ended) + _ONE
    beyond = np.maximum(state["peak"].take(ended) - state["edge"].take(ended), _NOTHING)
    excess = np.minimum(beyond, _FARTHEST * mean)
    gain = _ONE / (count + _FEW)
    mean = np.maximum(mean + gain * (excess - mean), _LEAST)
    square = square + gain * (excess * excess - square)
    state.put(ended, {"m1": mean, "m2": square, "count": count})


def _excess(mean: Floats32, square: Floats32, excess: Floats32, runs: Floats32) -> Floats32:
    variance = np.maximum(square - mean * mean, np.float32(1e-6) * mean * mean)
    shape = (_ONE - mean * mean / variance) * _HALF
    shape = np.minimum(np.maximum(shape, _LIGHTEST), _HEAVIEST)
    g = shape + _ONE / runs
    nats: Floats32 = np.log1p(g * excess / (mean * (_ONE - shape))) / g
    return nats
