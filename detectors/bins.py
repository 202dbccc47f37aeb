"""Counting events per bin of time: bins without events are zeros."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.rounds import rounds
from detectors.state import Column

Index = npt.NDArray[np.integer]
Columns = Mapping[str, Column]  # of all rows
Numbers = npt.NDArray[np.int64]

_MOST_EMPTY = 1000  # empty bins made up after a silence; the ones before are left out


class Run(NamedTuple):
    """Events of distinct rows, each row's within one bin: their sum, and the time of the last."""

    rows: Index
    number: Numbers
    value: Floats
    heard_at: Floats


class Closed(NamedTuple):
    """Bins that ended at `at` with their sums, of distinct rows."""

    rows: Index
    at: Floats
    value: Floats


class Bins:
    """Bins of one width; `number` is the bin's start divided by the width."""

    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [("number", "i8"), ("total", "f8"), ("heard_at", "f8"), ("used", "u1")]
    )

    def __init__(self, width_s: float) -> None:
        self.width_s = float(width_s)

    def until(self, at: Floats) -> Numbers:
        """The bin that an instant lies in."""
        return np.floor(at / self.width_s).astype(np.int64)

    def runs(self, bins: Columns, rows: Index, at: Floats, value: Floats) -> Iterator[Run]:
        """Events added up by row and bin, in order; late ones count in their row's newest bin."""
        if not len(rows):
            return
        order = np.argsort(rows, kind="stable")
        rows, at, value = rows[order], at[order], value[order]
        number = np.maximum(self.until(at), bins["number"][rows] * (bins["used"][rows] == 1))
        first = np.r_[True, rows[1:] != rows[:-1]]
        group = np.cumsum(first) - 1
        apart = np.int64(1) << np.int64(40)
        number = np.maximum.accumulate(number + group * apart) - group * apart
        begins = first | np.r_[True, number[1:] != number[:-1]]
        starts, run = np.flatnonzero(begins), np.cumsum(begins) - 1
        total, heard_at = np.zeros(len(starts)), at[starts]
        np.add.at(total, run, value)
        np.maximum.at(heard_at, run, at)
        rows, number = rows[starts], number[starts]
        for chosen in rounds(rows):
            yield Run(rows[chosen], number[chosen], total[chosen], heard_at[chosen])

    def add(self, bins: Columns, run: Run) -> None:
        """Put a run's sums into the open bins of its rows, in place."""
        bins["number"][run.rows] = run.number
        bins["total"][run.rows] += run.value
        bins["heard_at"][run.rows] = np.maximum(bins["heard_at"][run.rows], run.heard_at)
        bins["used"][run.rows] = 1

    def ends(self, bins: Columns, rows: Index) -> Floats:
        """When the open bins of rows end (a millisecond early); infinity where none is open."""
        end = (bins["number"][rows] + 1) * self.width_s - 1e-3
        return np.where(bins["used"][rows] == 1, end, np.inf)

    def close(self, bins: Columns, rows: Index, number: Numbers) -> Iterator[Closed]:
        """End every open bin before `number`, oldest first, in place."""
        while True:
            late = number - bins["number"][rows] > _MOST_EMPTY
            skipped = late & (bins["total"][rows] == 0)
            bins["number"][rows[skipped]] = number[skipped] - _MOST_EMPTY
            due = (bins["used"][rows] == 1) & (bins["number"][rows] < number)
            if not due.any():
                return
            ending = rows[due]
            ended = (bins["number"][ending] + 1) * self.width_s
            value = bins["total"][ending].copy()
            bins["number"][ending] += 1
            bins["total"][ending] = 0.0
            yield Closed(ending, ended, value)
