"""OTLP histograms as buckets with bounds: explicit ones checked, exponential ones computed.

Reference: OpenTelemetry, Metrics Data Model, "Histogram" and "ExponentialHistogram".
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from streams.codecs.faults import Fault

_MOST = 4096  # buckets; an SDK makes 160 of each sign at the most
_NEXT_TO_ZERO = math.nextafter(0.0, -1.0)

Buckets = tuple[list[float], list[float]]
"""Bounds, ascending and finite, and the counts between them: one more."""


class Side(NamedTuple):
    """The buckets of one sign: the index of the first, and their counts."""

    offset: int
    counts: Sequence[int]


def explicit(bounds: Iterable[float], counts: Sequence[float], *, count: float) -> Buckets:
    """Buckets as they were sent. Raises Fault where they are none.

    >>> explicit([1.0, 5.0], [2, 1, 0], count=3)
    ([1.0, 5.0], [2.0, 1.0, 0.0])
    """
    bounds = tuple(bounds)
    if not counts and not bounds:
        return [], [count]
    if len(counts) != len(bounds) + 1:
        raise Fault("shape", f"{len(counts)} counts of buckets do not go with {len(bounds)} bounds")
    _check_number(len(counts))
    _check_ascending(bounds)
    numbers = [*map(float, counts)]
    if bounds and bounds[-1] == math.inf:
        return list(bounds[:-1]), [*numbers[:-2], numbers[-2] + numbers[-1]]
    return list(bounds), numbers


def exponential(
    positive: Side, negative: Side, *, scale: int, zero_count: int, zero_threshold: float
) -> Buckets:
    """Buckets with the bounds that scale and offsets stand for. Raises Fault where they are none.

    The bucket with index i of base b = 2^(2^-scale) is (b^i, b^(i + 1)]; zero and what is nearer
    to it than the threshold has a bucket of its own. A sign without observations has none.

    >>> exponential(Side(1, [2, 1]), Side(0, []), scale=0, zero_count=4, zero_threshold=0.0)
    ([0.0, 2.0, 4.0, 8.0], [4.0, 0.0, 2.0, 1.0, 0.0])
    """
    _check_number(len(positive.counts) + len(negative.counts))
    if not 0 <= zero_threshold < math.inf:
        raise Fault("shape", f"a zero threshold of {zero_threshold}")
    upper, lower = (side.counts if any(side.counts) else () for side in (positive, negative))
    has_zero = bool(zero_count or zero_threshold or lower)
    bounds, are_sound = _bounds(
        scale,
        (positive.offset, len(upper)),
        (negative.offset, len(lower)),
        zero_threshold if has_zero else None,
    )
    counts: list[float] = []
    if lower:
        counts += [0.0, *map(float, reversed(lower)), 0.0]
    if has_zero:
        counts.append(float(zero_count))
    if upper:
        counts += [0.0, *map(float, upper)]
    counts.append(0.0)
    return (list(bounds), counts) if are_sound else _merged(bounds, counts)


@lru_cache(maxsize=256)
def _bounds(
    scale: int, positive: tuple[int, int], negative: tuple[int, int], zero: float | None
) -> tuple[tuple[float, ...], bool]:
    """The bounds of offsets and lengths, and whether they are finite and ascend."""
    bounds: list[float] = []
    if negative[1]:
        bounds += [-bound for bound in reversed(_powers(scale, *negative))]
        bounds.append(max(bounds[-1], -zero if zero else _NEXT_TO_ZERO))
    if zero is not None:
        first = _powers(scale, positive[0], 0)[0] if positive[1] else math.inf
        bounds.append(min(zero, first))
    if positive[1]:
        bounds += _powers(scale, *positive)
    ascend = all(low < high for low, high in pairwise(bounds))
    return tuple(bounds), ascend and all(map(math.isfinite, bounds))


def _powers(scale: int, offset: int, length: int) -> list[float]:
    """The bounds of so many buckets in a row: one more."""
    return [_power(index, -scale) for index in range(offset, offset + length + 1)]


def _power(index: int, doublings: int) -> float:
    """2 ^ (index * 2 ^ doublings), without a limit to either."""
    try:
        return float(2.0 ** math.ldexp(index, doublings))
    except OverflowError:
        return math.inf if index > 0 else 0.0


def _merged(bounds: Sequence[float], counts: Sequence[float]) -> Buckets:
    """Buckets without those that have no width, or begin or end beyond all numbers."""
    found: list[float] = []
    sums: list[float] = []
    waiting = 0.0
    for bound, count in zip(bounds, counts, strict=False):
        waiting += count
        if found and bound == found[-1]:
            sums[-1] += waiting
        elif math.isfinite(bound):
            found.append(bound)
            sums.append(waiting)
        else:
            continue
        waiting = 0.0
    return found, [*sums, waiting + counts[-1]]


@lru_cache(maxsize=256)
def _check_ascending(bounds: tuple[float, ...]) -> None:
    if bounds and (math.isnan(bounds[0]) or bounds[0] == -math.inf):
        raise Fault("not_finite", f"the lowest bound of buckets is {bounds[0]}")
    if not all(low < high for low, high in pairwise(bounds)):
        raise Fault("shape", "the bounds of buckets do not ascend")


def _check_number(buckets: int) -> None:
    if buckets > _MOST:
        raise Fault("too_large", f"{buckets} buckets, more than {_MOST}")
