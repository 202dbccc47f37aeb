"""Discoveries: of the anomalies of one owner at most a share is for nothing.

An owner is whoever has the series with the same values of some labels. Its tests
(detectors/hypotheses.py) have the levels of detectors/spending.py, from counts that are taken now
and then, when state is saved; in between only those that a series keeps itself move on. So what is
said does not hang on the order of series, nor on how often they are looked at, and a replay after a
crash judges alike: the ledgers are saved with the rows that they were counted from.

Between two countings a test has the level of a later one than it is. The first of a series has the
number counted + running + m, where m is the most that came between countings lately, a 16th of the
n series at least; its j-th the number counted + running + n j', j' the next power of two from j on.
As long as not many more come than lately, no level comes sooner than it may. Series in several
partitions have a ledger in each.

Cost: 4 bytes a row, some hundreds an owner, and a look at the tallies of all rows with each
snapshot.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.hypotheses import Levels, Tally
from detectors.owners import Group, Owners
from detectors.records import Saved
from detectors.spending import Finds, Spending, level, put_together
from detectors.state import Index
from detectors.store import Store
from detectors.tail import Floats32

RECORD = b"d"
"""What the keys of ledgers begin with."""

_AHEAD = 2.0 ** np.array([1, 2, 3, 4, 5, 6, 7, 40])  # each series' tests ahead of the count
_COLUMN = np.ceil(np.log2(np.arange(1, 130))).astype(np.intp)  # of levels, by tests begun
_DUE = 16  # series for a test after which they are counted
_MANY = 1000  # owners that are no more, before they are let go of


def _column(begun: Floats32) -> Index:
    return _COLUMN.take(begun.astype(np.intp), mode="clip")


class Ledger(msgspec.Struct, array_like=True):
    """Of one owner: its series, its tests that count and those that run, and its findings."""

    series: int = 0
    spent: int = 0
    running: int = 0
    lately: int = 0
    finds: list[Finds] = []

    def take(self, series: int, begun: int, spent: int, running: int, found: int) -> None:
        """Count what came since the last time."""
        self.series, self.spent, self.running = series, self.spent + spent, running
        self.lately = max(begun, (self.lately + begun) // 2)
        if found:
            self.finds = put_together([*self.finds, Finds(self.spent, found)], self.spent)

    def levels(self, spending: Spending) -> Floats32:
        """The levels of a series' first test, its second, up to its fourth, its eighth, ..."""
        first = max(self.lately, self.series // _DUE, 1)
        ahead = np.append(first, np.maximum(self.series * _AHEAD, first))
        number = self.spent + self.running + ahead
        return level(spending, number, self.finds).astype(np.float32)


class Discoveries:
    """The owners of the rows of one bank, whose series are those that `key` gives."""

    def __init__(self, spending: Spending, by: Sequence[str], key: Callable[[int], str]) -> None:
        self._spending = spending
        self._owners = Owners(by, key)
        self._ledgers: list[Ledger] = []
        self._levels = np.zeros((0, 1 + len(_AHEAD)), np.float32)
        self._news: dict[Group, bytes | None] = {}

    @property
    def has_news(self) -> bool:
        """Whether ledgers changed since :meth:`records`."""
        return bool(self._news)

    def revise(self, spending: Spending) -> None:
        """Go on under another rate or method."""
        self._spending = spending
        for number, ledger in enumerate(self._ledgers):
            self._levels[number] = ledger.levels(spending)

    def levels(self, rows: Index) -> Levels:
        """The levels of the next tests of rows."""
        numbers = self._owners.of(rows)
        self._know()
        return Levels(self._spending.bar, lambda begun: self._levels[numbers, _column(begun)])

    def take_stock(self, store: Store) -> None:
        """Count the tests of all rows, where there is something to count."""
        rows = np.flatnonzero(store.is_used)
        numbers = self._owners.of(rows)
        self._know()
        cells = store.cells("peaks", rows)["tally"]
        where = cells.at(np.zeros(len(rows), np.intp))
        tally = Tally(*cells.take(where))
        columns = (None, tally.begun, tally.spent, tally.level > 0, tally.found)
        counts = [np.bincount(numbers, weights, len(self._ledgers)) for weights in columns]
        series, begun, *_, found = counts
        had = np.array([ledger.series for ledger in self._ledgers])
        due = (series != had) | (found > 0) | (_DUE * begun > series)
        groups = self._owners.groups
        for number in np.flatnonzero(due).tolist():
            self._take(number, groups[number], *(int(of[number]) for of in counts))
        taken = due[numbers] & (tally.begun + tally.spent + tally.found > 0)
        store.is_dirty[rows[taken]] = True
        cells.put(where[1:, taken], np.zeros((3, int(np.count_nonzero(taken))), np.float32))
        self._let_go(series)

    def forget(self, rows: Index) -> None:
        """Rows that others may have from now on."""
        self._owners.forget(rows)

    def records(self) -> list[Saved]:
        """The ledgers that changed since this was asked last, for :meth:`load`."""
        news, self._news = self._news, {}
        return [(RECORD + msgspec.json.encode(group), value) for group, value in news.items()]

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take a record back. Raises `msgspec.DecodeError` for what is none."""
        group = msgspec.json.decode(key[len(RECORD) :], type=Group)
        ledger = Ledger() if value is None else msgspec.json.decode(value, type=Ledger)
        number = self._owners.number(group)
        self._know()
        self._ledgers[number] = ledger
        self._levels[number] = ledger.levels(self._spending)

    def _take(self, number: int, group: Group, series: int, *counted: int) -> None:
        ledger = self._ledgers[number] if series else Ledger()
        ledger.take(series, *counted)
        self._ledgers[number], self._levels[number] = ledger, ledger.levels(self._spending)
        self._news[group] = msgspec.json.encode(ledger) if series else None

    def _know(self) -> None:
        more = len(self._owners) - len(self._ledgers)
        if more > 0:
            self._ledgers += [Ledger() for _ in range(more)]
            new = np.tile(Ledger().levels(self._spending), (more, 1))
            self._levels = np.concatenate((self._levels, new))

    def _let_go(self, series: npt.NDArray[np.int64]) -> None:
        lives = np.flatnonzero(series)
        if len(self._ledgers) - len(lives) <= max(_MANY, len(self._ledgers) // 2):
            return
        groups = self._owners.groups
        self._owners.begin(groups[number] for number in lives.tolist())
        self._ledgers = [self._ledgers[number] for number in lives.tolist()]
        self._levels = self._levels[lives]
