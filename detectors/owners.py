"""Owners: which series of a bank share something, by the values of some of their labels."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from detectors.flags import some
from detectors.series import Series
from detectors.state import Index

_UNKNOWN = -1

Group = tuple[str, ...]
Numbers = npt.NDArray[np.int32]


def group_of(series: str, by: Sequence[str]) -> Group:
    """The group of a series: the values of its labels `by`."""
    labels = Series.parse(series).labels
    return tuple(labels.get(name, "") for name in by)


class Owners:
    """A number for each group of rows, whose series are those that `key` gives.

    `by`: the labels whose values make a group; none: all series are one. What is asked of a row is
    kept, in 4 bytes.

    >>> keys = ['load{host="a"}', 'load{host="b"}', 'disk{host="b"}']
    >>> owners = Owners(["host"], keys.__getitem__)
    >>> owners.of(np.arange(3)).tolist(), owners.groups
    ([0, 1, 1], [('a',), ('b',)])
    """

    def __init__(self, by: Sequence[str], key: Callable[[int], str]) -> None:
        self._by = by
        self._key = key
        self._number: dict[Group, int] = {}
        self._number_of = np.full(0, _UNKNOWN, np.int32)  # by row

    def __len__(self) -> int:
        return len(self._number)

    @property
    def groups(self) -> list[Group]:
        """The groups by number."""
        return list(self._number)

    def number(self, group: Group) -> int:
        """The number of a group; one that is not known gets the next."""
        return self._number.setdefault(group, len(self._number))

    def of(self, rows: Index) -> Numbers:
        """The numbers of rows."""
        self._reserve(int(rows.max(initial=-1)) + 1)
        numbers = self._number_of[rows]
        unknown = numbers == _UNKNOWN
        if not some(unknown):
            return numbers
        for row in rows[unknown].tolist():
            self._number_of[row] = self.number(group_of(self._key(row), self._by))
        return self._number_of[rows]

    def forget(self, rows: Index) -> None:
        """Rows that others may have from now on."""
        self._number_of[rows[rows < len(self._number_of)]] = _UNKNOWN

    def begin(self, groups: Iterable[Group]) -> None:
        """Know these groups, numbered in their order, and no others."""
        self._number_of[:] = _UNKNOWN
        self._number = {group: number for number, group in enumerate(groups)}

    def _reserve(self, rows: int) -> None:
        have = len(self._number_of)
        if rows > have:
            more = np.full(max(rows, have + have // 4, 64) - have, _UNKNOWN, np.int32)
            self._number_of = np.append(self._number_of, more)
