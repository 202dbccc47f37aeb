"""The loops of `detectors/gate.py` by which anomalies open and close; it says when they do.

`turn` has three rows of flags: opened, risen and closed. `grades` has a row for each grade of
severity: the surprise in nats and the age in seconds that it takes, and the severity.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.gate import bits_set, is_ready
from detectors.kernels.kernel import kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Severities = npt.NDArray[np.int8]
Words = npt.NDArray[np.uint32]

PRESENT, ABSENT, GONE = 0, 1, 2
RECENT = 0.2
CALM = 1.9  # usual steps without an alarm: one sample is no end
SHORTEST = 1e-3  # seconds between samples
MOST = 60.0  # nats
ALL = 0xFFFFFFFF


@kernel("i8(f8, f8, i8, f8[:, :])")
def graded(worst: float, age: float, severity: int, grades: Floats) -> int:
    """The severity of an anomaly that has come so far; `severity` is its least."""
    for k in range(grades.shape[0]):
        if worst >= grades[k, 0] and age >= grades[k, 1]:
            severity = max(severity, int(grades[k, 2]))
    return severity


@kernel("void(i8, f8, u1[:], f8[:], f8[:], i1[:])")
def open_row(
    i: int,
    at: float,
    is_open: Bytes,
    opened_at: Floats,
    relearnt_at: Floats,
    severity: Severities,
) -> None:
    """Open an anomaly, as yet without a severity."""
    is_open[i], opened_at[i], relearnt_at[i], severity[i] = 1, at, 0.0, -1


@kernel(
    f"b1({'f8[:], ' * 4}b1[:], b1[:], i8, i8, f8, f8, i8, f8[:, :], "
    f"{'f8[:], ' * 7}u4[:], i1[:], u1[:], u1[:], u1[:], b1[:, :])",
    trusts=True,
)
def step(
    at: Floats,
    x: Floats,
    nats: Floats,
    single: Floats,
    alarm: Flags,
    is_single: Flags,
    open_samples: int,
    open_of: int,
    min_duration_s: float,
    close_after_s: float,
    least: int,
    grades: Floats,
    cadence: Floats,
    run_at: Floats,
    alarm_at: Floats,
    opened_at: Floats,
    relearnt_at: Floats,
    recent: Floats,
    worst: Floats,
    bits: Words,
    severity: Severities,
    is_open: Bytes,
    absence: Bytes,
    at_once: Bytes,
    turn: Flags,
) -> bool:
    """Fill in `turn`; False where no row alarms nor has anything to end."""
    some = False
    turn[:] = False
    for i in range(at.size):
        recent[i] += RECENT * (x[i] - recent[i])
        before, bits[i] = int(bits[i]), (int(bits[i]) << 1 | alarm[i]) & ALL
        was_open, returned = is_open[i] == 1, absence[i] != PRESENT
        if not (alarm[i] or was_open or returned):
            continue
        some = True
        absence[i] = PRESENT
        if alarm[i] or (returned and was_open):
            alarm_at[i] = at[i]
        if alarm[i]:
            begins = not was_open and (before & ((1 << (open_of - 1)) - 1)) == 0
            if begins:
                run_at[i] = at[i]
            is_run = bits_set(int(bits[i]) & ((1 << open_of) - 1)) >= open_samples
            is_alone = not is_run and (at_once[i] == 1 if was_open else is_single[i])
            worth = single[i] if is_alone else nats[i]
            is_first = begins or (is_alone and not was_open)
            worst[i] = worth if is_first else max(worst[i], worth)
            is_enough = is_alone or (is_run and at[i] - run_at[i] >= min_duration_s)
            if not was_open and is_enough:
                turn[0, i], recent[i], at_once[i] = True, x[i], is_alone
                open_row(i, run_at[i], is_open, opened_at, relearnt_at, severity)
            reached = graded(worst[i], at[i] - opened_at[i], least, grades)
            if is_open[i] == 1 and reached > severity[i]:
                severity[i], turn[1, i] = reached, was_open
        elif was_open and at[i] - alarm_at[i] >= max(close_after_s, CALM * cadence[i]):
            is_open[i], bits[i], turn[2, i] = 0, 0, True
    return some


@kernel(
    "void(f8[:], f8[:], b1[:], b1, f8, f8, f8, i8, i8, f8[:, :], "
    f"{'f8[:], ' * 6}u4[:], u4[:], i1[:], u1[:], u1[:], u1[:], b1[:, :])"
)
def silence(
    now: Floats,
    allowed: Floats,
    is_quiet: Flags,
    is_watched: bool,
    close_after_s: float,
    absent_at_most_s: float,
    warm_up_s: float,
    warm_up_samples: int,
    least: int,
    grades: Floats,
    first_at: Floats,
    last_at: Floats,
    cadence: Floats,
    opened_at: Floats,
    relearnt_at: Floats,
    worst: Floats,
    samples: Words,
    bits: Words,
    severity: Severities,
    is_open: Bytes,
    absence: Bytes,
    at_once: Bytes,
    turn: Flags,
) -> None:
    """Fill in `turn`; `now` and `is_quiet` have one of all rows, or one each."""
    turn[:] = False
    for i in range(allowed.size):
        if samples[i] == 0:
            continue
        instant, was_open = now[i if now.size > 1 else 0], is_open[i] == 1
        quiet_s, may = instant - last_at[i], not is_quiet[i if is_quiet.size > 1 else 0]
        ends = quiet_s > max(allowed[i], close_after_s)
        if is_watched:
            may = may and quiet_s > allowed[i] and absence[i] == PRESENT
            if may and is_ready(first_at[i], last_at[i], samples[i], warm_up_s, warm_up_samples):
                absence[i] = ABSENT
                if not was_open:
                    at_once[i] = 0
                    worst[i] = min(allowed[i] / max(cadence[i], SHORTEST), MOST)
                    since = last_at[i] + cadence[i]
                    open_row(i, since, is_open, opened_at, relearnt_at, severity)
            ends = quiet_s > absent_at_most_s and absence[i] != GONE
            reached = graded(worst[i], instant - opened_at[i], least, grades)
            if is_open[i] == 1 and absence[i] == ABSENT and reached > severity[i]:
                severity[i], turn[1, i] = reached, was_open and not ends
            if ends:
                absence[i] = GONE
        turn[0, i] = is_open[i] == 1 and not was_open and not ends
        if ends and is_open[i] == 1:
            is_open[i], bits[i], turn[2, i] = 0, 0, was_open
