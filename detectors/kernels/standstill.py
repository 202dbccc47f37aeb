"""The loops of `detectors/standstill.py`, which says what they do."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.tail import MOST

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

LEAST = 4.0  # repeats
YOUNG = 100.0  # changes
OFTEN = 0.2  # of the samples
FEW, FIRST = 2.0, 2.0  # standstills that the first guess is worth, and the repeats that it says
HEAVY = 0.7
FARTHEST = 15.0  # usual standstills: what one in an open anomaly can teach at most
RESTING = 0.0


@kernel("f8(f8, f8, f8)")
def usual(changes: float, stands: float, repeats: float) -> float:
    """Repeats after the first of a standstill, in the mean; NaN where nothing is to be told."""
    if changes < YOUNG or repeats > OFTEN * (changes + repeats):
        return np.nan
    mean: float = (repeats - stands + FEW * FIRST) / (stands + FEW)
    return mean


@kernel("f8(f8, f8, f8, f8)")
def rarity(run: float, changes: float, stands: float, repeats: float) -> float:
    """-log of how often, per sample, a standstill of so many repeats comes about."""
    mean = usual(changes, stands, repeats)
    if mean != mean:
        return 0.0
    begun = np.log((changes + repeats) / (stands + 1.0))
    nats: float = begun + np.log1p(HEAVY * (run - 1.0) / mean) / HEAVY
    return min(max(nats, 0.0), MOST)


@kernel(f"void({'f8[:], ' * 2}f8, f8, u1[:], b1[:], f8[:], {'f4[:], ' * 6}f8[:])", trusts=True)
def step(
    x: Floats,
    dt: Floats,
    least_s: float,
    memory_s: float,
    is_open: Bytes,
    held: Flags,
    value: Floats,
    stood: Floats32,
    run: Floats32,
    changes: Floats32,
    stands: Floats32,
    repeats: Floats32,
    longest: Floats32,
    nats: Floats,
) -> None:
    """Take samples in, and fill in `nats`; `held` has one flag of all rows, or one each."""
    passed, keep = np.nan, 1.0
    for i in range(x.size):
        nats[i] = 0.0
        if x[i] == value[i]:
            if x[i] != RESTING:
                run[i] += 1.0
                stood[i] += dt[i]
                if run[i] >= LEAST and stood[i] >= least_s:
                    nats[i] = rarity(run[i], changes[i], stands[i], repeats[i])
            continue
        if not held[i if held.size > 1 else 0]:
            if dt[i] != passed:
                passed, keep = dt[i], np.exp(-dt[i] / memory_s)
            ended = float(run[i])
            if is_open[i] == 1:
                mean = usual(changes[i], stands[i], repeats[i])
                ended = min(ended, FARTHEST * mean) if mean == mean else ended
            changes[i] = changes[i] * keep + (x[i] != RESTING)
            stands[i] = stands[i] * keep + (run[i] > 0.0)
            repeats[i] = repeats[i] * keep + ended
            longest[i] = max(longest[i], stood[i])
        value[i], stood[i], run[i] = x[i], 0.0, 0.0


@kernel("void(f8[:], f8[:], f8[:], b1[:])", trusts=True)
def raise_alarm(still: Floats, limit: Floats, nats: Floats, alarms: Flags) -> None:
    """Alarm where a standstill is rare enough, and raise what is said of the sample to that."""
    for i in range(still.size):
        if still[i] >= limit[i]:
            alarms[i], nats[i] = True, max(nats[i], still[i])
