"""The state of all series of a bank: tables with a row each.

A row is three pieces of memory, so that a sample of one among a million series misses the cache a
few times only. Rounds work on columns: rows are lent to them as columns and given back.
"""

import sys
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from detectors.attic import Attic
from detectors.layout import Fields, Layout, Part, Table, seen_as
from detectors.state import Cells, Column, Index, State

Tables = tuple[Table, ...]
"""Rows as they lie in the tables: wide words, narrow ones, and cells."""

_LEAST = 64  # rows

# glibc gives memory of freed arrays back to the system at once, and has it zeroed anew page by page
# for the next one (half of the time of a round of thousands of rows), until it has seen a block of
# this size freed: then it keeps so much.
np.empty(24 << 20, np.uint8)


class Store:
    """Tables, and of each row the applied offset, when it wakes, whether it is used and dirty.

    `applied` is -1 before anything was; `wakes_at` is the event time until which silence has
    nothing to tell of the row.
    """

    def __init__(self, parts: Sequence[Part], layout: Layout | None = None) -> None:
        """`layout`: that of the parts, if it is known."""
        self.layout = Layout(parts) if layout is None else layout
        self.attic = Attic(parts)
        self._wide = np.zeros((0, self.layout.wide), np.float64)
        self._narrow = np.zeros((0, self.layout.narrow), np.uint32)
        self._cells = np.zeros((0, self.layout.cells), np.uint32)
        self.applied = np.zeros(0, np.int64)
        self.wakes_at = np.zeros(0, np.float64)
        self.is_dirty = np.zeros(0, np.bool_)
        self.is_used = np.zeros(0, np.bool_)

    def __len__(self) -> int:
        return len(self.applied)

    def columns(self, part: str) -> Mapping[str, Column]:
        """The plain fields of a part, of all rows; not to be kept while rows are added."""
        views = seen_as(self._wide, self._narrow)
        return {f.name: views[f.word][:, f.place] for f in self.layout.of(part).plain}

    def column(self, part: str, name: str) -> Column:
        """One plain field of a part, of all rows; not to be kept while rows are added."""
        field = next(field for field in self.layout.of(part).plain if field.name == name)
        return seen_as(self._wide, self._narrow)[field.word][:, field.place]

    def cells(self, part: str, rows: Index) -> Mapping[str, Cells]:
        """The fields of cells of a part, of some rows."""
        return self._cells_of(self.layout.of(part), rows * self.layout.cells)

    def read(self, part: str, rows: Index) -> State:
        """A part of some rows, its plain fields as copies."""
        fields, columns = self.layout.of(part), self.columns(part)
        plain = {f.name: columns[f.name][rows].T.astype(f.dtype) for f in fields.plain}
        return State(plain, self.cells(part, rows), self.attic.objects(part, rows))

    def write(self, part: str, rows: Index, state: State) -> None:
        """Replace the plain fields of a part of some rows."""
        for name, column in self.columns(part).items():
            column[rows] = state[name].T

    def lend(self, rows: Index) -> "Loan":
        """Lend distinct rows, all their parts."""
        return Loan(self, rows)

    def take(self, rows: Index) -> tuple[Table, Table]:
        """The words of rows, wide and narrow, by columns."""
        wide, narrow = self._wide.take(rows, axis=0), self._narrow.take(rows, axis=0)
        return np.ascontiguousarray(wide.T), np.ascontiguousarray(narrow.T)

    def put(self, rows: Index, wide: Table, narrow: Table) -> None:
        """Replace the words of rows."""
        self._wide[rows] = np.ascontiguousarray(wide.T)
        self._narrow[rows] = np.ascontiguousarray(narrow.T)

    def states(self, wide: Table, narrow: Table, rows: Index) -> list[State]:
        """Words by columns as states, one a part."""
        views, base = seen_as(wide, narrow), rows * self.layout.cells
        states = []
        for fields in self.layout.fields:
            columns = {
                f.name: views[f.word][f.place].astype(f.dtype)
                if f.is_small
                else views[f.word][f.place]
                for f in fields.plain
            }
            objects = self.attic.objects(fields.part, rows)
            states.append(State(columns, self._cells_of(fields, base), objects))
        return states

    def copied(self, rows: Index) -> Tables:
        """Rows as they lie in the tables."""
        return tuple(table.take(rows, axis=0) for table in (self._wide, self._narrow, self._cells))

    def replace(self, rows: Index, tables: Tables) -> None:
        """Write rows that :meth:`copied` gave."""
        self._wide[rows], self._narrow[rows], self._cells[rows] = tables

    @classmethod
    def joined(cls, pieces: Sequence[Tables], like: "Store") -> "Store":
        """A store of the same layout as another, without objects, of the rows of pieces in turn."""
        store = cls((), like.layout)
        columns = zip(*pieces, strict=True)
        store._wide, store._narrow, store._cells = map(np.concatenate, columns)
        return store

    def packed(self, rows: Index) -> npt.NDArray[np.uint8]:
        """The bytes of rows, (n, bytes)."""
        tables = (self._wide, self._narrow, self._cells)
        return np.concatenate([t.take(rows, axis=0).view(np.uint8) for t in tables], axis=1)

    def unpack(self, row: int, data: bytes, applied: int) -> None:
        """Make a row that of a series again, from bytes that :meth:`packed` gave."""
        self._reserve(row + 1)
        self._fill(row, data)
        self.applied[row], self.wakes_at[row] = applied, -np.inf
        self.is_used[row], self.is_dirty[row] = True, False

    def begin(self, rows: Sequence[int], blank: bytes | None) -> None:
        """Make rows those of new series; they look like `blank`, or are zeroes."""
        self._reserve(max(rows) + 1)
        if blank is not None:
            self._fill(rows, blank)
        self.applied[rows] = -1
        self.wakes_at[rows] = np.inf
        self.is_dirty[rows] = self.is_used[rows] = True

    def _fill(self, rows: int | Sequence[int], data: bytes) -> None:
        begin = 0
        for table in (self._wide, self._narrow, self._cells):
            words = np.frombuffer(data, table.dtype, table.shape[1], begin)
            table[rows], begin = words, begin + words.nbytes

    def free(self, rows: Index) -> None:
        """Empty rows."""
        for table in (self._wide, self._narrow, self._cells):
            table[rows] = 0
        self.attic.free(rows)
        self.is_dirty[rows] = self.is_used[rows] = False
        self.wakes_at[rows] = np.inf

    def _cells_of(self, fields: Fields, base: Index) -> dict[str, Cells]:
        return {
            f.name: Cells(self._cells.view(f.dtype).reshape(-1), base + f.first, f.shape)
            for f in fields.shaped
        }

    def _reserve(self, rows: int) -> None:
        have = len(self)
        if rows <= have:
            return
        rows = max(rows, have + have // 8, _LEAST)
        for name in ("_wide", "_narrow", "_cells", "applied", "wakes_at", "is_dirty", "is_used"):
            self._extend(name, rows)
        self.wakes_at[have:] = np.inf

    def _extend(self, name: str, rows: int) -> None:
        """Lengthen an array, and never have two of it unless something else refers to it."""
        have, *width = getattr(self, name).shape
        if sys.getrefcount(getattr(self, name)) <= 2:  # the attribute's, and this very call's
            getattr(self, name).resize((rows, *width), refcheck=False)  # moves pages, copies none
            return
        longer = np.zeros((rows, *width), getattr(self, name).dtype)
        longer[:have] = getattr(self, name)
        setattr(self, name, longer)


class Loan:
    """Rows as columns: a :class:`State` for each part, until they are given back.

    Cells are not lent but changed where they are.
    """

    def __init__(self, store: Store, rows: Index) -> None:
        self._store = store
        self._rows = rows
        self._wide, self._narrow = store.take(rows)
        self._lend()

    def narrow(self, length: int) -> None:
        """Give back all but the first so many rows."""
        if length == len(self._rows):
            return
        self._gather()
        self._store.put(self._rows[length:], self._wide[:, length:], self._narrow[:, length:])
        self._rows = self._rows[:length]
        self._wide, self._narrow = self._wide[:, :length], self._narrow[:, :length]
        self._lend()

    def give_back(self) -> None:
        """Give back what is left."""
        self._gather()
        self._store.put(self._rows, self._wide, self._narrow)

    def _lend(self) -> None:
        self.states = self._store.states(self._wide, self._narrow, self._rows)
        self._lent = [dict(state) for state in self.states]

    def _gather(self) -> None:
        views = seen_as(self._wide, self._narrow)
        for fields, state, lent in zip(
            self._store.layout.fields, self.states, self._lent, strict=True
        ):
            for field in fields.plain:
                column = state[field.name]
                if field.is_small or column is not lent[field.name]:  # else it is where it was
                    views[field.word][field.place] = column
