"""Whether a season explains a series: its forecasts against those of a level alone.

Both see a sample before it is taken in, and both levels follow the trend within the same time, so
that the season is the only difference. Errors are mean squares over two periods, of which none
counts for more than 1,000 times that of the level:

    adopted when error(season) < 0.55 error(level),  dropped when > 0.8 error(level)

and neither before two periods (and 32 samples) were forecast: what wanders looks like a season
once. On a random walk one is seen 4 % of the time. A period that was not adopted after two of them
gives way to a candidate, and without one to a day, which every series begins with. One that
is adopted gives way only to a candidate within 5 % of it, which is it, seen more sharply, and only
when it leaves more than 0.3 of the error of the level.

Cost: 0.03 µs a sample at 1,000 rows; 41 bytes.

Reference: A. P. Dawid, 1984, Statistical Theory: The Prequential Approach.
"""

from typing import Any

import numpy as np

from detectors.constants import constant
from detectors.detector import Floats
from detectors.flags import Flags
from detectors.kernels import trial as kernels
from detectors.period import Found
from detectors.state import Index, State

FIRST_S = 86400.0
TRIAL: list[Any] = [
    ("period", "f8"),  # adopted or tried, in seconds
    ("failed", "f8"),  # the last period that was not adopted
    ("level", "f8"),
    ("by_level", "f8"),  # mean squared error of either forecast
    ("by_season", "f8"),
    ("is_adopted", "u1"),
]

_LOOSE = constant(0.3)
_SAME, _NEAR = 0.005, 0.05
_COMPARED = ("number", "seen", "at", "judged", "base")
_KEPT = ("period", "level", "by_level", "by_season", "is_adopted")


def start(state: State) -> None:
    """Every row begins with a day."""
    state["period"] = np.full_like(state["period"], FIRST_S)


def compare(
    state: State, x: Floats, at: Floats, weight: Floats, expected: Floats, level_s: float
) -> None:
    """Take the errors of both forecasts in, in place, of one sample in eight, and move the level.

    Which samples those are depends on the finest bin, in no order that a period could have.
    `expected` is NaN where the season has no forecast; `judged` counts those that it had.
    """
    own = (state[name] for name in (*_COMPARED, *_KEPT))
    kernels.compare(*own, x, at, weight, expected, level_s)


def next_period(state: State, found: Found) -> tuple[Index, Floats]:
    """Which of the rows that were searched are to try another period, and which."""
    rows, candidate = found
    names = ("period", "judged", "base", "failed")
    period, judged, base, failed = (state[name].take(rows) for name in names)
    samples, is_first = period / np.where(base > 0, base, 1.0), period == FIRST_S
    is_over = judged >= np.where(is_first, samples, 2 * samples) + kernels.MANY
    is_adopted = state["is_adopted"][rows] == 1
    has_failed = _alike(candidate, failed) & ~(is_first & is_over)
    is_new = (candidate > 0) & ~_alike(candidate, period) & ~has_failed
    is_loose = (state["by_season"] > _LOOSE * state["by_level"])[rows]
    is_better = _alike(candidate, period, _NEAR) & is_loose
    is_better = is_better | (~is_adopted & (4 * candidate <= period))
    takes = is_new & (is_better | (~is_adopted & is_over))
    changes = takes | (~is_adopted & is_over & ~is_first)
    chosen = rows[changes]
    failing = np.where(is_first, 0.0, period)[changes]
    state.put(chosen, {"failed": failing})
    return chosen, np.where(takes, candidate, FIRST_S)[changes]


def begin(state: State, rows: Index, period: Floats) -> None:
    """Let rows try another period, of which nothing is known yet."""
    state.put(rows, {"period": period, "is_adopted": np.zeros(len(rows), np.uint8)})


def _alike(one: Floats, other: Floats, part: float = _SAME) -> Flags:
    alike: Flags = np.abs(one - other) <= part * other
    return alike
