"""Messages of samples and histograms for the tests of the meters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from streams.codecs.decoded import Histogram, Kind
from streams.meters.meters import Meters
from streams.samples import RECORD_BITS, Columns

LEVELS = (0.5, 0.99)


class Sample(NamedTuple):
    """A sample as a producer sent it."""

    key: str
    at: float
    value: float
    start: float = 0.0


class Given(NamedTuple):
    """A gauge, as the banks get it."""

    key: str
    at: float
    value: float


def message(
    samples: Sequence[Sample] = (),
    histograms: Sequence[Histogram] = (),
    *,
    kind: Kind = Kind.CUMULATIVE,
    kinds: dict[str, Kind] | None = None,
    source_input: str = "app",
) -> Columns:
    """Columns of samples in their order, with the histograms where their position says."""
    keys = list(dict.fromkeys(sample.key for sample in samples))
    of = kinds or {}
    return Columns(
        source_input,
        "app/0",
        0.0,
        keys,
        np.array([keys.index(sample.key) for sample in samples], np.int32),
        np.array([sample.at for sample in samples], np.float64),
        np.array([sample.value for sample in samples], np.float64),
        np.arange(len(samples), dtype=np.int64) << RECORD_BITS,
        np.array([of.get(key, kind) for key in keys], np.uint8),
        np.array([sample.start for sample in samples], np.float64),
        list(histograms),
    )


def histogram(
    at: float,
    counts: Sequence[float],
    *,
    key: str = "took",
    bounds: Sequence[float] = (1.0, 2.0, 4.0),
    start: float = 0.0,
    is_delta: bool = False,
    position: int = 0,
) -> Histogram:
    """A histogram; there is one count more than bounds."""
    return Histogram(
        position, key, at, start, is_delta, float(sum(counts)), list(bounds), [*map(float, counts)]
    )


def meters() -> Meters:
    """Meters without history."""
    return Meters(lambda _: LEVELS)


def given(columns: Columns) -> list[Given]:
    """The samples of columns that are gauges only."""
    assert len(columns.kinds) == len(columns.start) == len(columns.histograms) == 0
    assert np.all(np.diff(columns.order) >= 0)
    rows = zip(columns.index, columns.at, columns.value, strict=True)
    return [Given(columns.keys[int(i)], float(at), float(value)) for i, at, value in rows]


def values(columns: Columns) -> list[float]:
    """The values alone."""
    return [one.value for one in given(columns)]
