"""A desk: where copies of some rows of a store lie while a round works on them."""

from typing import NamedTuple

import numpy as np

from detectors.layout import Layout, Table
from detectors.state import Cells, Index, State


class Words(NamedTuple):
    """The words of n rows, (n, words); `base` says where their cells begin, (shaped fields, n)."""

    wide: Table
    narrow: Table
    base: Index

    def first(self, rows: int) -> "Words":
        """The first so many rows."""
        return Words(self.wide[:rows], self.narrow[:rows], self.base[:, :rows])

    def after(self, rows: int) -> "Words":
        """Those after the first so many."""
        return Words(self.wide[rows:], self.narrow[rows:], self.base[:, rows:])


class Desk:
    """Words of rows, and a :class:`State` for each part, whose columns are views of them.

    `cells` is the table that has the cells of all rows, which are worked on where they are.
    """

    def __init__(self, layout: Layout, words: Words, cells: Table) -> None:
        self.words = words
        self.cells = cells
        self.states = _states(layout, words, cells)
        self._columns = [tuple(state.values()) for state in self.states]

    def __len__(self) -> int:
        return len(self.words.wide)

    def gather(self) -> None:
        """Write what columns were replaced by to where they are views of."""
        for state, columns in zip(self.states, self._columns, strict=True):
            if not state.has_replaced:
                continue
            for (name, column), mine in zip(state.items(), columns, strict=True):
                if column is not mine:  # else it was changed where it is
                    mine[...] = column
                    state[name] = mine
            state.has_replaced = False


def room(layout: Layout, rows: int) -> Words:
    """Room for the words of so many rows."""
    return Words(
        np.empty((rows, layout.wide), np.float64),
        np.empty((rows, layout.narrow), np.uint32),
        np.empty((len(layout.firsts), rows), np.intp),
    )


def _states(layout: Layout, words: Words, cells: Table) -> list[State]:
    views = layout.columns(words.wide, words.narrow)
    base = iter(words.base)
    return [
        State(
            {name: views[word][place] for name, word, place in fields.plain},
            {
                f.name: Cells(cells.view(f.dtype).reshape(-1), next(base), f.shape)
                for f in fields.shaped
            },
        )
        for fields in layout.fields
    ]
