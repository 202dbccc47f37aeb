"""Histograms into what was observed in an interval, by the rules of :mod:`streams.meters.counters`.

A cumulative histogram is as many counters as it has buckets, with one start: if its count or one
of its buckets fell, all were reset. Where its bounds are others than before (an exponential
histogram that was scaled down, or reached further), the older counts are put into the new
buckets, which is exact as long as no new bound cuts an old bucket with observations in it. If one
does, this histogram says only from where to count on.

Histograms are saved in blocks of :data:`BLOCK`, each whole in one record with its series' keys.
"""

import sys
from bisect import bisect_left
from collections.abc import Sequence
from math import inf, isfinite

from msgspec import Struct

from streams.codecs.decoded import Histogram
from streams.meters.rows import Records
from streams.meters.saved import load, save

BLOCK = 32
_SAME = 1e-9  # bounds that differ by less of themselves are one: a base's powers are rounded
_MOST_BOUNDS = 4096  # lists of bounds that are kept once for all series


class Interval(Struct, frozen=True, gc=False):
    """What was observed in so many seconds; there is one count more than bounds, or none."""

    seconds: float
    count: float
    bounds: Sequence[float]
    counts: Sequence[float]


class Held(Struct, array_like=True, gc=False):
    """The newest histogram of a series."""

    key: str
    at: float
    start: float
    is_delta: bool
    count: float
    bounds: list[float]
    counts: list[float]


class Histograms:
    """The newest histogram of each series of an input."""

    def __init__(self) -> None:
        self.late = 0  # histograms not newer than their series' newest, or not finite
        self.surplus = 0  # histograms of series that there was no room for
        self._held: list[Held | None] = []
        self._place_of: dict[str, int] = {}
        self._free: set[int] = set()
        self._dirty: set[int] = set()  # blocks
        self._bounds: dict[tuple[float, ...], list[float]] = {}

    def __len__(self) -> int:
        return len(self._place_of)

    def interval(self, now: Histogram, *, most: int = sys.maxsize) -> Interval | None:
        """What a histogram adds to the one before it, None where that cannot be said.

        Series beyond `most` are not held. Cost: about 5 us with 12 buckets.
        """
        place = self._place_of.get(now.key, -1)
        if place < 0 and len(self) >= most:
            self.surplus += 1
            return None
        before = self._held[place] if place >= 0 else None
        if not isfinite(now.count) or not now.at > (before.at if before is not None else 0.0):
            self.late += 1
            return None
        found = _delta(before, now) if now.is_delta else _rise(before, now)
        self._hold(place, before, now)
        return found

    def forget(self, key: str) -> bool:
        """Forget a series; says whether it was known."""
        place = self._place_of.pop(key, None)
        if place is None:
            return False
        self._held[place] = None
        self._free.add(place)
        self._dirty.add(place // BLOCK)
        return True

    def expire(self, before: float) -> None:
        """Forget series whose newest histogram is older."""
        silent = [held.key for held in self._held if held is not None and held.at < before]
        for key in silent:
            self.forget(key)

    def seal(self) -> Records:
        """What changed since the last seal."""
        records: Records = [
            (b"h%d" % block, save(self._held[block * BLOCK : (block + 1) * BLOCK]))
            for block in sorted(self._dirty)
        ]
        self._dirty.clear()
        return records

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back a record. Raises ValueError where it is none of ours, or of this version."""
        saved = load(value, list[Held | None])
        first = int(name[1:]) * BLOCK
        self._held += [None] * (first + len(saved) - len(self._held))
        for place, held in enumerate(saved, first):
            before = self._held[place]
            if before is not None:
                del self._place_of[before.key]
            if held is not None:
                held.bounds = self._once(held.bounds)
                if held.key in self._place_of:
                    self._leave(self._place_of[held.key])
                self._place_of[held.key] = place
            self._held[place] = held
        places = range(first, first + len(saved))
        self._free.difference_update(places)
        self._free.update(place for place in places if self._held[place] is None)

    def _hold(self, place: int, before: Held | None, now: Histogram) -> None:
        bounds, counts = ([], []) if now.is_delta else (now.bounds, now.counts)
        if before is not None and before.bounds == bounds:
            bounds = before.bounds
        else:
            bounds = self._once(bounds)
        if place < 0:
            place = self._place(now.key)
        self._held[place] = Held(
            now.key, now.at, now.start, now.is_delta, now.count, bounds, counts
        )
        self._dirty.add(place // BLOCK)

    def _place(self, key: str) -> int:
        if self._free:
            place = self._free.pop()
        else:
            place = len(self._held)
            self._held.append(None)
        self._place_of[key] = place
        return place

    def _leave(self, place: int) -> None:
        """The series has another place: a torn seal, or a newer record of this is to come."""
        self._held[place] = None
        self._dirty.add(place // BLOCK)

    def _once(self, bounds: list[float]) -> list[float]:
        if len(self._bounds) >= _MOST_BOUNDS:
            self._bounds.clear()
        return self._bounds.setdefault(tuple(bounds), bounds)


def _delta(before: Held | None, now: Histogram) -> Interval | None:
    if 0 < now.start < now.at:
        since = now.start
    elif before is not None and before.is_delta:
        since = before.at
    else:
        return None
    return Interval(now.at - since, now.count, now.bounds, now.counts)


def _rise(before: Held | None, now: Histogram) -> Interval | None:
    if before is None or before.is_delta:
        return None
    is_restarted = now.start > before.start and now.start >= before.at
    if not is_restarted and now.count >= before.count:
        counts = _added(before, now)
        if counts is None:
            return None
        if not counts or min(counts) >= 0:
            seconds = now.at - before.at
            return Interval(seconds, now.count - before.count, now.bounds, counts)
    if not before.at <= now.start < now.at:
        return None
    return Interval(now.at - now.start, now.count, now.bounds, now.counts)


def _added(before: Held, now: Histogram) -> list[float] | None:
    """What each bucket has more than before, None where that cannot be said."""
    older: Sequence[float] | None = before.counts
    if before.bounds != now.bounds:
        older = regrouped(before.bounds, before.counts, onto=now.bounds)
    if older is None or len(older) != len(now.counts):
        return None
    return [count - less for count, less in zip(now.counts, older, strict=True)]


def regrouped(
    bounds: Sequence[float], counts: Sequence[float], *, onto: Sequence[float]
) -> list[float] | None:
    """Counts of buckets in the buckets of other bounds, None where these cut a full bucket.

    >>> regrouped([1.0, 2.0, 4.0], [3.0, 2.0, 1.0, 0.0], onto=[2.0, 4.0, 8.0])
    [5.0, 1.0, 0.0, 0.0]
    >>> regrouped([4.0], [6.0, 0.0], onto=[2.0, 4.0])
    """
    found = [0.0] * (len(onto) + 1)
    for low, high, count in zip([-inf, *bounds], [*bounds, inf], counts, strict=False):
        if count:
            i = bisect_left(onto, high - abs(high) * _SAME if isfinite(high) else high)
            if i and low < onto[i - 1] - abs(onto[i - 1]) * _SAME:
                return None
            found[i] += count
    return found
