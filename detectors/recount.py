"""How many anomalies there would have been under other settings, from the surprise of each sample.

The rules of :mod:`detectors.gate` over a pass that is there. Its surprises are taken as they are,
though under another budget a little more or less would have been learnt while anomalies were open.
Under the pass's own settings the count is that of the pass, silences left out.
"""

from typing import NamedTuple

import numpy as np

from detectors.flags import Flags
from detectors.gate import CALM, EASIEST
from detectors.looks import Looks, of_judged
from detectors.profile import Profile
from detectors.state import Index

_STAY = 0.75  # these as in the gate
_SILENT = 10.0


class _Candidate(NamedTuple):
    """A sample that may alarm: its place, whether it does while nothing is open, and alone."""

    place: int
    at: float
    is_full: bool
    is_single: bool
    is_after_end: bool


def openings(looks: Looks, profile: Profile) -> int:
    """How often an anomaly would have opened under a profile, silences left out."""
    looks = of_judged(looks)
    limit = -np.log(
        np.minimum(profile.false_alarms_per_s * np.maximum(looks.cadence, 1e-3), EASIEST)
    )
    at_once = looks.single if profile.single_share else np.zeros_like(limit)
    may = np.flatnonzero((np.maximum(looks.nats, at_once) >= _STAY * limit) & ready(looks, profile))
    may = may[(_matters(looks, profile) | (looks.bound >= _STAY * limit))[may]]
    ended = _ends_before(may, looks, profile)
    single = at_once[may] >= limit[may]
    full = single | (looks.nats[may] >= limit[may])
    flags = (full.tolist(), single.tolist(), ended.tolist())
    columns = (may.tolist(), looks.at[may].tolist(), *flags)
    return _opened(list(map(_Candidate, *columns)), profile)


def ready(looks: Looks, profile: Profile) -> Flags:
    """Which judged samples are past the warm-up."""
    if not len(looks.at):
        return np.zeros(0, np.bool_)
    aged = looks.at - looks.at[0] >= profile.warm_up_s
    enough: Flags = aged & (np.arange(1, len(aged) + 1) > max(profile.warm_up_samples, 1))
    return enough


def _matters(looks: Looks, profile: Profile) -> Flags:
    least = np.maximum(profile.min_change, profile.min_change_ratio * np.abs(looks.expected))
    matters: Flags = ~(np.abs(looks.value - looks.expected) < least)
    return matters


def _ends_before(may: Index, looks: Looks, profile: Profile) -> Flags:
    """Whether what an earlier candidate kept open had come to an end before each."""
    if not len(may):
        return np.zeros(0, np.bool_)
    at = looks.at
    before = np.r_[may[0], may[:-1]]
    quiet = at[may - 1] - at[before]  # until the last sample that does not alarm
    calm = np.maximum(profile.close_after_s, CALM * looks.cadence[may - 1])
    ended: Flags = (may - before > 1) & (quiet >= calm)
    if profile.absent_after is None:
        allowed = np.maximum(_SILENT * looks.cadence[may - 1], profile.absent_at_least_s)
        silent = at[may] - at[may - 1]
        ended |= silent > np.maximum(allowed, profile.close_after_s)
    ended[0] = False
    return ended


def _opened(candidates: list[_Candidate], profile: Profile) -> int:
    opened, is_open = 0, False
    run_at, alarms = 0.0, [-profile.open_of]
    for place, at, is_full, is_single, is_after_end in candidates:
        if is_open and is_after_end:
            is_open, alarms = False, [-profile.open_of]
        if is_open or not is_full:
            continue
        if place - alarms[-1] >= profile.open_of:
            run_at = at
        alarms = [one for one in alarms if place - one < profile.open_of] + [place]
        is_run = len(alarms) >= profile.open_samples and at - run_at >= profile.min_duration_s
        if is_single or is_run:
            opened, is_open = opened + 1, True
    return opened
