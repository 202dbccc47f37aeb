"""Rows of numbers by series, saved in blocks; the rows of forgotten series are used again.

Two kinds of records: `s<block>` holds the numbers of a block's rows as bytes, `k<block>` names
their series. The numbers are written first, and a row that was given up is used again only after
the seal that says so. So whatever was the last record written before a crash, no series ever finds
the numbers of another in its row: at worst it finds older ones, or none.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from streams.meters.saved import load, save

BLOCK = 256

Records = list[tuple[bytes, bytes | None]]


class Rows:
    """Series key -> row of `numbers`, an array of `dtype`; new rows are zero."""

    def __init__(self, dtype: Any) -> None:
        self.numbers: npt.NDArray[Any] = np.zeros(0, dtype)
        self._keys: list[str] = []  # "" for a row without a series
        self._row_of: dict[str, int] = {}
        self._dirty: set[int] = set()  # blocks
        self._renamed: set[int] = set()
        self._free: set[int] = set()
        self._given_up: list[int] = []  # since the last seal

    def __len__(self) -> int:
        return len(self._row_of)

    def of(self, keys: Sequence[str], *, most: int) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added, or have -1 where there are `most`."""
        found = [self._row_of.get(key, -1) for key in keys]
        for i, row in enumerate(found):
            if row < 0 and len(self._row_of) < most:
                found[i] = self._add(keys[i])
        return np.array(found, np.int32)

    def touch(self, rows: npt.NDArray[np.int32]) -> None:
        """Mark rows for the next seal."""
        self._dirty.update(np.flatnonzero(np.bincount(rows // BLOCK)).tolist())

    def items(self) -> Iterable[tuple[str, int]]:
        """Each series and its row."""
        return self._row_of.items()

    def forget(self, key: str) -> bool:
        """Give up the row of a series; says whether it had one."""
        row = self._row_of.pop(key, None)
        if row is None:
            return False
        self._keys[row] = ""
        self._given_up.append(row)
        self._renamed.add(row // BLOCK)
        return True

    def seal(self) -> Records:
        """What changed since the last seal; nothing may be done here until it is kept."""
        self._free.update(self._given_up)
        self._given_up.clear()
        records: Records = [(b"s%d" % b, self._packed(b)) for b in sorted(self._dirty)]
        records += [(b"k%d" % b, save(self._keys[_rows(b)])) for b in sorted(self._renamed)]
        self._dirty.clear()
        self._renamed.clear()
        return records

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back a record. Raises ValueError where it is none of ours, or of this version."""
        block = int(name[1:])
        if name[:1] == b"s":
            numbers = np.frombuffer(load(value, bytes), self.numbers.dtype)
            self._reserve(block * BLOCK + len(numbers))
            self.numbers[_rows(block)][: len(numbers)] = numbers
        else:
            self._name(block, load(value, list[str]))

    def _name(self, block: int, keys: Sequence[str]) -> None:
        first = block * BLOCK
        self._reserve(first + len(keys))
        self._keys += [""] * (first + len(keys) - len(self._keys))
        for row, key in enumerate(keys, first):
            self._row_of.pop(self._keys[row], None)
            if key in self._row_of:
                self._leave(self._row_of[key])
            if key:
                self._row_of[key] = row
            self._keys[row] = key
        self._free.difference_update(range(first, first + len(keys)))
        self._free.update(row for row, key in enumerate(keys, first) if not key)

    def _leave(self, row: int) -> None:
        """The series has another row: a torn seal, or a newer record of this is to come."""
        self._keys[row] = ""
        self._renamed.add(row // BLOCK)

    def _add(self, key: str) -> int:
        row = self._row_of.get(key, -1)
        if row >= 0:
            return row
        if self._free:
            row = self._free.pop()
        else:
            row = len(self._keys)
            self._keys.append("")
            self._reserve(row + 1)
        self.numbers[row] = np.zeros((), self.numbers.dtype)  # a torn seal may have left some
        self._keys[row] = key
        self._row_of[key] = row
        self._renamed.add(row // BLOCK)
        return row

    def _reserve(self, rows: int) -> None:
        have = len(self.numbers)
        if rows > have:
            blocks = -(-max(rows, 2 * have) // BLOCK)
            more = np.zeros(blocks * BLOCK - have, self.numbers.dtype)
            self.numbers = np.concatenate([self.numbers, more])

    def _packed(self, block: int) -> bytes:
        return save(self.numbers[: len(self._keys)][_rows(block)].tobytes())


def _rows(block: int) -> slice:
    return slice(block * BLOCK, (block + 1) * BLOCK)
