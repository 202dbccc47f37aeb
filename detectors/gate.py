"""The gate: turns alarming samples into an anomaly that opens once and closes once.

One row a series; every verb works on many rows at once and on nothing but its arguments.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from detectors.detector import Floats
from detectors.evidence import Look
from detectors.flags import Flags
from detectors.kernels import gate as kernels
from detectors.kernels import turn as turns
from detectors.profile import Grade, Profile
from detectors.state import Column, State, per_row

EASIEST = kernels.EASIEST
"""Beyond one sample in five nothing is unusual, whatever the budget."""

CALM = turns.CALM
"""The usual steps without an alarm after which an anomaly may close."""

_NOT_HELD = np.zeros(1, np.bool_)

PRESENT, ABSENT, GONE = turns.PRESENT, turns.ABSENT, turns.GONE

GATE = np.dtype(
    [
        ("first_at", "f8"),
        ("last_at", "f8"),
        ("cadence", "f8"),  # median seconds between samples
        ("run_at", "f8"),  # first alarm of the present run
        ("alarm_at", "f8"),  # last alarm, or the end of an absence
        ("opened_at", "f8"),
        ("relearnt_at", "f8"),
        ("recent", "f8"),  # level while open
        ("calm_at", "f8"),  # last sample without a run of improbable ones
        ("worst", "f8"),  # largest surprise since the run began, in nats
        ("troubled", "f8"),  # seconds: with an anomaly, not absent, less half of those without
        ("samples", "u4"),
        ("odd", "u1"),  # the last 8 samples: 1 where it was improbable, short of alarming
        ("bits", "u4"),  # the last 32 samples: 1 where it alarmed
        ("severity", "i1"),
        ("is_open", "u1"),
        ("absence", "u1"),
        ("at_once", "u1"),  # 1 where a single sample opened it
    ]
)


_warming = itemgetter("first_at", "last_at", "samples")
_ticked = itemgetter("first_at", "last_at", "cadence", "samples", "is_open", "troubled")
_weighed = itemgetter(
    *("first_at", "last_at", "opened_at", "relearnt_at", "calm_at"),
    *("samples", "odd", "is_open"),
)
_stepped = itemgetter(
    *("cadence", "run_at", "alarm_at", "opened_at", "relearnt_at", "recent", "worst"),
    *("bits", "severity", "is_open", "absence", "at_once"),
)
_silent = itemgetter(
    *("first_at", "last_at", "cadence", "opened_at", "relearnt_at", "worst"),
    *("samples", "bits", "severity", "is_open", "absence", "at_once"),
)


class Turn(NamedTuple):
    """Which rows just opened, rose in severity, or closed."""

    opened: Flags
    risen: Flags
    closed: Flags

    def any(self) -> Flags:
        """Rows that have something to tell."""
        return self.opened | self.risen | self.closed


class Weights(NamedTuple):
    """How much the detectors learn of each sample, and how much the tails, from 0 to 1."""

    model: Floats
    tails: Floats


def tick(state: State, at: Floats, profile: Profile, held: Flags | None = None) -> Floats:
    """Note samples at `at`; gives the seconds since the sample before (0 for the first).

    Of `held` rows (None: of no row) nothing counts toward a new normal.
    """
    dt, most_s = np.empty_like(at), profile.relearn_after_s or 0.0
    is_held = _NOT_HELD if held is None else held
    kernels.tick(at, is_held, most_s, *_silent_for(profile), *_ticked(state), dt)
    return dt


def is_ready(state: Mapping[str, Column], profile: Profile) -> Flags:
    """True for rows past their warm-up."""
    ready = np.empty(len(state["samples"]), np.bool_)
    kernels.ready(*_warming(state), *_warm_up(profile), ready)
    return ready


def budget(state: State, profile: Profile, factor: Floats | float = 1.0) -> Floats:
    """The surprise, in nats, from which a sample alarms: -log(budget cadence), at least log 5.

    `factor` is what the budget of each row is multiplied by. Where an anomaly is open, 3/4 of that
    keeps it open, so that it does not flap.
    """
    limit = np.empty_like(state["cadence"])
    each = per_row(factor)
    kernels.budget(profile.false_alarms_per_s, each, state["cadence"], state["is_open"], limit)
    return limit


def weights(
    state: State, at: Floats, doubt: Floats, alarm: Flags, limit: Floats, profile: Profile
) -> Weights:
    """How much to learn from samples: nothing from alarming ones, little while open or doubtful.

    `doubt` is the surprise in either direction, `limit` the :func:`budget`. Doubtful are wild
    samples, and runs: half of the last 8 samples improbable is what a drift looks like before it
    alarms. Samples that would alarm in the other direction teach next to nothing. No doubt outlasts
    `relearn_after_s`. In warm-up only single wild samples are doubted: who has not seen a day yet
    must follow its ramp.

    The tails take in what is wild alone as it is: it is their business. Their weight is for the
    residuals of the sample before (detectors/tail.py).
    """
    model, tails = np.empty((2, len(at)))
    patience_s = np.inf if profile.relearn_after_s is None else profile.relearn_after_s
    warm_up, columns = _warm_up(profile), _weighed(state)
    kernels.weights(at, doubt, limit, alarm, *warm_up, patience_s, *columns, model, tails)
    return Weights(model, tails)


def step(state: State, look: Look, alarm: Flags, at_once: Flags, profile: Profile) -> Turn | None:
    """Move every row by one sample; None where none alarms nor has anything to end.

    `at_once`: alarming samples that open an anomaly alone.
    """
    turn = np.empty((3, len(alarm)), np.bool_)
    some = turns.step(
        look.at,
        look.value,
        look.nats,
        look.single,
        alarm,
        at_once,
        profile.open_samples,
        profile.open_of,
        profile.min_duration_s,
        profile.close_after_s,
        profile.severity,
        _grades(profile.severities),
        *_stepped(state),
        turn,
    )
    return Turn(*turn) if some else None


def silence(
    state: State, now: Floats | float, profile: Profile, quiet_rows: Flags | None = None
) -> Turn:
    """Move every row to `now` without a sample: absence begins, lasts, or is given up.

    It does not begin in `quiet_rows`. Without `absent_after` anomalies close, and that is all.
    """
    allowed = silence_allowed(state, profile)
    turn = np.empty((3, len(allowed)), np.bool_)
    turns.silence(
        per_row(now),
        allowed,
        np.zeros(1, np.bool_) if quiet_rows is None else quiet_rows,
        profile.absent_after is not None,
        profile.close_after_s,
        profile.absent_at_most_s,
        *_warm_up(profile),
        profile.severity,
        _grades(profile.severities),
        *_silent(state),
        turn,
    )
    return Turn(*turn)


def wakes_at(state: State, now: Floats | float, profile: Profile) -> Floats:
    """Until when rows that are silent at `now` have nothing to tell; infinity if for ever.

    A little early: the comparisons of :func:`silence` are the ones that count.
    """
    last, is_open, never = state["last_at"], state["is_open"] == 1, np.inf
    allowed = silence_allowed(state, profile)
    seen = state["samples"] > 0
    if profile.absent_after is None:
        ends = last + np.maximum(allowed, profile.close_after_s)
        return _early(np.where(seen & is_open, ends, never))
    waits = seen & is_ready(state, profile) & (state["absence"] == PRESENT)
    wakes = np.where(waits, last + allowed, never)
    may_go = seen & (state["absence"] != GONE)
    wakes = np.where(may_go, np.minimum(wakes, last + profile.absent_at_most_s), wakes)
    absent = is_open & (state["absence"] == ABSENT)
    for grade in profile.severities:
        due = state["opened_at"] + grade.after_s
        wakes = np.where(absent & (due > now), np.minimum(wakes, due), wakes)
    return _early(wakes)


def quiet_for(profile: Profile) -> float:
    """Seconds after its last sample in which no row has anything to tell of its silence."""
    if profile.absent_after is None:
        return max(profile.absent_at_least_s, profile.close_after_s)
    return profile.absent_at_least_s


def silence_allowed(state: State, profile: Profile) -> Floats:
    """Seconds a row may be silent before that is an absence (or, unwatched, an end)."""
    steps, least_s = _silent_for(profile)
    allowed: Floats = np.maximum(steps * state["cadence"], least_s)
    return allowed


def due_to_relearn(state: State, profile: Profile) -> Flags:
    """True for rows whose anomaly has lasted so long that it is the new normal.

    Time without one counts half against it: what opens again and again is one trouble. Neither an
    absence counts, which says nothing of the level, nor time in which rows were held.
    """
    if profile.relearn_after_s is None:
        return np.zeros(len(state["is_open"]), np.bool_)
    due: Flags = (state["is_open"] == 1) & (state["troubled"] >= profile.relearn_after_s)
    return due


def _early(at: Floats) -> Floats:
    early: Floats = np.minimum(at * (1 - 1e-12), at * (1 + 1e-12)) - 1e-3
    return early


def _silent_for(profile: Profile) -> tuple[float, float]:
    return profile.absent_after or 10.0, profile.absent_at_least_s


def _warm_up(profile: Profile) -> tuple[float, int]:
    return profile.warm_up_s, profile.warm_up_samples


@lru_cache
def _grades(severities: Sequence[Grade]) -> Floats:
    """A row for each grade: surprise in nats, age in seconds, severity."""
    rows = [(-np.log(grade.p_below), grade.after_s, grade.severity) for grade in severities]
    return np.array(rows, np.float64).reshape(-1, 3)
