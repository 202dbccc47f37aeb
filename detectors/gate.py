"""The gate: turns alarming samples into an anomaly that opens once and closes once.

One row a series; every verb works on many rows at once and on nothing but its arguments.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.constants import constant
from detectors.detector import Floats
from detectors.flags import Flags, some
from detectors.profile import Profile
from detectors.state import Column, State

_STEADY = constant(0.02)  # least step of the cadence ...
_LEARNT = 50  # ... which it has from this sample on: 1 / 50
_STAY = 0.75
_WILD = constant(np.log(1000.0))
_ODD = constant(np.log(50.0))  # p = 0.02
_SHORTEST, _LEAST_OFF, _RECENT = constant(1e-3), constant(1e-9), constant(0.2)

EASIEST = 0.2
"""Beyond one sample in five nothing is unusual, whatever the budget."""

PRESENT, ABSENT, GONE = 0, 1, 2

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
        ("samples", "u4"),
        ("odd", "u1"),  # the last 8 samples: 1 where it was improbable, short of alarming
        ("bits", "u4"),  # the last 32 samples: 1 where it alarmed
        ("severity", "i1"),
        ("is_open", "u1"),
        ("absence", "u1"),
    ]
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


def tick(state: State, at: Floats) -> Floats:
    """Note samples at `at`; gives the seconds since the sample before (0 for the first)."""
    dt: Floats = at - state["last_at"]
    samples, cadence = state["samples"], state["cadence"]
    step: Floats | float = _STEADY
    if some(samples < _LEARNT):
        fresh = samples == 0
        dt = np.where(fresh, 0.0, dt)
        state["first_at"] = np.where(fresh, at, state["first_at"])
        cadence = np.where(samples <= 1, dt, cadence)
        step = np.maximum(_STEADY, 1.0 / np.maximum(samples, 3))
    off = dt - cadence
    uneven = np.abs(off) > _LEAST_OFF
    if some(uneven):
        cadence = cadence * np.exp(step * np.sign(off) * uneven)
    state["cadence"], state["last_at"] = cadence, at
    state["samples"] = np.minimum(samples, np.uint32(2**31)) + np.uint32(1)
    return dt


def is_ready(state: Mapping[str, Column], profile: Profile) -> Flags:
    """True for rows past their warm-up."""
    aged = state["last_at"] - state["first_at"] >= profile.warm_up_s
    ready: Flags = aged & (state["samples"] > max(profile.warm_up_samples, 1))
    return ready


def budget(state: State, profile: Profile, factor: Floats | float = 1.0) -> Floats:
    """The surprise, in nats, from which a sample alarms: -log(budget cadence), at least log 5.

    `factor` is what the budget of each row is multiplied by.
    """
    p = profile.false_alarms_per_s * factor * np.maximum(state["cadence"], _SHORTEST)
    return eased(state, -np.log(np.minimum(p, EASIEST)))


def eased(state: State, nats: Floats) -> Floats:
    """A limit where an anomaly opens; 3/4 of it keeps it open, so that it does not flap."""
    is_open = state["is_open"] == 1
    return np.where(is_open, _STAY * nats, nats) if some(is_open) else nats


def weights(
    state: State, at: Floats, doubt: Floats, alarm: Flags, limit: Floats, profile: Profile
) -> Weights:
    """How much to learn from samples: nothing from alarming ones, little while open or doubtful.

    `doubt` is the surprise in either direction, `limit` the :func:`budget`. Doubtful are wild
    samples, and runs: half of the last 8 samples improbable is what a drift looks like before it
    alarms. Samples that would alarm in the other direction teach next to nothing. No doubt outlasts
    `relearn_after_s`. In warm-up only single wild samples are doubted: who has not seen a day yet
    must follow its ramp.

    The tails take in what is wild alone, or would alarm, as it is: it is their business.
    """
    state["odd"] = (state["odd"] << np.uint8(1)) | (doubt >= _ODD)
    is_run, is_wild = np.bitwise_count(state["odd"]) >= 4, doubt >= _WILD
    is_open, would = state["is_open"] == 1, doubt >= limit
    if not some(is_run | is_wild | is_open | would | alarm):
        state["calm_at"] = at
        ones = np.ones(len(at))
        return Weights(ones, ones)
    state["calm_at"] = np.where(is_run & (state["calm_at"] > 0), state["calm_at"], at)
    patience = np.inf if profile.relearn_after_s is None else profile.relearn_after_s
    is_patient, is_ready_now = at - state["calm_at"] < patience, is_ready(state, profile)
    relearning = is_open & (state["relearnt_at"] > state["opened_at"])
    model: Floats = np.where(is_open, 0.25, 1.0)
    model = np.where(is_patient & (is_run | is_wild), 0.1, model)
    model = np.where(is_patient & would, 0.01, model)
    model = np.where(is_ready_now, model, np.where(~is_run & is_wild, 0.1, 1.0))
    tails: Floats = np.where(is_ready_now & (alarm | (is_run & is_patient)), 0.1, 1.0)
    return Weights(
        np.where(relearning, 1.0, np.where(alarm, 0.0, model)),
        np.where(relearning, 1.0, np.where(is_open, 0.02, tails)),
    )


def step(
    state: State, at: Floats, x: Floats, nats: Floats, alarm: Flags, profile: Profile
) -> Turn | None:
    """Move every row by one sample; None where none alarms nor has anything to end."""
    was_open, returned = state["is_open"] == 1, state["absence"] != PRESENT
    recent = state["recent"] + _RECENT * (x - state["recent"])
    if not some(alarm | was_open | returned):
        state["recent"], state["bits"] = recent, state["bits"] << np.uint32(1)
        return None
    _run(state, at, nats, alarm, begins=alarm & ~was_open, profile=profile)
    state["absence"] = np.zeros_like(state["absence"])
    state["alarm_at"] = np.where(alarm | (returned & was_open), at, state["alarm_at"])
    enough = np.bitwise_count(_recent_bits(state, profile.open_of)) >= profile.open_samples
    opened = ~was_open & alarm & enough & (at - state["run_at"] >= profile.min_duration_s)
    state["recent"] = np.where(opened, x, recent)
    _open(state, opened, state["run_at"])
    risen = _grade(state, at, profile, alarm & (state["is_open"] == 1)) & ~opened
    closed = was_open & ~alarm & (at - state["alarm_at"] >= profile.close_after_s)
    _close(state, closed)
    return Turn(opened, risen & ~closed, closed)


def silence(
    state: State, now: Floats | float, profile: Profile, quiet_rows: Flags | None = None
) -> Turn:
    """Move every row to `now` without a sample: absence begins, lasts, or is given up.

    It does not begin in `quiet_rows`.
    """
    quiet = now - state["last_at"]
    allowed = silence_allowed(state, profile)
    was_open = state["is_open"] == 1
    seen = state["samples"] > 0
    if profile.absent_after is None:
        closed = seen & was_open & (quiet > np.maximum(allowed, profile.close_after_s))
        _close(state, closed)
        nothing = np.zeros_like(closed)
        return Turn(nothing, nothing, closed)
    missing = seen & is_ready(state, profile) & (quiet > allowed) & (state["absence"] == PRESENT)
    if quiet_rows is not None:
        missing = missing & ~quiet_rows
    state["absence"] = np.where(missing, np.uint8(ABSENT), state["absence"])
    opened = missing & ~was_open
    state["worst"] = np.where(opened, _absence_nats(state, profile), state["worst"])
    _open(state, opened, state["last_at"] + state["cadence"])
    absent = (state["absence"] == ABSENT) & (state["is_open"] == 1)
    risen = _grade(state, np.full_like(quiet, now), profile, absent) & ~opened
    gone = seen & (quiet > profile.absent_at_most_s) & (state["absence"] != GONE)
    closed = gone & (state["is_open"] == 1)
    state["absence"] = np.where(gone, np.uint8(GONE), state["absence"])
    _close(state, closed)
    return Turn(opened & ~closed, risen & ~closed, closed & was_open)


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
    multiple = profile.absent_after or 10.0
    allowed: Floats = np.maximum(multiple * state["cadence"], profile.absent_at_least_s)
    return allowed


def due_to_relearn(state: State, at: Floats, profile: Profile) -> Flags:
    """True for rows whose anomaly has lasted so long that it is the new normal."""
    if profile.relearn_after_s is None:
        return np.zeros(len(at), np.bool_)
    since = np.maximum(state["opened_at"], state["relearnt_at"])
    due: Flags = (state["is_open"] == 1) & (at - since >= profile.relearn_after_s)
    return due


def _early(at: Floats) -> Floats:
    early: Floats = np.minimum(at * (1 - 1e-12), at * (1 + 1e-12)) - 1e-3
    return early


def _run(
    state: State, at: Floats, nats: Floats, alarm: Flags, *, begins: Flags, profile: Profile
) -> None:
    begins = begins & (_recent_bits(state, profile.open_of - 1) == 0)
    worst = np.where(alarm, np.maximum(state["worst"], nats), state["worst"])
    state["run_at"] = np.where(begins, at, state["run_at"])
    state["worst"] = np.where(begins, nats, worst)
    state["bits"] = (state["bits"] << np.uint32(1)) | alarm


def _recent_bits(state: State, samples: int) -> npt.NDArray[np.uint32]:
    recent: npt.NDArray[np.uint32] = state["bits"] & np.uint32(2**samples - 1)
    return recent


def _open(state: State, opened: Flags, opened_at: Floats) -> None:
    state["is_open"] = state["is_open"] | opened
    state["opened_at"] = np.where(opened, opened_at, state["opened_at"])
    state["relearnt_at"] = np.where(opened, 0.0, state["relearnt_at"])
    state["severity"] = np.where(opened, np.int8(-1), state["severity"])


def _close(state: State, closed: Flags) -> None:
    state["is_open"] = np.where(closed, np.uint8(0), state["is_open"])
    state["bits"] = np.where(closed, np.uint32(0), state["bits"])


def _grade(state: State, at: Floats, profile: Profile, where: Flags) -> Flags:
    severity = np.full(len(at), profile.severity, np.int8)
    age = at - state["opened_at"]
    for grade in profile.severities:
        reached = (state["worst"] >= -np.log(grade.p_below)) & (age >= grade.after_s)
        severity = np.where(reached, np.maximum(severity, np.int8(grade.severity)), severity)
    risen: Flags = where & (severity > state["severity"])
    state["severity"] = np.where(risen, severity, state["severity"])
    return risen


def _absence_nats(state: State, profile: Profile) -> Floats:
    cadence = np.maximum(state["cadence"], 1e-3)
    nats: Floats = np.minimum(silence_allowed(state, profile) / cadence, 60.0)
    return nats
