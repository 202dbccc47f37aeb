"""The register of a bank: which series it has, the row of each, and their saved form."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from detectors.layout import Part
from detectors.names import Names
from detectors.records import (
    Ignored,
    Records,
    Row,
    Saved,
    in_pieces,
    is_of_row,
    is_of_version_1,
    record_key,
    series_of,
)
from detectors.state import Index
from detectors.store import Store


class Register:
    """Series, their rows in a :class:`Store`, and what of them is not saved yet.

    `blank` are the bytes of a new row, where it is not all zeroes.
    """

    def __init__(self, signature: str, parts: Sequence[Part], blank: bytes | None) -> None:
        self.store = Store(parts)
        self._names = Names()
        self._records = Records(signature, self.store.layout.row_bytes)
        self._blank = blank
        self._gone: set[bytes] = set()  # records to delete

    def __contains__(self, series: str) -> bool:
        return series in self._names

    @property
    def keys(self) -> Collection[str]:
        """All series."""
        return self._names.keys

    def key(self, row: int) -> str:
        """The series of a row."""
        return self._names.key(row)

    def row(self, series: str) -> int | None:
        """The row of a series, where it is known."""
        return self._names.row(series)

    def rows(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added."""
        rows, new = self._names.rows(keys)
        if new:
            self.store.begin(new, self._blank)
        return rows

    def free(self, rows: Index) -> list[str]:
        """Forget the series of rows, in what is saved as well; gives them."""
        keys = self._names.free(rows.tolist())
        self.store.free(rows)
        self._gone.update(map(record_key, keys))
        return keys

    def pieces(self) -> Iterator[list[Saved]]:
        """Records of what changed since they were read last, some at a time.

        Each piece is as things stand when it is asked for; what changes after that, and is not in
        a later one, comes the next time.
        """
        yield self.deleted()
        for rows in in_pieces(np.flatnonzero(self.store.is_dirty)):
            yield self.take(rows)

    def changed(self) -> list[str]:
        """The series that changed."""
        return [self.key(row) for row in np.flatnonzero(self.store.is_dirty).tolist()]

    def deleted(self) -> list[Saved]:
        """The records to delete; they go before any of :meth:`take`."""
        gone, self._gone = self._gone, set()
        return [(key, None) for key in sorted(gone)]

    def take(self, rows: Index) -> list[Saved]:
        """The records of those of some rows that changed."""
        store = self.store
        rows = rows[store.is_dirty[rows]]
        keys = [record_key(self.key(row)) for row in rows.tolist()]
        objects = store.attic.packed(rows)
        values = self._records.pack(store.applied[rows], store.packed(rows), objects)
        store.is_dirty[rows] = False
        self._gone.difference_update(keys)  # forgotten and known again since `deleted`
        return list(zip(keys, values, strict=True))

    def restore(self, key: bytes, value: bytes | None) -> Ignored | None:
        """Take a record back, of several of one key the newest last.

        One that cannot be read is ignored, and deleted with the next snapshot; gives the reason.
        """
        if is_of_version_1(key):
            return self._ignore(key, Ignored.VERSION)
        series = series_of(key)
        saved = None if value is None else self._records.unpack(value)
        if isinstance(saved, Row):
            objects = self.store.attic.read(saved.objects)
            place = self._names.add(series)
            self.store.unpack([place], np.frombuffer(saved.data, np.uint8)[None], saved.applied)
            self.store.attic.put(place, objects)
            self._gone.discard(key)
            return None
        row = self.row(series)
        if row is not None:
            self.free(np.array([row]))
        self._gone.discard(key)
        return None if saved is None else self._ignore(key, saved)

    def restore_all(self, records: Sequence[tuple[bytes, bytes]]) -> list[Ignored]:
        """The same of several records; the reasons of those that are ignored."""
        rows = None if self.store.attic.parts else self._records.rows([v for _, v in records])
        if rows is None or not all(is_of_row(key) for key, _ in records):
            told = [self.restore(key, value) for key, value in records]
            return [why for why in told if why is not None]
        places = [self._names.add(series_of(key)) for key, _ in records]
        self.store.unpack(places, rows["data"], rows["applied"])
        self._gone.difference_update(key for key, _ in records)
        return []

    def _ignore(self, key: bytes, why: Ignored) -> Ignored:
        self._gone.add(key)
        return why
