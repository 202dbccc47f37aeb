"""Hypotheses: every run of odd samples is a test of whether it is nothing.

Of what is nothing, a share p of runs has so high a peak (detectors/peaks.py): that is the p-value
of a run. A run opens an anomaly where p is at or below the level of its test, which is set when the
run begins. Runs in a warm-up or a quiet window are no tests, nor is what goes on while an anomaly
is open. A series keeps what came of its tests until stock is taken (detectors/discoveries.py).
"""

from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.kernels import hypotheses as kernels
from detectors.state import State, per_row
from detectors.tail import Floats32

_known = itemgetter("peak", "edge", "m1", "m2", "count")


class Levels(NamedTuple):
    """The bar of tests (detectors/spending.py), and the levels of the next ones of a round's rows.

    `of` gives them by how many a row began since stock was taken.
    """

    bar: float
    of: Callable[[Floats32], Floats32]


class Tally(NamedTuple):
    """Tests of series: the level of the present one (0: none), and counts since stock was taken.

    How many began, and ended; of these `spent` had a p-value above the bar and `found` opened.
    """

    level: Floats32
    begun: Floats32
    spent: Floats32
    found: Floats32


class Round(NamedTuple):
    """The tests of a round's rows before their samples were taken in.

    `may`: which rows may be put to a test; `level` of their tests; `p` of those under way.
    """

    bar: float
    may: Flags
    level: Floats32
    p: Floats


def begin(runs: State, levels: Levels, may: Flags) -> Round:
    """What stands before a round; `may` are the rows that may be put to a test."""
    tally, given = runs.cells["tally"], levels.of(_begun(runs))
    now = Round(levels.bar, may, np.empty_like(given), np.empty(len(may)))
    kernels.begin(tally.flat, tally.base, given, *_known(runs), now.level, now.p)
    return now


def limit(now: Round, runs: State, gates: State, factor: Floats | float) -> Floats:
    """The surprise from which a sample alarms: that of runs, and -log level more.

    Where an anomaly is open, the part of it that keeps it open.
    """
    nats = np.empty(len(now.level))
    each = per_row(factor)
    columns = (runs["count"], runs["span"], gates["cadence"], gates["is_open"])
    kernels.limit(now.level, each, *columns, nats)
    return nats


def learn(now: Round, runs: State, opened: Flags | None) -> None:
    """Note which tests began and ended in a round, in place."""
    tally = runs.cells["tally"]
    told = np.zeros_like(now.may) if opened is None else opened
    kernels.learn(tally.flat, tally.base, now.level, now.p, now.bar, now.may, told, runs["peak"])


def _begun(runs: State) -> Floats32:
    tally = runs.cells["tally"]
    begun: Floats32 = tally.flat.take(tally.base + 1)
    return begun
