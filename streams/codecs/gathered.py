"""What a codec gathers from a run, and the checks that all formats share, over whole columns."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TypeVar

from streams.codecs.decoded import Bad, Decoded, Histogram, Kind, places
from streams.codecs.faults import Fault
from streams.codecs.instants import BadInstant, epoch_column, epoch_seconds, start_seconds

Sample = TypeVar("Sample")

MOST_FAULTS = 100
"""So many faults of a record, and the rest of it is not looked at: it is no telemetry."""


@dataclass(slots=True)
class Gathered:
    """Samples as they came, column by column, to be checked when the run is whole.

    `stamps` are as the producer wrote them, None where it wrote none. `starts`, if there are any,
    are as long as the rest, 0 for not known. `record` is the position of the one being read.
    """

    keys: list[str] = field(default_factory=list)
    stamps: list[float | str | None] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)
    histograms: list[Histogram] = field(default_factory=list)  # `at` is as the stamps are
    bad: list[Bad] = field(default_factory=list)
    record: int = 0
    places: list[int] = field(default_factory=list)  # where some were left out
    merged: dict[str, tuple[str, str]] = field(default_factory=dict)
    _faulty: int = -1  # the last record that had faults
    _faults: int = 0  # and how many

    def add(self, key: str, stamp: float | str | None, value: float, start: float) -> None:
        """A sample of the record being read."""
        self.keys.append(key)
        self.stamps.append(stamp)
        self.values.append(value)
        self.starts.append(start)

    def drop(self, before: int) -> None:
        """Take back all samples since there were so many."""
        for column in (self.keys, self.stamps, self.values, self.starts):
            del column[before:]

    def fault(self, fault: Fault) -> None:
        """Something is wrong with the record being read, or with a part of it."""
        self.bad.append(Bad(self.record, fault.reason, fault.detail))
        if self._faulty != self.record:
            self._faulty, self._faults = self.record, 0
        self._faults += 1

    @property
    def is_given_up(self) -> bool:
        """Whether the record being read has so many faults that the rest is not worth a look."""
        return self._faults >= MOST_FAULTS and self._faulty == self.record

    def place(self) -> None:
        """All samples since the last call are of the record being read."""
        self.position += [self.record] * (len(self.keys) - len(self.position))

    def finish(self, timestamps: Sequence[int], *, latest: float) -> Decoded:
        """The run decoded: instants read and checked, values finite, one Bad a record."""
        at = epoch_column(self.stamps, latest=latest)
        if at is None:
            self._stamp_with(timestamps)
            at = epoch_column(self.stamps, latest=latest)
        if at is None or not math.isfinite(sum(self.values)):
            at = self._sound(latest)
        histograms, histogram_place = self._histograms(timestamps, latest)
        return Decoded(
            keys=self.keys,
            at=at,
            value=self.values,
            position=self.position,
            start=self._start(at),
            kinds=self.kinds,
            histograms=histograms,
            bad=_firsts(self.bad),
            place=self.places,
            histogram_place=histogram_place,
            merged=self.merged,
        )

    def name_each(self, samples: Iterable[Sample], key_of: Callable[[Sample], str]) -> None:
        """Ask for the key of each sample, and leave out those that can have none."""
        self.keys = []
        for sample, position in zip(samples, self.position, strict=True):
            self.record, key = position, ""
            if not self.is_given_up:
                try:
                    key = key_of(sample)
                except Fault as fault:
                    self.fault(fault)
            self.keys.append(key)
        if not all(self.keys):
            self.keep(self.keys)

    def _stamp_with(self, timestamps: Sequence[int]) -> None:
        self.stamps = [
            timestamps[position] / 1000.0 if stamp is None else stamp
            for stamp, position in zip(self.stamps, self.position, strict=True)
        ]

    def _sound(self, latest: float) -> list[float]:
        """Leave out each sample that is not sound; the instants of the others."""
        at: list[float] = []
        sound: list[bool] = []
        for key, stamp, value, position in zip(
            self.keys, self.stamps, self.values, self.position, strict=True
        ):
            try:
                instant = epoch_seconds(stamp, latest=latest)  # type: ignore[arg-type]
            except BadInstant as error:
                self.bad.append(Bad(position, "timestamp", str(error)))
                sound.append(False)
                continue
            sound.append(math.isfinite(value))
            if sound[-1]:
                at.append(instant)
            else:
                self.bad.append(Bad(position, "not_finite", f"{key[:200]!r} is {value}"))
        self.places = places(self.position)
        self.keep(sound)
        return at

    def keep(self, chosen: Sequence[object]) -> None:
        """Leave out the samples that are not chosen."""
        for name in ("keys", "stamps", "values", "position", "starts", "places"):
            setattr(self, name, [*compress(getattr(self, name), chosen)])

    def _histograms(
        self, timestamps: Sequence[int], latest: float
    ) -> tuple[list[Histogram], list[int]]:
        """Those that are sound; and their places, where others were left out."""
        found = [*self._checked(timestamps, latest)]
        if all(found):
            return [one for one in found if one], []
        numbers = places([one.position for one in self.histograms])
        return [one for one in found if one], [*compress(numbers, found)]

    def _checked(self, timestamps: Sequence[int], latest: float) -> Iterator[Histogram | None]:
        stamps = [one.at or timestamps[one.position] / 1000.0 for one in self.histograms]
        column = epoch_column(stamps, latest=latest)
        for one, stamp, instant in zip(self.histograms, stamps, column or stamps, strict=True):
            try:
                at = instant if column else epoch_seconds(stamp, latest=latest)
            except BadInstant as error:
                self.bad.append(Bad(one.position, "timestamp", str(error)))
                yield None
            else:
                start = start_seconds(one.start, before=at)
                yield Histogram(
                    one.position, one.key, at, start, one.is_delta,
                    one.count, one.bounds, one.counts,
                )  # fmt: skip

    def _start(self, at: list[float]) -> list[float]:
        if not self.kinds:
            return []
        known = {start: start_seconds(start, before=math.inf) for start in set(self.starts)}
        starts = [known[start] for start in self.starts]
        starts += [0.0] * (len(at) - len(starts))
        if starts and max(starts) > min(at):
            starts = [0.0 if start > end else start for start, end in zip(starts, at, strict=True)]
        return starts


def _firsts(bad: list[Bad]) -> list[Bad]:
    """The first fault of each record, in the order of the records."""
    first: dict[int, Bad] = {}
    for fault in bad:
        first.setdefault(fault.position, fault)
    return sorted(first.values())
