"""Hypotheses: every run of odd samples is a test of whether it is nothing.

Of what is nothing, a share p of runs has so high a peak (detectors/peaks.py): that is the p-value
of a run. A run opens an anomaly where p is at or below the level of its test, which is set when the
run begins. Runs in a warm-up or a quiet window are no tests, nor is what goes on while an anomaly
is open. A series keeps what came of its tests until stock is taken (detectors/discoveries.py).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detectors import peaks
from detectors.detector import Floats
from detectors.flags import Flags, some, which
from detectors.state import Index, State
from detectors.tail import Floats32


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
    """The tests of a round's rows before their samples were taken in."""

    bar: float
    may: Flags
    where: Index
    tally: Tally
    level: Floats32
    known: peaks.Known


def begin(runs: State, levels: Levels, may: Flags) -> Round:
    """What stands before a round; `may` are the rows that may be put to a test."""
    cells = runs.cells["tally"]
    where = cells.at(np.zeros(len(runs["peak"]), np.intp))
    tally = Tally(*cells.take(where))
    level = np.where(tally.level > 0, tally.level, levels.of(tally.begun))
    return Round(levels.bar, may, where, tally, level, peaks.known(runs))


def limit(now: Round, runs: State, cadence: Floats, factor: Floats | float) -> Floats:
    """The surprise from which a sample alarms: that of runs, and -log level more."""
    at_edge = peaks.at_edge(runs, cadence).astype(np.float64)
    nats: Floats = at_edge - np.log(np.minimum(now.level * factor, 1.0))
    return nats


def learn(now: Round, runs: State, opened: Flags | None) -> None:
    """Note which tests began and ended in a round, in place."""
    tally, is_on = now.tally, runs["peak"] > 0
    was_tested = tally.level > 0
    begins = is_on & now.may & ~was_tested
    if not some(begins | was_tested):
        return
    is_tested = begins | was_tested
    found = np.zeros_like(begins) if opened is None else opened & is_tested
    over = is_tested & (found | ~is_on)
    spent = np.zeros_like(begins)
    ended = which(over)
    p = np.where(found[ended], now.level[ended], np.exp(-peaks.peak_nats(now.known, ended)))
    spent[ended] = p > now.bar
    changed = Tally(
        np.where(is_tested & ~over, now.level, np.float32(0)),
        tally.begun + begins,
        tally.spent + spent,
        tally.found + found,
    )
    runs.cells["tally"].put(now.where, np.array(changed, np.float32))
