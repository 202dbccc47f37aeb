"""The arrays of a bank, and their saved form: blocks of 64 rows as bytes.

Two kinds of records: `k<block>` names the series of a block, written when one is added; `s<block>`
holds the block's rows. Both carry version and signature; those of another signature are ignored.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

VERSION = 1
BLOCK = 64


class _Names(Struct, frozen=True, array_like=True):
    version: int
    signature: str
    keys: list[str]


class _Block(Struct, frozen=True, array_like=True):
    version: int
    signature: str
    applied: int
    rows: int
    arrays: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_names = msgspec.msgpack.Decoder(_Names)
_block = msgspec.msgpack.Decoder(_Block)


class Store:
    """Rows of several arrays that grow together, their series, applied offsets and dirty marks."""

    def __init__(self, signature: str, shapes: Sequence[tuple[Any, tuple[int, ...]]]) -> None:
        self.signature = signature
        self.keys: list[str] = []
        self.arrays = [np.zeros((0, *shape), dtype) for dtype, shape in shapes]
        self.applied = np.zeros(0, np.int64)
        self._row_of: dict[str, int] = {}
        self._dirty = np.zeros(0, np.bool_)
        self._renamed: set[int] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._row_of

    @property
    def bytes_per_row(self) -> int:
        """State of one series."""
        return sum(array.itemsize * int(np.prod(array.shape[1:])) for array in self.arrays)

    def rows(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added."""
        row_of = self._row_of
        found = [row_of.get(key, -1) for key in keys]
        for i, row in enumerate(found):
            if row < 0:
                found[i] = self._add(keys[i])
        return np.array(found, np.int32)

    def touch(self, rows: npt.NDArray[np.int32]) -> None:
        """Mark the blocks of rows for the next snapshot."""
        self._dirty[rows // BLOCK] = True

    def changes(self) -> Iterator[tuple[bytes, bytes]]:
        """Records of what changed since they were read last, each made when it is asked for.

        Assumes that nothing changes until all of them were.
        """
        for block in sorted(self._renamed):
            yield b"k%d" % block, self._pack_names(block)
            self._renamed.discard(block)
        for block in np.flatnonzero(self._dirty).tolist():
            yield b"s%d" % block, self._pack(block)
            self._dirty[block] = False

    def restore(self, key: bytes, value: bytes) -> None:
        """Take a record back, in any order. Raises ValueError for a record that is none of ours."""
        kind, block = key[:1], _block_number(key)
        if kind == b"k":
            self._unpack_names(block, _names.decode(value))
        elif kind == b"s":
            self._unpack(block, _block.decode(value))
        else:
            raise ValueError(f"not a bank's record: {key!r}")

    def _add(self, key: str) -> int:
        row = self._row_of.get(key)
        if row is not None:
            return row
        row = len(self.keys)
        self._reserve(row + 1)
        self.keys.append(key)
        self._row_of[key] = row
        self._renamed.add(row // BLOCK)
        return row

    def _reserve(self, rows: int) -> None:
        have = len(self.applied) * BLOCK
        if rows <= have:
            return
        blocks = -(-max(rows, 2 * have) // BLOCK)
        more = blocks * BLOCK - have
        self.arrays = [
            np.concatenate([array, np.zeros((more, *array.shape[1:]), array.dtype)])
            for array in self.arrays
        ]
        extra = blocks - len(self.applied)
        self.applied = np.concatenate([self.applied, np.full(extra, -1, np.int64)])
        self._dirty = np.concatenate([self._dirty, np.zeros(extra, np.bool_)])

    def _pack_names(self, block: int) -> bytes:
        keys = self.keys[block * BLOCK : (block + 1) * BLOCK]
        return _encode(_Names(VERSION, self.signature, keys))

    def _pack(self, block: int) -> bytes:
        start, end = block * BLOCK, min((block + 1) * BLOCK, len(self.keys))
        arrays = [array[start:end].tobytes() for array in self.arrays]
        applied = int(self.applied[block])
        return _encode(_Block(VERSION, self.signature, applied, end - start, arrays))

    def _unpack_names(self, block: int, names: _Names) -> None:
        if not self._is_ours(names.version, names.signature):
            return
        start = block * BLOCK
        self._reserve(start + BLOCK)
        missing = start + len(names.keys) - len(self.keys)
        self.keys += [""] * max(missing, 0)
        for i, key in enumerate(names.keys):
            self.keys[start + i] = key
            self._row_of[key] = start + i

    def _unpack(self, block: int, saved: _Block) -> None:
        if not self._is_ours(saved.version, saved.signature):
            return
        start = block * BLOCK
        self._reserve(start + BLOCK)
        for array, data in zip(self.arrays, saved.arrays, strict=True):
            flat = np.frombuffer(data, array.dtype)
            array[start : start + saved.rows] = flat.reshape(saved.rows, *array.shape[1:])
        self.applied[block] = saved.applied
        self._dirty[block] = False

    def _is_ours(self, version: int, signature: str) -> bool:
        return version == VERSION and signature == self.signature


def _block_number(key: bytes) -> int:
    if not key[1:].isdigit():
        raise ValueError(f"not a bank's record: {key!r}")
    return int(key[1:])
