"""The saved form of a bank: a record a series, its key the series, its value the row's bytes.

A value begins with the version, the signature of the bank, and the applied offset; where detectors
hold objects, theirs come after the row. Records of another version or signature cannot be read: who
restores is told so.

Version 1 had records of 64 rows, `s0`, `s1`, ..., and `k0`, `k1`, ... for their series.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Saved = tuple[bytes, bytes | None]
"""A record as it is saved; None deletes it."""

VERSION = 2
_VERSION = bytes([VERSION])
_HEAD = 17  # bytes before those of the row
_KEY = b"r"
_AT_ONCE = 256  # rows packed in one piece: some milliseconds, half a megabyte


class Ignored(StrEnum):
    """Why a record was not restored; what was learnt is lost, and begun afresh."""

    VERSION = "it was written by another version"
    SIGNATURE = "it was written under other detectors"


class Row(NamedTuple):
    """A restored row: the offset applied to it, its bytes, and those of its objects."""

    applied: int
    data: bytes
    objects: bytes


class Records:
    """Packs and unpacks the rows of banks of one signature (16 hexadecimal digits)."""

    def __init__(self, signature: str, row_bytes: int) -> None:
        self._signature = bytes.fromhex(signature)
        self._dtype: np.dtype[Any] = np.dtype(
            [
                ("version", "u1"),
                ("signature", "V8"),
                ("applied", "<i8"),
                ("data", "u1", (row_bytes,)),
            ]
        )

    def pack(
        self,
        applied: npt.NDArray[np.int64],
        data: npt.NDArray[np.uint8],
        objects: Sequence[bytes],
    ) -> list[bytes]:
        """The values of rows, given their bytes (n, row_bytes) and those of their objects."""
        records = np.zeros(len(data), self._dtype)
        records["version"] = VERSION
        records["signature"] = np.void(self._signature)
        records["applied"] = applied
        records["data"] = data
        packed, size = records.tobytes(), self._dtype.itemsize
        rows = (packed[i : i + size] for i in range(0, len(packed), size))
        return [row + after if after else row for row, after in zip(rows, objects, strict=True)]

    def rows(self, values: Sequence[bytes]) -> npt.NDArray[Any] | None:
        """The rows of values, `applied` and `data` of each; None where one is of another kind."""
        head, size = _VERSION + self._signature, self._dtype.itemsize
        if all(len(value) == size and value.startswith(head) for value in values):
            return np.frombuffer(b"".join(values), self._dtype)
        return None

    def unpack(self, value: bytes) -> Row | Ignored:
        """The row of a value. Raises ValueError where it is not as long as its kind must be.

        How much more there may be, of objects, is theirs to say.
        """
        if value[:1] != _VERSION:
            return Ignored.VERSION
        if value[1:9] != self._signature:
            return Ignored.SIGNATURE
        end = self._dtype.itemsize
        if len(value) < end:
            raise ValueError(f"a row of {end} bytes, not {len(value)}")
        applied = int.from_bytes(value[9:_HEAD], "little", signed=True)
        return Row(applied, value[_HEAD:end], value[end:])


def in_pieces(rows: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    """Rows, so many at a time as are packed in one piece."""
    return (rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE))


def record_key(series: str) -> bytes:
    """The key of a series' record."""
    return _KEY + series.encode()


def is_of_row(key: bytes) -> bool:
    """Whether a key is that of a series' record."""
    return key.startswith(_KEY)


def series_of(key: bytes) -> str:
    """The series of a record's key. Raises ValueError for a key that is none of ours."""
    if key[:1] != _KEY:
        raise ValueError(f"not a bank's record: {key!r}")
    return key[1:].decode()


def is_of_version_1(key: bytes) -> bool:
    """Whether a key is one of version 1."""
    return key[:1] in (b"s", b"k") and key[1:].isdigit()
