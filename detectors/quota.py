"""A quota: the part of a group's budget that each of its series has.

One budget of false alarms for all series that share the values of some labels: each has one over
their number. The number is that of the last time stock was taken, which is when state is saved, and
it is saved as well: a replay after a crash judges alike. A group that stock was not taken of yet
counts as one series; it is in its warm-up. By Boole's inequality the group's expected false alarms
are within its budget, whatever the dependence between its series. Where they depend on each other,
that is too careful. Cost: 4 bytes a row, and a bincount of all rows with each snapshot.

Reference: C. E. Bonferroni, 1936, Teoria statistica delle classi e calcolo delle probabilità.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.owners import Group, Owners
from detectors.state import Index

_MANY = 1000  # groups that are no more, before they are let go of

_decode = msgspec.json.Decoder(list[tuple[Group, int]]).decode


class Quota:
    """The shares of the rows of one bank, whose series are those that `key` gives.

    `by`: the labels whose values make a group; none: all series are one. `among`: how many banks
    the series of a group are spread over, each with as much of the budget.

    >>> keys = ['load{host="a"}', 'load{host="b"}', 'disk{host="b"}']
    >>> quota = Quota(["host"], keys.__getitem__)
    >>> quota.take_stock(np.ones(3, bool))
    True
    >>> quota.of(np.arange(3))
    array([1. , 0.5, 0.5])
    """

    def __init__(self, by: Sequence[str], key: Callable[[int], str], among: int = 1) -> None:
        self._owners = Owners(by, key)
        self._among = among
        self._size = np.zeros(0, np.int64)  # by number, when stock was taken

    def of(self, rows: Index) -> Floats:
        """What the budgets of rows are multiplied by."""
        numbers = self._owners.of(rows)
        if len(self._size) < len(self._owners):
            more = np.zeros(len(self._owners) - len(self._size), np.int64)
            self._size = np.append(self._size, more)
        shares: Floats = 1.0 / (np.maximum(self._size[numbers], 1) * self._among)
        return shares

    def take_stock(self, is_used: Flags) -> bool:
        """Count the series of each group, given which rows have one; whether that changes any."""
        before = self.dump()
        numbers = self._owners.of(np.flatnonzero(is_used))
        self._size = np.bincount(numbers, minlength=len(self._owners)).astype(np.int64)
        if np.count_nonzero(self._size == 0) > max(_MANY, len(self._owners) // 2):
            self._begin_anew()
        return self.dump() != before

    def forget(self, rows: Index) -> None:
        """Rows that others may have from now on."""
        self._owners.forget(rows)

    def dump(self) -> bytes:
        """The numbers of series that count now, for :meth:`load`."""
        sizes = zip(self._owners.groups, self._size.tolist(), strict=False)
        return msgspec.json.encode(sorted((group, size) for group, size in sizes if size))

    def load(self, data: bytes) -> None:
        """Take back what `dump` gave. Raises `msgspec.DecodeError` for anything else."""
        sizes = dict(_decode(data))
        self._owners.begin(sizes)
        self._size = np.array([*sizes.values()], np.int64)

    def _begin_anew(self) -> None:
        self.load(self.dump())
