"""The state of all series of a bank: tables with a row each.

A row is three pieces of memory, so that a sample of one among a million series misses the cache a
few times only. Rounds work on columns: rows are copied together, lent as columns of that copy, and
given back.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from detectors.attic import Attic
from detectors.desk import Desk, Words, room
from detectors.kernels import store as kernels
from detectors.layout import Fields, Layout, Part, Table
from detectors.memory import Memory
from detectors.state import Cells, Column, Index, State

Tables = tuple[Table, ...]
"""Rows as they lie in the tables: wide words, narrow ones, and cells."""

_LEAST = 64  # rows
_KEPT = 1024  # rows of a desk that is kept for the next loan

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
        self._memory = {
            "_wide": Memory(np.float64, self.layout.wide),
            "_narrow": Memory(np.uint32, self.layout.narrow),
            "_cells": Memory(np.uint32, self.layout.cells),
            "applied": Memory(np.int64),
            "wakes_at": Memory(np.float64),
            "is_dirty": Memory(np.bool_),
            "is_used": Memory(np.bool_),
        }
        self._desk: Desk | None = None
        self._wide: Table
        self._narrow: Table
        self._cells: Table
        self.applied: npt.NDArray[np.int64]
        self.wakes_at: npt.NDArray[np.float64]
        self.is_dirty: npt.NDArray[np.bool_]
        self.is_used: npt.NDArray[np.bool_]
        self._lengthen(0)

    def __len__(self) -> int:
        return len(self.applied)

    def columns(self, part: str) -> Mapping[str, Column]:
        """The plain fields of a part, of all rows; not to be kept while rows are added."""
        views = self.layout.columns(self._wide, self._narrow)
        return {f.name: views[f.word][f.place] for f in self.layout.of(part).plain}

    def column(self, part: str, name: str) -> Column:
        """One plain field of a part, of all rows; not to be kept while rows are added."""
        return self.layout.column(self._wide, self._narrow, self.layout.plain(part, name))

    def cells(self, part: str, rows: Index) -> Mapping[str, Cells]:
        """The fields of cells of a part, of some rows."""
        return self._cells_of(self.layout.of(part), rows * self.layout.cells)

    def read(self, part: str, rows: Index) -> State:
        """A part of some rows, its plain fields as copies."""
        plain = {name: column.take(rows, axis=-1) for name, column in self.columns(part).items()}
        return State(plain, self.cells(part, rows), self.attic.objects(part, rows))

    def write(self, part: str, rows: Index, state: State) -> None:
        """Replace the plain fields of a part of some rows."""
        for name, column in self.columns(part).items():
            column[..., rows] = state[name]

    def lend(self, rows: Index) -> "Loan":
        """Lend distinct rows, all their parts."""
        desk, self._desk = self._desk, None
        if desk is None or len(desk) != len(rows):
            desk = self.desk(room(self.layout, len(rows)))
        kernels.take(
            self._wide, self._narrow, self.layout.firsts, self.layout.cells, rows, *desk.words
        )
        return Loan(self, rows, desk)

    def desk(self, words: Words) -> Desk:
        """A desk for words of rows."""
        return Desk(self.layout, words, self._cells)

    def put(self, rows: Index, words: Words) -> None:
        """Replace the words of rows."""
        kernels.put(self._wide, self._narrow, rows, words.wide, words.narrow)

    def give_objects(self, states: Sequence[State], rows: Index) -> None:
        """Put the objects of rows into their states, one a part."""
        if self.attic.parts:
            for fields, state in zip(self.layout.fields, states, strict=True):
                state.objects = self.attic.objects(fields.part, rows)

    def keep(self, desk: Desk) -> None:
        """Keep a desk for the next loan."""
        if len(desk) <= _KEPT and desk.cells is self._cells:
            self._desk = desk

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

    def unpack(
        self, rows: Sequence[int], data: npt.NDArray[np.uint8], applied: npt.ArrayLike
    ) -> None:
        """Make rows those of series again, from bytes that :meth:`packed` gave."""
        self._reserve(max(rows) + 1)
        begin = 0
        for table in (self._wide, self._narrow, self._cells):
            end = begin + table.shape[1] * table.itemsize
            table[rows] = np.ascontiguousarray(data[:, begin:end]).view(table.dtype)
            begin = end
        self.applied[rows], self.wakes_at[rows] = applied, -np.inf
        self.is_used[rows], self.is_dirty[rows] = True, False

    def begin(self, rows: Sequence[int], blank: bytes | None) -> None:
        """Make rows those of new series; they look like `blank`, or are zeroes."""
        self._reserve(max(rows) + 1)
        if blank is not None:
            self._fill(rows, blank)
        self.applied[rows] = -1
        self.wakes_at[rows] = np.inf
        self.is_dirty[rows] = self.is_used[rows] = True

    def _fill(self, rows: Sequence[int], data: bytes) -> None:
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
        rows, self._desk = max(rows, have + have // 8, _LEAST), None
        self._lengthen(rows)
        self.wakes_at[have:] = np.inf

    def _lengthen(self, rows: int) -> None:
        for name, memory in self._memory.items():
            setattr(self, name, memory.table(rows))


class Loan:
    """Rows by columns: a :class:`State` for each part, until they are given back.

    Cells are not lent but changed where they are.
    """

    def __init__(self, store: Store, rows: Index, desk: Desk) -> None:
        self._store = store
        self._rows = rows
        self._whole = desk
        self._sit_at(desk)

    def narrow(self, length: int) -> None:
        """Give back all but the first so many rows."""
        if length == len(self._rows):
            return
        self._desk.gather()
        words = self._desk.words
        self._store.put(self._rows[length:], words.after(length))
        self._rows = self._rows[:length]
        self._sit_at(self._store.desk(words.first(length)))

    def give_back(self) -> None:
        """Give back what is left."""
        self._desk.gather()
        self._store.put(self._rows, self._desk.words)
        self._store.keep(self._whole)

    def _sit_at(self, desk: Desk) -> None:
        self._desk = desk
        self.states = desk.states
        self._store.give_objects(self.states, self._rows)
