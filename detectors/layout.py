"""Where the fields of a bank's rows lie: words of 8 bytes, words of 4, and cells.

Plain fields are columns of words; a whole number of less than 4 bytes has a word all the same, of
which it is the first bytes. Fields with a shape are cells, in words of 4.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.objects import Holder

Table = npt.NDArray[Any]
Word = np.dtype[Any]


class Part(NamedTuple):
    """A part of a row, by its `dtype`; with `streams`, each field is so many columns.

    With a `holder` there may be an object a row besides.
    """

    name: str
    dtype: np.dtype[Any]
    streams: int | None = None
    holder: Holder | None = None


class Plain(NamedTuple):
    """A plain field: as what its words are seen (of `Layout.words`), and which of them it has."""

    name: str
    word: int
    place: Any  # a number, or a slice where there are streams


class Shaped(NamedTuple):
    """A field of cells: its first word, its number of words, and how many make a cell."""

    name: str
    dtype: np.dtype[Any]
    first: int
    shape: tuple[int, int]


class Fields(NamedTuple):
    """The fields of a part."""

    part: str
    plain: Sequence[Plain]
    shaped: Sequence[Shaped]


class Layout:
    """The fields of all parts, and how many words of each kind a row has.

    `words`: as what plain fields are seen; `firsts`: the first word of each field of cells.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.wide = self.narrow = self.cells = 0
        self.words: list[Word] = []
        self.fields = [self._place(part) for part in parts]
        self._plain_of = {(of.part, f.name): f for of in self.fields for f in of.plain}
        self.firsts = np.array([f.first for fields in self.fields for f in fields.shaped], np.intp)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return 8 * self.wide + 4 * (self.narrow + self.cells)

    def of(self, part: str) -> Fields:
        """The fields of one part."""
        return next(fields for fields in self.fields if fields.part == part)

    def columns(self, wide: Table, narrow: Table) -> list[Table]:
        """Tables of 8 and 4 bytes by columns, seen as each of `words`."""
        return [self._seen(wide, narrow, word) for word in self.words]

    def column(self, wide: Table, narrow: Table, field: Plain) -> Table:
        """One field of tables, by columns."""
        column: Table = self._seen(wide, narrow, self.words[field.word])[field.place]
        return column

    def plain(self, part: str, name: str) -> Plain:
        """One plain field of a part."""
        return self._plain_of[part, name]

    def _place(self, part: Part) -> Fields:
        plain, shaped = [], []
        for name, (dtype, *_) in (part.dtype.fields or {}).items():
            if dtype.shape:
                shaped.append(self._shaped(name, dtype))
            else:
                plain.append(self._plain(name, dtype, part.streams))
        return Fields(part.name, plain, shaped)

    def _plain(self, name: str, dtype: Word, streams: int | None) -> Plain:
        if dtype.itemsize < 4 and dtype.kind == "f":
            raise ValueError(f"numbers with a fraction have 4 or 8 bytes, not {dtype}")
        if dtype not in self.words:
            self.words.append(dtype)
        first = self.wide if dtype.itemsize == 8 else self.narrow
        if dtype.itemsize == 8:
            self.wide += streams or 1
        else:
            self.narrow += streams or 1
        place = first if streams is None else slice(first, first + streams)
        return Plain(name, self.words.index(dtype), place)

    def _shaped(self, name: str, dtype: np.dtype[Any]) -> Shaped:
        if dtype.base.itemsize != 4:
            raise ValueError(f"cells are of words of 4 bytes, not {dtype.base}")
        cells, words = dtype.shape[0], int(np.prod(dtype.shape))
        first, self.cells = self.cells, self.cells + words
        return Shaped(name, dtype.base, first, (cells, words // cells))

    @staticmethod
    def _seen(wide: Table, narrow: Table, word: Word) -> Table:
        table = wide if word.itemsize == 8 else narrow
        return table.view(word)[:, :: max(4 // word.itemsize, 1)].T
