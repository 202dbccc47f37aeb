"""Counting events per bin of time: bins without events are zeros."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats, Rows
from detectors.rounds import rounds

Index = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

_MOST_EMPTY = 1000  # empty bins made up after a silence; the ones before are left out


class Run(NamedTuple):
    """Events of distinct rows, each row's within one bin; `value` is their sum."""

    rows: Index
    number: Numbers
    value: Floats


class Closed(NamedTuple):
    """Bins that ended at `at` with their sums, of distinct rows."""

    rows: Index
    at: Floats
    value: Floats


class Bins:
    """Bins of one width; `number` is the bin's start divided by the width."""

    dtype: ClassVar[np.dtype[Any]] = np.dtype([("number", "i8"), ("total", "f8"), ("used", "u1")])

    def __init__(self, width_s: float) -> None:
        self.width_s = width_s

    def until(self, at: Floats) -> Numbers:
        """The bin that an instant lies in."""
        return np.floor(at / self.width_s).astype(np.int64)

    def runs(self, bins: Rows, rows: Index, at: Floats, value: Floats) -> Iterator[Run]:
        """Events added up by row and bin, in order; late ones count in their row's newest bin."""
        if not len(rows):
            return
        order = np.argsort(rows, kind="stable")
        rows, value = rows[order], value[order]
        number = np.maximum(self.until(at[order]), bins["number"][rows] * (bins["used"][rows] == 1))
        first = np.r_[True, rows[1:] != rows[:-1]]
        group = np.cumsum(first) - 1
        apart = np.int64(1) << np.int64(40)
        number = np.maximum.accumulate(number + group * apart) - group * apart
        starts = np.flatnonzero(first | np.r_[True, number[1:] != number[:-1]])
        total = np.zeros(len(starts))
        np.add.at(total, np.cumsum(np.isin(np.arange(len(rows)), starts)) - 1, value)
        for chosen in rounds(rows[starts]):
            yield Run(rows[starts][chosen], number[starts][chosen], total[chosen])

    def add(self, bins: Rows, run: Run) -> None:
        """Put a run's sums into the open bins of its rows, in place."""
        bins["number"][run.rows] = run.number
        bins["total"][run.rows] += run.value
        bins["used"][run.rows] = 1

    def close(self, bins: Rows, rows: Index, number: Numbers) -> Iterator[Closed]:
        """End every open bin before `number`, oldest first, in place."""
        late = number - bins["number"][rows] > _MOST_EMPTY
        skipped = late & (bins["total"][rows] == 0)
        bins["number"][rows[skipped]] = number[skipped] - _MOST_EMPTY
        while True:
            due = (bins["used"][rows] == 1) & (bins["number"][rows] < number)
            if not due.any():
                return
            ending = rows[due]
            ended = (bins["number"][ending] + 1) * self.width_s
            value = bins["total"][ending].copy()
            bins["number"][ending] += 1
            bins["total"][ending] = 0.0
            yield Closed(ending, ended, value)
