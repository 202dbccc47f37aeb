"""The loops of `detectors/gate.py` that a sample goes through; it says what they do."""

import math

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

STEADY = 0.02  # least step of the cadence
MOST_SAMPLES = 2**31
LEAST_OFF = 1e-9  # seconds
SHORTEST = 1e-3  # seconds between samples
EASIEST = 0.2
STAY = 0.75
LEFT = 0.5  # of time without an anomaly: what it counts against time with one
WILD = math.log(1000)  # nats
ODD = math.log(50)
MANY = 4  # odd samples of the last 8


@kernel("i8(i8)")
def bits_set(bits: int) -> int:
    """How many bits of a number that is not negative are 1."""
    count = 0
    while bits > 0:
        bits &= bits - 1
        count += 1
    return count


@kernel("f8(f8, b1)")
def eased(nats: float, is_open: bool) -> float:
    """A limit where an anomaly opens; a part of it keeps it open."""
    return STAY * nats if is_open else nats


@kernel("b1(f8, f8, i8, f8, i8)")
def is_ready(
    first_at: float, last_at: float, samples: int, warm_up_s: float, warm_up_samples: int
) -> bool:
    """Whether a row is past its warm-up."""
    return last_at - first_at >= warm_up_s and samples > max(warm_up_samples, 1)


@kernel("void(f8[:], f8[:], u4[:], f8, i8, b1[:])", trusts=True)
def ready(
    first_at: Floats,
    last_at: Floats,
    samples: Words,
    warm_up_s: float,
    warm_up_samples: int,
    rows: Flags,
) -> None:
    """Fill in `rows`."""
    for i in range(rows.size):
        rows[i] = is_ready(first_at[i], last_at[i], samples[i], warm_up_s, warm_up_samples)


@kernel(f"void(f8[:], b1[:], f8, f8, f8, {'f8[:], ' * 3}u4[:], u1[:], f8[:], f8[:])", trusts=True)
def tick(
    at: Floats,
    is_held: Flags,
    most_s: float,
    silent_steps: float,
    silent_s: float,
    first_at: Floats,
    last_at: Floats,
    cadence: Floats,
    samples: Words,
    is_open: Bytes,
    troubled: Floats,
    dt: Floats,
) -> None:
    """Fill in `dt`; `is_held` has one of all rows, or one each.

    Of trouble at most `most_s` count; silence that is longer than both `silent_...` is an absence.
    """
    last = is_held.size - 1
    for i in range(at.size):
        had = int(samples[i])
        if had == 0:
            first_at[i] = last_at[i] = at[i]
        dt[i] = at[i] - last_at[i]
        if not is_open[i]:
            troubled[i] = max(troubled[i] - LEFT * dt[i], 0.0)
        elif dt[i] <= max(silent_steps * cadence[i], silent_s) and not is_held[min(i, last)]:
            troubled[i] = min(troubled[i] + dt[i], most_s)
        if had <= 1:
            cadence[i] = dt[i]
        off = dt[i] - cadence[i]
        if abs(off) > LEAST_OFF:
            cadence[i] *= np.exp(np.sign(off) * max(STEADY, 1.0 / max(had, 3)))
        last_at[i] = at[i]
        samples[i] = min(had, MOST_SAMPLES) + 1


@kernel("void(f8, f8[:], f8[:], u1[:], f8[:])", trusts=True)
def budget(per_s: float, factor: Floats, cadence: Floats, is_open: Bytes, limit: Floats) -> None:
    """Fill in `limit`; `factor` has one number for all rows, or one each."""
    for i in range(limit.size):
        p = per_s * factor[i if factor.size > 1 else 0] * max(cadence[i], SHORTEST)
        limit[i] = eased(-np.log(min(p, EASIEST)), is_open[i] == 1)


@kernel("f8(b1, b1, b1, b1)")
def model_weight(is_open: bool, is_run: bool, is_wild: bool, would: bool) -> float:
    """How much a model that is ready learns of a sample that does not alarm."""
    if would:
        return 0.01
    if is_run or is_wild:
        return 0.1
    return 0.25 if is_open else 1.0


@kernel(
    f"void({'f8[:], ' * 3}b1[:], f8, i8, f8, {'f8[:], ' * 5}u4[:], u1[:], u1[:], f8[:], f8[:])",
    trusts=True,
)
def weights(
    at: Floats,
    doubt: Floats,
    limit: Floats,
    alarm: Flags,
    warm_up_s: float,
    warm_up_samples: int,
    patience_s: float,
    first_at: Floats,
    last_at: Floats,
    opened_at: Floats,
    relearnt_at: Floats,
    calm_at: Floats,
    samples: Words,
    odd: Bytes,
    is_open: Bytes,
    model: Floats,
    tails: Floats,
) -> None:
    """Fill in `model` and `tails`."""
    for i in range(at.size):
        last = (int(odd[i]) << 1 | (doubt[i] >= ODD)) & 0xFF
        odd[i] = last
        is_run, is_wild, opened = bits_set(last) >= MANY, doubt[i] >= WILD, is_open[i] == 1
        if not (is_run and calm_at[i] > 0):
            calm_at[i] = at[i]
        is_patient = at[i] - calm_at[i] < patience_s
        model[i] = tails[i] = 1.0
        if not (is_run or is_wild or opened or alarm[i] or doubt[i] >= limit[i]):
            continue
        if opened and relearnt_at[i] > opened_at[i]:
            continue
        if is_ready(first_at[i], last_at[i], samples[i], warm_up_s, warm_up_samples):
            would = is_patient and doubt[i] >= limit[i]
            model[i] = model_weight(opened, is_patient and is_run, is_patient and is_wild, would)
            if alarm[i] or (is_run and is_patient):
                tails[i] = 0.1
        elif is_wild and not is_run:
            model[i] = 0.1
        if alarm[i]:
            model[i] = 0.0
        if opened:
            tails[i] = 0.02
