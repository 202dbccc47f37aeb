"""The layout of `tocsin.samples`: packed columns, one message per partition and run.

A message carries its own dictionary of series, so that it can be read alone, and three columns of
equal length in little-endian bytes. See docs/adr for why.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

LAYOUT = 1


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


class Columns(Struct, frozen=True):
    """A message unpacked: `keys[index[i]]` had `value[i]` at `at[i]` epoch seconds.

    `source` names the partition the run was read from (`topic/0`): event time is only as far as
    the slowest of an input's sources. `reached` is the newest time that source has shown; a
    message without samples says just that, for partitions that have none of the source's series.
    """

    input: str
    source: str
    reached: float
    keys: Sequence[str]
    index: npt.NDArray[np.int32]
    at: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]


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
        )
    )


def unpack(value: bytes) -> Columns:
    """The columns of a record value. Raises ValueError for anything that is not such a value."""
    packed = _decoder.decode(value)
    if packed.layout != LAYOUT:
        raise ValueError(f"samples layout {packed.layout} is not {LAYOUT}: run one version only")
    columns = Columns(
        packed.input,
        packed.source,
        packed.reached,
        packed.keys,
        _column(packed.index, "<i4"),
        _column(packed.at, "<f8"),
        _column(packed.value, "<f8"),
    )
    if not len(columns.index) == len(columns.at) == len(columns.value):
        raise ValueError("the columns differ in length")
    if np.any((columns.index < 0) | (columns.index >= len(packed.keys))):
        raise ValueError("the index leads beyond the keys")
    return columns


def _column(data: bytes, dtype: str) -> npt.NDArray[Any]:
    return np.frombuffer(data, dtype)


def partition_of(key: str, partitions: int) -> int:
    """The partition of a series key, the same in every process and for ever."""
    return zlib.crc32(key.encode()) % partitions
