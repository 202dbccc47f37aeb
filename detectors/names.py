"""Which series is in which row; rows of forgotten series are given to new ones."""

from collections.abc import Iterable, KeysView, Sequence

import numpy as np
import numpy.typing as npt


class Names:
    """Series by row and rows by series."""

    def __init__(self) -> None:
        self._row_of: dict[str, int] = {}
        self._keys: list[str | None] = []
        self._free: list[int] = []

    def __contains__(self, key: str) -> bool:
        return key in self._row_of

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def keys(self) -> KeysView[str]:
        """All series, those of long standing first."""
        return self._row_of.keys()

    @property
    def end(self) -> int:
        """One more than the last row ever given."""
        return len(self._keys)

    def key(self, row: int) -> str:
        """The series of a row. Raises LookupError for a row that has none."""
        key = self._keys[row]
        if key is None:
            raise LookupError(f"row {row} has no series")
        return key

    def row(self, key: str) -> int | None:
        """The row of a series."""
        return self._row_of.get(key)

    def rows(self, keys: Sequence[str]) -> tuple[npt.NDArray[np.int32], list[int]]:
        """The rows of series, and which of them are new: unknown series are given one."""
        found = list(map(self._row_of.get, keys))
        if None not in found:
            return np.array(found, np.int32), []
        new = dict.fromkeys(key for key, row in zip(keys, found, strict=True) if row is None)
        rows = [self.add(key) for key in new]
        return np.array(list(map(self._row_of.get, keys)), np.int32), rows

    def add(self, key: str) -> int:
        """The row of a series, a new one where it is unknown."""
        row = self._row_of.get(key)
        if row is not None:
            return row
        if self._free:
            row = self._free.pop()
            self._keys[row] = key
        else:
            row = len(self._keys)
            self._keys.append(key)
        self._row_of[key] = row
        return row

    def free(self, rows: Iterable[int]) -> list[str]:
        """Forget the series of rows; gives them."""
        keys = [self.key(row) for row in rows]
        for key in keys:
            row = self._row_of.pop(key)
            self._keys[row] = None
            self._free.append(row)
        return keys
