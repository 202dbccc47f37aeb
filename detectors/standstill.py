"""Standstills: how rare it is that a series repeats one value for so long.

A change is a sample that differs from the one before, a repeat one that does not, and a standstill
a run of repeats. Of C changes, R repeats and S standstills that ended, so far as they are not
forgotten, one of r repeats or more comes about so often a sample:

    rate(r) = (S + 1) / (C + R) (1 + h (r - 1) / m)^(-1 / h),  m = (R - S + 4) / (S + 2),  h = 0.7

so m repeats follow the first, of a guess of 2 that is worth two standstills, with a tail so heavy
that the longest of many exceeds what was seen before by a multiple. What is given is -log(rate(r)),
in nats as peaks of runs are (detectors/peaks.py), and alarms by the same budget: a series of which
no two neighbours were equal for weeks, at 5 minutes a sample, alarms from 7 on under 1/30d.

0 where nothing is to be told: of fewer than 4 repeats, or less than the time that the profile says
(`stuck_after`); before 100 changes; and of series whose samples repeat more often than one in five,
as those of constants, flags, stairs and coarse numbers do. Neither is it of 0, at which idle series
rest: that they fell there is for the detectors to tell. Values are equal or they are not: a sensor
whose noise goes on is not stuck.

One that ends while an anomaly is open teaches no more than 15 usual ones. Where an anomaly has
lasted so long that it is the new normal, all is learnt anew. State: 32 bytes a series.

References: W. Feller, 1968, An Introduction to Probability Theory I, XIII.7 (runs); K. S. Lomax,
1954, Business Failures (the tail); A. B. Sharma, L. Golubchik, R. Govindan, 2010, Sensor Faults:
Detection Methods and Prevalence in Real-World Datasets ("constant" faults).
"""

from operator import itemgetter

import numpy as np

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.kernels import standstill as kernels
from detectors.state import Index, State

STANDSTILL = np.dtype(
    [
        ("value", "f8"),
        ("stood", "f4"),  # for so many seconds
        ("run", "f4"),  # and repeats
        ("changes", "f4"),
        ("stands", "f4"),
        ("repeats", "f4"),  # of standstills that ended
        ("longest", "f4"),  # of these, in seconds
    ]
)

_learnt = itemgetter("value", "stood", "run", "changes", "stands", "repeats", "longest")
_NOT_HELD = np.zeros(1, np.bool_)


def step(
    state: State,
    x: Floats,
    dt: Floats,
    *,
    least_s: float | None,
    memory_s: float,
    is_open: Flags,
    held: Flags | None = None,
) -> Floats:
    """Take samples in, in place; the nats of the standstill that each is in.

    `dt` are the seconds since the sample before; `least_s`: how long one must last to be told of
    (None: none is); `is_open`: where an anomaly is; of `held` rows nothing is learnt.
    """
    nats = np.empty_like(x)
    hold = _NOT_HELD if held is None else held
    longer_s = np.inf if least_s is None else least_s
    kernels.step(x, dt, longer_s, memory_s, is_open, hold, *_learnt(state), nats)
    return nats


def alarms(alarm: Flags, still: Floats, limit: Floats, nats: Floats) -> None:
    """Standstills rare enough alarm too, in place, and `nats` say so.

    However little the value differs from what was expected.
    """
    kernels.raise_alarm(still, limit, nats, alarm)


def start_again(state: State, chosen: Index) -> None:
    """Some rows stand as they are wont to: learn what that is."""
    nothing = np.zeros(len(chosen), np.float32)
    state.put(chosen, dict.fromkeys(("stood", "run", "changes", "stands", "repeats"), nothing))
