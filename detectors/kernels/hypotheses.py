"""The loops of `detectors/hypotheses.py`, which says what they do.

The tally of a row is four numbers: the level of its present test, and how many tests began, were
spent and were found.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.gate import eased
from detectors.kernels.kernel import kernel
from detectors.kernels.peaks import at_edge, beyond, in_steps

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.intp]


@kernel(f"void(f4[:], i8[:], {'f4[:], ' * 6}f4[:], f8[:])")
def begin(
    tally: Floats32,
    base: Index,
    given: Floats32,
    peak: Floats32,
    edge: Floats32,
    m1: Floats32,
    m2: Floats32,
    count: Floats32,
    level: Floats32,
    p: Floats,
) -> None:
    """Fill in the level of each row's test, that given where none is under way, and its p-value."""
    for i in range(given.size):
        present = tally[base[i]]
        level[i] = present if present > 0 else given[i]
        p[i] = 1.0
        if present > 0:
            excess = max(peak[i] - edge[i], 0.0)
            p[i] = np.exp(-beyond(m1[i], m2[i], excess, count[i]))


@kernel("void(f4[:], f8[:], f4[:], f4[:], f8[:], u1[:], f8[:])")
def limit(
    level: Floats32,
    factor: Floats,
    count: Floats32,
    span: Floats32,
    cadence: Floats,
    is_open: Bytes,
    nats: Floats,
) -> None:
    """Fill in `nats`; `factor` has one number for all rows, or one each."""
    for i in range(level.size):
        allowed = min(level[i] * factor[i if factor.size > 1 else 0], 1.0)
        from_there = at_edge(count[i], in_steps(span[i], cadence[i]))
        nats[i] = eased(from_there - np.log(allowed), is_open[i] == 1)


@kernel("void(f4[:], i8[:], f4[:], f8[:], f8, b1[:], b1[:], f4[:])")
def learn(
    tally: Floats32,
    base: Index,
    level: Floats32,
    p: Floats,
    bar: float,
    may: Flags,
    opened: Flags,
    peak: Floats32,
) -> None:
    """Count the tests that began, and those that ended."""
    for i in range(level.size):
        is_on, first = peak[i] > 0, base[i]
        begins = is_on and may[i] and not tally[first] > 0
        if not (begins or tally[first] > 0):
            continue
        found = opened[i]
        tally[first] = level[i]
        tally[first + 1] += begins
        if found or not is_on:
            tally[first] = 0.0
            tally[first + 2] += (level[i] if found else p[i]) > bar
            tally[first + 3] += found
