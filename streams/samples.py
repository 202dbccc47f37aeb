"""The layout of `tocsin.samples`: packed columns, one message per partition and run.

A message carries its own dictionary of series, so that it can be read alone, and columns of equal
length in little-endian bytes. See docs/adr/0011-samples-layout.md for why.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from streams.codecs.decoded import Histogram

LAYOUT = 2
RECORD_BITS = 20
"""A sample's `order` is its record's offset in the source, shifted by so many bits, and its place
in that record: it grows along a source, and is the same whenever the source is read."""


class Packed(Struct, frozen=True, array_like=True):
    """The record value: layout, input name, source partition, series keys, and the columns."""

    layout: int
    input: str
    source: str
    reached: float
    keys: list[str]
    index: bytes  # int32: position in `keys`
    at: bytes  # float64: epoch seconds
    value: bytes  # float64
    order: bytes  # int64
    kinds: bytes  # uint8 for each of `keys`, or empty: all are gauges
    start: bytes  # float64: epoch seconds, or empty
    histograms: list[Histogram]
    is_followed: bool
    life: bytes = b""


class Columns(Struct, frozen=True):
    """A message unpacked: `keys[index[i]]` had `value[i]` at `at[i]` epoch seconds.

    `source` names the partition the run was read from (`topic/0`): event time is only as far as
    the slowest of an input's sources. `reached` is the newest time that source has shown; a
    message without samples says just that, for partitions that have none of the source's series.

    `order` is ascending, see :data:`RECORD_BITS`; the `position` of a histogram is its order.
    `kinds` and `start` are as in :class:`streams.codecs.decoded.Decoded`, and empty where all
    series are gauges. `is_followed`: the next message is of the same moment, from another source;
    both are to be judged together, in the order of their times. `life` is the id of the source's
    topic, empty where it is not known: one that was made anew has another.
    """

    input: str
    source: str
    reached: float
    keys: Sequence[str]
    index: npt.NDArray[np.int32]
    at: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    order: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.uint8] = np.zeros(0, np.uint8)
    start: npt.NDArray[np.float64] = np.zeros(0)
    histograms: Sequence[Histogram] = ()
    is_followed: bool = False
    life: bytes = b""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Packed)


def pack(columns: Columns) -> bytes:
    """The columns as a record value."""
    return _encoder.encode(
        Packed(
            LAYOUT,
            columns.input,
            columns.source,
            columns.reached,
            list(columns.keys),
            columns.index.astype("<i4").tobytes(),
            columns.at.astype("<f8").tobytes(),
            columns.value.astype("<f8").tobytes(),
            columns.order.astype("<i8").tobytes(),
            columns.kinds.tobytes(),
            columns.start.astype("<f8").tobytes(),
            list(columns.histograms),
            columns.is_followed,
            columns.life,
        )
    )


def unpack(value: bytes) -> Columns:
    """The columns of a record value. Raises ValueError for anything that is not such a value."""
    try:
        packed = _decoder.decode(value)
    except msgspec.ValidationError:
        _refuse_layout(value)
        raise
    if packed.layout != LAYOUT:
        _refuse_layout(value)
    columns = Columns(
        packed.input,
        packed.source,
        packed.reached,
        packed.keys,
        _column(packed.index, "<i4"),
        _column(packed.at, "<f8"),
        _column(packed.value, "<f8"),
        _column(packed.order, "<i8"),
        _column(packed.kinds, "u1"),
        _column(packed.start, "<f8"),
        packed.histograms,
        packed.is_followed,
        packed.life,
    )
    _check(columns)
    return columns


def _refuse_layout(value: bytes) -> None:
    """Say so where the fault is that another version wrote this."""
    fields = msgspec.msgpack.decode(value)
    if isinstance(fields, list) and fields and isinstance(fields[0], int) and fields[0] != LAYOUT:
        raise ValueError(f"samples layout {fields[0]} is not {LAYOUT}: run one version only")


def _check(columns: Columns) -> None:
    length, keys = len(columns.index), len(columns.keys)
    if not length == len(columns.at) == len(columns.value) == len(columns.order):
        raise ValueError("the columns differ in length")
    if len(columns.kinds) not in (0, keys) or len(columns.start) not in (0, length):
        raise ValueError("the columns of counters differ in length")
    if np.any((columns.index < 0) | (columns.index >= keys)):
        raise ValueError("the index leads beyond the keys")


def _column(data: bytes, dtype: str) -> npt.NDArray[Any]:
    return np.frombuffer(data, dtype)


def last_order(columns: Columns) -> int:
    """The newest order of a sample or a histogram, -1 where there is none."""
    of_samples = int(columns.order[-1]) if len(columns.order) else -1
    return max(of_samples, max((h.position for h in columns.histograms), default=-1))


def chosen(
    columns: Columns, kept: npt.NDArray[np.bool_], histograms: Sequence[Histogram]
) -> Columns:
    """Some samples and histograms of columns; the dictionary of series stays whole."""
    return replace(
        columns,
        index=columns.index[kept],
        at=columns.at[kept],
        value=columns.value[kept],
        order=columns.order[kept],
        start=columns.start[kept] if len(columns.start) else columns.start,
        histograms=histograms,
    )


def partition_of(key: str, partitions: int) -> int:
    """The partition of a series key, the same in every process and for ever."""
    return zlib.crc32(key.encode()) % partitions
