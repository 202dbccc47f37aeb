"""Where the fields of a bank's rows lie: words of 8 bytes, words of 4, and cells.

Plain fields are columns of words; smaller numbers than 4 bytes take a word all the same. Fields
with a shape are cells, in words of 4.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.objects import Holder

Table = npt.NDArray[Any]
Word = np.dtype[Any]

WORDS: tuple[Word, ...] = tuple(map(np.dtype, ("f8", "i8", "u8", "f4", "i4", "u4")))
"""What words are seen as."""


class Part(NamedTuple):
    """A part of a row, by its `dtype`; with `streams`, each field is so many columns.

    With a `holder` there may be an object a row besides.
    """

    name: str
    dtype: np.dtype[Any]
    streams: int | None = None
    holder: Holder | None = None


class Plain(NamedTuple):
    """A plain field: what its words are seen as (of :data:`WORDS`), and which of them it has."""

    name: str
    word: int
    place: Any  # a number, or a slice where there are streams
    dtype: np.dtype[Any]
    is_small: bool


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
    """The fields of all parts, and how many words of each kind a row has."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.wide = self.narrow = self.cells = 0
        self.fields = [self._place(part) for part in parts]

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return 8 * self.wide + 4 * (self.narrow + self.cells)

    def of(self, part: str) -> Fields:
        """The fields of one part."""
        return next(fields for fields in self.fields if fields.part == part)

    def _place(self, part: Part) -> Fields:
        plain, shaped = [], []
        for name, (dtype, *_) in (part.dtype.fields or {}).items():
            if dtype.shape:
                shaped.append(self._shaped(name, dtype))
            else:
                plain.append(self._plain(name, dtype, part.streams))
        return Fields(part.name, plain, shaped)

    def _plain(self, name: str, dtype: np.dtype[Any], streams: int | None) -> Plain:
        kind = {"b": "u", "f": "f", "i": "i", "u": "u"}[dtype.kind]
        word = WORDS.index(np.dtype(f"{kind}{max(dtype.itemsize, 4)}"))
        first = self.wide if dtype.itemsize == 8 else self.narrow
        if dtype.itemsize == 8:
            self.wide += streams or 1
        else:
            self.narrow += streams or 1
        place = first if streams is None else slice(first, first + streams)
        return Plain(name, word, place, dtype, is_small=dtype.itemsize < 4)

    def _shaped(self, name: str, dtype: np.dtype[Any]) -> Shaped:
        if dtype.base.itemsize != 4:
            raise ValueError(f"cells are of words of 4 bytes, not {dtype.base}")
        cells, words = dtype.shape[0], int(np.prod(dtype.shape))
        first, self.cells = self.cells, self.cells + words
        return Shaped(name, dtype.base, first, (cells, words // cells))


def seen_as(wide: Table, narrow: Table) -> list[Table]:
    """Tables of 8 and 4 bytes, seen as each of :data:`WORDS`."""
    return [(wide if word.itemsize == 8 else narrow).view(word) for word in WORDS]
