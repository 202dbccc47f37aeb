"""Banks of one profile abreast: a round takes the rows of all of them.

A round costs a fifth of a millisecond however few rows it has, and where the series of one profile
are spread over partitions each bank has few. So their rows are copied to a store, judged there, and
copied back. Each series is judged by what is kept of itself alone: the results are the same to the
last bit. Banks whose rows are granted something, or that count, or keep objects, are judged alone.
"""

from bisect import bisect
from collections.abc import Generator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Anomaly
from detectors.bank import Bank, Rows
from detectors.detector import Floats
from detectors.group_bank import GroupBank
from detectors.rounds import Runs
from detectors.sitting import Case, Sitting, Told, in_order
from detectors.state import Index
from detectors.store import Store

_MOST = 256  # rows together: with more, copying them takes longer than the rounds it saves

Steps = Generator[None, None, list[list[Anomaly]]]
"""Rests after each round, and gives the anomalies of each load at the end."""


class Load(NamedTuple):
    """Samples for a bank, as `Bank.observe` takes them."""

    bank: Bank | GroupBank
    rows: Rows
    at: npt.ArrayLike
    value: npt.ArrayLike
    offset: npt.ArrayLike


class _Seat(NamedTuple):
    """What one bank has in a sitting, and the number of its load."""

    number: int
    bank: Bank
    sitting: Sitting
    case: Case


def observe(loads: Sequence[Load]) -> Steps:
    """As `Bank.observe` of each; no bank has two loads, nor is any used before the end."""
    found: list[list[Anomaly]] = [[] for _ in loads]
    seats: dict[int, list[_Seat]] = {}
    for number, (bank, rows, at, value, offset) in enumerate(loads):
        sitting = bank.sitting if isinstance(bank, Bank) else None
        if isinstance(bank, GroupBank) or sitting is None:
            found[number] = bank.observe(rows, at, value, offset)
            yield
            continue
        case = bank.case(*bank.admit(rows, at, value, offset))
        if len(case.at):
            seats.setdefault(id(bank.profile), []).append(_Seat(number, bank, sitting, case))
    for together in seats.values():
        told = yield from _told(together)
        for seat, mine in zip(together, told, strict=True):
            seat.bank.rest(seat.case)
            found[seat.number] = in_order(mine)
    return found


def _told(seats: Sequence[_Seat]) -> Generator[None, None, list[Told]]:
    if len(seats) > 1 and sum(len(seat.case.chunk.rows) for seat in seats) <= _MOST:
        return (yield from _together(seats))
    told = []
    for seat in seats:
        told.append((yield from _alone(seat.sitting, seat.case)))
    return told


def _alone(sitting: Sitting, case: Case) -> Generator[None, None, Told]:
    told: Told = []
    for one in sitting.rounds(case):
        told += one
        yield
    return told


def _together(seats: Sequence[_Seat]) -> Generator[None, None, list[Told]]:
    rows = [seat.case.chunk.rows for seat in seats]
    stores = [seat.sitting.store for seat in seats]
    store = Store.joined(
        [of.copied(mine) for of, mine in zip(stores, rows, strict=True)], stores[0]
    )
    first_row = _starts(rows)

    def key(row: int) -> str:
        seat = bisect(first_row, row) - 1
        return seats[seat].sitting.key(int(rows[seat][row - first_row[seat]]))

    sitting = Sitting(seats[0].sitting.watch, store, key)
    told = yield from _alone(sitting, _joined([seat.case for seat in seats]))
    for of, mine, first in zip(stores, rows, first_row, strict=True):
        of.replace(mine, store.copied(np.arange(first, first + len(mine))))
    return _parted(told, [seat.case for seat in seats])


def _joined(cases: Sequence[Case]) -> Case:
    """The cases as one, whose order is that in which they follow each other."""
    chunks = [case.chunk for case in cases]
    at, value = (np.concatenate([case[i] for case in cases]) for i in (1, 2))
    first_at = _starts([case.at for case in cases])
    firsts = [chunk.first + first for chunk, first in zip(chunks, first_at, strict=True)]
    sizes = np.concatenate([chunk.size for chunk in chunks])
    order, rows = np.arange(len(at)), np.arange(len(sizes))
    return Case(Runs(order, rows, np.concatenate(firsts), sizes), at, value)


def _parted(told: Told, cases: Sequence[Case]) -> list[Told]:
    """What was told of joined cases, of each by itself."""
    first_at = _starts([case.at for case in cases])
    parts: list[Told] = [[] for _ in cases]
    for place, anomaly in told:
        seat = bisect(first_at, place) - 1
        position = cases[seat].chunk.order[place - first_at[seat]]
        parts[seat].append((int(position), anomaly))
    return parts


def _starts(columns: Sequence[Index | Floats]) -> list[int]:
    """Where each begins when they follow each other; none is empty."""
    return [0, *accumulate(map(len, columns[:-1]))]
