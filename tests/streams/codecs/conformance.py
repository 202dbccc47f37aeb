"""What holds for every codec and any records, whatever is in them."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from detectors.series import Series
from streams.codecs.decoded import Decoded
from streams.codecs.instants import EARLIEST


def violations(found: Decoded, count: int, *, latest: float) -> list[str]:
    """What does not hold of a run of so many records."""
    return [
        *_columns(found),
        *_positions(found, count),
        *_samples(found, latest),
        *_histograms(found, count, latest),
    ]


def outcomes(found: Decoded, count: int) -> Counter[str]:
    """How the records ended: as samples, as a dead letter, as both, or with nothing to tell."""
    good = {*found.position, *(histogram.position for histogram in found.histograms)}
    bad = {fault.position for fault in found.bad}
    return Counter(
        samples=len(good - bad),
        bad=len(bad - good),
        both=len(good & bad),
        nothing=count - len(good | bad),
    )


def _columns(found: Decoded) -> Iterator[str]:
    length = len(found.keys)
    if not length == len(found.at) == len(found.value) == len(found.position):
        yield "the columns differ in length"
    if len(found.start) != (length if found.kinds else 0):
        yield f"{len(found.start)} starts for {length} samples, kinds: {len(found.kinds)}"


def _positions(found: Decoded, count: int) -> Iterator[str]:
    if any(a > b for a, b in pairwise(found.position)):
        yield "the positions do not ascend"
    if any(not 0 <= position < count for position in found.position):
        yield "a sample of no record"
    bad = [fault.position for fault in found.bad]
    if len(set(bad)) != len(bad):
        yield "two faults of one record"
    if any(not 0 <= position < count for position in bad):
        yield "a fault of no record"
    if any(not fault.reason or not fault.detail for fault in found.bad):
        yield "a fault without words"
    for fault in found.bad:
        fault.detail.encode()


def _samples(found: Decoded, latest: float) -> Iterator[str]:
    if any(not EARLIEST <= at <= latest for at in found.at):
        yield "an instant of another time"
    if any(type(value) is not float and type(value) is not int for value in found.value):
        yield "a value that is no number"
    if any(not math.isfinite(value) for value in found.value):
        yield "a value that is not finite"
    if any(start and not EARLIEST <= start <= latest for start in found.start):
        yield "a start of another time"
    for key in {*found.keys, *(histogram.key for histogram in found.histograms)}:
        yield from _key(key)


def _key(key: str) -> Iterator[str]:
    try:
        key.encode()
        series = Series.parse(key)
    except ValueError as error:
        yield f"a key that cannot be read: {error}"
    else:
        if series.key != key:
            yield f"a key that reads as another: {key[:100]!r}"


def _histograms(found: Decoded, count: int, latest: float) -> Iterator[str]:
    for one in found.histograms:
        if not 0 <= one.position < count:
            yield "a histogram of no record"
        if not EARLIEST <= one.at <= latest or one.start > one.at:
            yield "a histogram of another time"
        if len(one.counts) != len(one.bounds) + 1:
            yield f"{len(one.counts)} counts for {len(one.bounds)} bounds"
        if any(not low < high for low, high in pairwise(one.bounds)):
            yield "bounds that do not ascend"
        if not all(math.isfinite(n) and n >= 0 for n in (one.count, *one.counts)):
            yield "a count below 0, or of no size"
        if not all(math.isfinite(bound) for bound in one.bounds):
            yield "a bound that is not finite"
