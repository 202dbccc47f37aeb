"""Peaks: how often a series has so strange a run of samples.

What opens an anomaly is a run, not a sample: m of the last n samples at least so strange. So the
m-th largest surprise of the last n is followed, V. From time to time it stays above a high quantile
of its own, the edge, and comes back: that is a run, and its largest V is its peak. While an anomaly
is open the edge stands still, or a trouble of hours would become it. Runs above a surprise v > edge
come so often a second:

    rate(v) = N / T (1 + g (v - edge) / s)^(-1 / g),  s = m (1 - k),  g = k + 1 / (N + 20)

N runs in the time T, k = (1 - m^2 / var) / 2 held in [0, 0.3], m and var the mean and variance of
the peaks' excesses; what is added to k is what not knowing them better does to a tail. Everything
is forgotten with one time constant. What is given is -log(rate(v) cadence): e to that power is the
number of samples between two runs that are so strange.

The same is learnt of runs of 1 of 1, for samples that open an anomaly at once, by what is said of
one sample alone (detectors/judge.py). Where a share w of the budget is theirs, rate(v) counts 1 / w
times for them and 1 / (1 - 3 w / 4) times for the runs of m of n: a quarter of what opens at once
would have opened as such a run as well.

A peak teaches the same however long its run lasted, and every peak teaches: what comes every day is
usual, whatever it looks like. The first guess of the mean excess, worth eight runs, is m^(-1/4):
1 / m where exponential surprises are independent, 1 where they stay, and those of real series are
akin. That of single samples is 1.5: tails are heavier than a day shows.

What opened in the end is held against what was allowed: c, which is taken off all surprise, is 0.3
higher after each anomaly and 0.3 lower after each time in which one is allowed, of what counts (a
row past its warm-up, with no anomaly open). It stays within -1.25 and 1.25: no series needs what is
more than 3.5 times as rare, or as common. So the long run is right, whatever the tail looks like.
State: 92 bytes, and 4 for each of the last 32 samples.

References: R. L. Smith, 1989, Extreme Value Analysis of Environmental Time Series (peaks of
clusters); A. C. Davison, R. L. Smith, 1990, Models for Exceedances over High Thresholds;
J. Aitchison, I. R. Dunsmore, 1975, Statistical Prediction Analysis (the predictive tail); I. Gibbs,
E. Candes, 2021, Adaptive Conformal Inference Under Distribution Shift (what opened, fed back).
"""

import math
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from detectors.detector import Floats
from detectors.flags import Flags, which
from detectors.kernels import peaks as kernels
from detectors.profile import Profile
from detectors.state import Index, State, per_row

_MOST_OF = kernels.MOST_OF
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
        ("single_at", "f8"),  # and those of runs of single samples
        ("single_edge", "f4"),
        ("single_peak", "f4"),
        ("single_count", "f4"),
        ("single_m1", "f4"),
        ("single_m2", "f4"),
        ("owed", "f4"),  # nats: what opened, held against what was allowed
        ("rule", "u2"),  # the m of n that this was learnt under
        ("place", "u1"),
        ("recent", "f4", (_MOST_OF, 1)),
        ("tally", "f4", (1, 4)),  # see detectors/hypotheses.py
    ]
)

_FIRST_EDGE, _KINSHIP, _FIRST_SINGLE = 2.5, -0.25, 1.5
_ALONE = 0.75  # of what opens at once, what would never have opened as a run
_LONG = 4.0  # times the memory of the tails: there are few peaks

_NOBODY = np.zeros(1, np.bool_)

_known = itemgetter(
    *("owed", "span", "edge", "count", "m1", "m2"),
    *("single_edge", "single_count", "single_m1", "single_m2"),
)
_learnt = itemgetter(
    *("seen", "span", "heard_at", "edge", "peak", "count", "m1", "m2"),
    *("single_at", "single_edge", "single_peak", "single_count", "single_m1", "single_m2"),
    "place",
)


class Rule(NamedTuple):
    """What makes a run: m of n samples, and how long it may pause (seconds)."""

    samples: int
    of: int
    pause_s: float
    memory_s: float


class Surprise(NamedTuple):
    """-log(rate cadence share) of samples: of runs that are so strange, and of single samples.

    Of samples without an opinion NaN, and 0.
    """

    run: Floats
    single: Floats


def rule(profile: Profile) -> Rule:
    """The rule of a profile."""
    memory_s = _LONG * profile.memory_s
    return Rule(profile.open_samples, profile.open_of, profile.close_after_s, memory_s)


def surprise(
    state: State, nats: Floats, single: Floats, cadence: Floats, share: float = 0.0
) -> Surprise:
    """What samples are worth, by their own surprise in nats (NaN: no opinion).

    `single` is what is said of each alone; `share` of the budget is for single samples, what they
    leave of it for runs.
    """
    told = np.empty((2, len(nats)))
    kernels.surprise(nats, single, cadence, *_logs(share), *_known(state), told)
    return Surprise(*told)


def learn(
    state: State,
    nats: Floats,
    single: Floats,
    at: Floats,
    dt: Floats,
    cadence: Floats,
    by: Rule,
    told: Flags,
    is_open: Flags,
) -> None:
    """Take samples in, in place, whatever they look like; of rows that are not `told` nothing.

    `dt` are the seconds since the sample before, `nats` the samples' own surprise, `single` what is
    said of each alone; `is_open`: where an anomaly was before them.
    """
    recent = state.cells["recent"]
    samples = nats, single, at, dt, cadence, told, is_open
    kernels.learn(*samples, *by, *_learnt(state), recent.flat, recent.base)


def settle(
    state: State,
    opened: Flags | None,
    counts: Flags,
    dt: Floats,
    cadence: Floats,
    allowed_per_s: Floats | float,
) -> None:
    """Hold what opened against what was allowed, in place, in rows where this `counts`.

    `dt` are the seconds since the sample before; of a silence ten cadences count.
    """
    rows = _NOBODY if opened is None else opened
    kernels.settle(rows, counts, dt, cadence, per_row(allowed_per_s), state["owed"])


def keep_rule(state: State, by: Rule) -> None:
    """Begin anew, in place, where something was learnt under another rule."""
    number = by.samples * 64 + by.of
    if not kernels.others(state["rule"], number):
        return
    new = which(state["rule"] != number)
    blank = {name: np.zeros(len(new), column.dtype) for name, column in state.items()}
    blank["rule"][:] = number
    for of, scale in {"": by.samples**_KINSHIP, "single_": _FIRST_SINGLE}.items():
        guess = {"edge": _FIRST_EDGE, "m1": scale, "m2": 2 * scale * scale}
        for name, first in guess.items():
            blank[of + name][:] = first
    state.put(new, blank)
    forget(state, new)


def forget(state: State, rows: Index) -> None:
    """Let no run go on in rows, in place; what was learnt of runs stays."""
    recent = state.cells["recent"].of(rows)
    places = np.arange(_MOST_OF)[:, None] + np.zeros(len(rows), np.intp)
    recent.put(recent.at(places), np.zeros((1, *places.shape), np.float32))
    state.put(rows, {"peak": np.zeros(len(rows)), "single_peak": np.zeros(len(rows))})


@lru_cache
def _logs(share: float) -> tuple[float, float]:
    return math.log1p(-_ALONE * share), math.log(share) if share else -math.inf
