"""What a codec makes of a run of records, and what a codec is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import groupby
from typing import NamedTuple, Protocol

from msgspec import Struct


class Bad(NamedTuple):
    """A record that is no samples: its position in the run, a word, and a sentence."""

    position: int
    reason: str
    detail: str


class Kind(IntEnum):
    """What the values of a series are."""

    GAUGE = 0
    """The value itself."""
    CUMULATIVE = 1
    """A count since a start, which falls to 0 at times: becomes a rate per second."""
    DELTA = 2
    """A count since the sample before (or since `start`): becomes a rate per second."""


class Histogram(Struct, frozen=True, array_like=True):
    """A histogram at an instant, as it came; quantiles and rate are made of it later.

    `counts[i]` of the `count` observations lie in (`bounds[i - 1]`, `bounds[i]`]; there is one
    count more than bounds. `start` is the epoch second since which they were counted, 0 when that
    is not known; `is_delta` when it is the instant of the histogram before. `position` is that of
    the record in its run.
    """

    position: int
    key: str
    at: float
    start: float
    is_delta: bool
    count: float
    bounds: list[float]
    counts: list[float]


@dataclass(slots=True)
class Decoded:
    """Samples as lists of equal length, histograms, and the records that are neither.

    `position` is ascending. `kinds` holds the keys that are no gauges, and if there are any,
    `start` holds for each sample the epoch second since which it was counted, 0.0 for not known;
    it is empty otherwise. A bad record may have left samples before it was found to be bad.

    `place` and `histogram_place` number samples and histograms in their record, those that were
    left out as well: what lies in the future today may not when it is read again. They are empty
    where none was left out. `merged` has the names that a record has several times, with two of the
    paths that lead to them.
    """

    keys: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)  # epoch seconds
    value: list[float] = field(default_factory=list)
    position: list[int] = field(default_factory=list)  # of the record in its run
    start: list[float] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)
    histograms: list[Histogram] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    histogram_place: list[int] = field(default_factory=list)
    merged: dict[str, tuple[str, str]] = field(default_factory=dict)


def places(position: Sequence[int]) -> list[int]:
    """The number of each in its record, given their positions.

    >>> places([0, 0, 3, 3, 3, 4])
    [0, 1, 0, 1, 2, 0]
    """
    return [number for _, same in groupby(position) for number, _ in enumerate(same)]


class Codec(Protocol):
    """Turns records of one format into samples."""

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """Decode a run; `timestamps` are the records' own, in ms; `now` is in epoch seconds.

        Never raises: what cannot be decoded is in `bad`, and the rest goes on. The same run gives
        the same samples in the same order, whenever it is decoded.
        """
