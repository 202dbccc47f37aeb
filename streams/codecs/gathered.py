"""What a codec gathers from a run, and the checks that all formats share, over whole columns."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TypeVar

import msgspec

from streams.codecs.decoded import Bad, Decoded, Histogram, Kind
from streams.codecs.faults import LARGEST, Fault, unreadable
from streams.codecs.instants import BadInstant, epoch_column, epoch_seconds, start_seconds

Record = TypeVar("Record")
Sample = TypeVar("Sample")


def parse_each(
    parse: Callable[[bytes], Record], values: Sequence[bytes | None], bad: list[Bad]
) -> tuple[Sequence[Record], Sequence[int]]:
    """The records that can be parsed, and their positions; why the others cannot is in `bad`."""
    try:
        if max(map(len, values)) <= LARGEST:  # type: ignore[arg-type]
            return [*map(parse, values)], range(len(values))  # type: ignore[arg-type]
    except (Fault, TypeError, ValueError, RecursionError):  # as in `_fault`; and for no values
        pass
    records: list[Record] = []
    positions: list[int] = []
    for position, value in enumerate(values):
        try:
            if value is None or len(value) > LARGEST:
                raise unreadable(value) or Fault("empty", "")
            records.append(parse(value))
        except (Fault, ValueError, RecursionError) as error:
            fault = unreadable(value) or _fault(error)
            bad.append(Bad(position, fault.reason, fault.detail))
        else:
            positions.append(position)
    return records, positions


def _fault(error: Exception) -> Fault:
    match error:
        case Fault():
            return error
        case RecursionError():
            return Fault("shape", "nested too deeply")
        case msgspec.ValidationError():
            return Fault("shape", str(error))
    return Fault("not_json", str(error))


@dataclass(slots=True)
class Gathered:
    """Samples as they came, column by column, to be checked when the run is whole.

    `stamps` are as the producer wrote them, None where it wrote none. `starts`, if there are any,
    are as long as the rest, 0 for not known.
    """

    keys: list[str] = field(default_factory=list)
    stamps: list[float | str | None] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)
    histograms: list[Histogram] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)

    def finish(self, timestamps: Sequence[int], *, latest: float) -> Decoded:
        """The run decoded: instants read and checked, values finite, one Bad a record."""
        at = epoch_column(self.stamps, latest=latest)
        if at is None:
            self._stamp_with(timestamps)
            at = epoch_column(self.stamps, latest=latest)
        if at is None or not math.isfinite(sum(self.values)):
            at = self._sound(latest)
        return Decoded(
            keys=self.keys,
            at=at,
            value=self.values,
            position=self.position,
            start=self._start(at),
            kinds=self.kinds,
            histograms=self.histograms,
            bad=_firsts(self.bad),
        )

    def name_each(self, samples: Iterable[Sample], key_of: Callable[[Sample], str]) -> None:
        """Ask for the key of each sample, and leave out those that can have none."""
        self.keys = []
        for sample, position in zip(samples, self.position, strict=True):
            try:
                self.keys.append(key_of(sample))
            except Fault as fault:
                self.keys.append("")
                self.bad.append(Bad(position, fault.reason, fault.detail))
        if not all(self.keys):
            self._keep(self.keys)

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
        self._keep(sound)
        return at

    def _keep(self, chosen: Sequence[object]) -> None:
        """Leave out the samples that are not chosen."""
        for name in ("keys", "stamps", "values", "position", "starts"):
            setattr(self, name, [*compress(getattr(self, name), chosen)])

    def _start(self, at: list[float]) -> list[float]:
        if not self.kinds:
            return []
        if not self.starts:
            return [0.0] * len(at)
        return [
            start_seconds(start, before=end) for start, end in zip(self.starts, at, strict=True)
        ]


def _firsts(bad: list[Bad]) -> list[Bad]:
    """The first fault of each record, in the order of the records."""
    first: dict[int, Bad] = {}
    for fault in bad:
        first.setdefault(fault.position, fault)
    return sorted(first.values())
