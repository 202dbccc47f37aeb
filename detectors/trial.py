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
from detectors.flags import Flags, some, which
from detectors.forget import gain, share
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

_ADOPT, _DROP, _LOOSE = constant(0.55), constant(0.8), constant(0.3)
_WILD = constant(1000.0)
_FEW, _YOUNG, _MANY = constant(32.0), constant(20.0), constant(64.0)
_SAME, _NEAR, _TRIED = 0.005, 0.05, 2.0
_EACH = 8.0  # samples of which one is compared
_MIXER, _MIXED = np.int64(0x2545F4914F6CDD1D), np.int64(7 << 40)


def start(state: State) -> None:
    """Every row begins with a day."""
    state["period"] = np.full_like(state["period"], FIRST_S)


def compare(
    state: State, x: Floats, dt: Floats, weight: Floats, expected: Floats, level_s: float
) -> None:
    """Take the errors of both forecasts in, in place, of one sample in eight, and move the level.

    Which samples those are depends on the finest bin, in no order that a period could have.
    `expected` is NaN where the season has no forecast; `judged` counts those that it had.
    """
    rows = which(((state["number"] * _MIXER) & _MIXED) == 0)
    if len(rows):
        _compare(state, rows, x, dt, weight, expected)
    level, a = state["level"], weight * -np.expm1(-dt / level_s)
    moved = level + a * (x - level)
    is_first = state["seen"] == 0
    state["level"] = np.where(is_first, x, moved) if some(is_first) else moved


def _compare(
    state: State, rows: Index, x: Floats, dt: Floats, weight: Floats, expected: Floats
) -> None:
    period, judged, base = (state[name].take(rows) for name in ("period", "judged", "base"))
    x, expected = x.take(rows), expected.take(rows)
    memory = np.maximum(2 * period, _MANY * base)
    a = weight.take(rows) * gain(_EACH * dt.take(rows), memory, share(judged / _EACH))
    a = np.where(np.isfinite(expected), a, 0.0)
    by_level, by_season = state["by_level"].take(rows), state["by_season"].take(rows)
    most = np.where(judged < _YOUNG, np.inf, _WILD * by_level)
    by_level = _moved(by_level, a, np.minimum(np.square(x - state["level"].take(rows)), most))
    by_season = _moved(by_season, a, np.minimum(np.square(x - expected), most))
    is_tried = (base > 0) & (judged * base >= np.maximum(_FEW * base, _TRIED * period))
    fits, fails = by_season < _ADOPT * by_level, by_season > _DROP * by_level
    adopted = (state["is_adopted"].take(rows) | (is_tried & fits)) & ~(is_tried & fails)
    state.put(rows, {"by_level": by_level, "by_season": by_season, "is_adopted": adopted})


def _moved(mean: Floats, a: Floats, error: Floats) -> Floats:
    return np.where(a > 0, mean + a * (error - mean), mean)


def next_period(state: State, found: Found) -> tuple[Index, Floats]:
    """Which of the rows that were searched are to try another period, and which."""
    rows, candidate = found
    names = ("period", "judged", "base", "failed")
    period, judged, base, failed = (state[name].take(rows) for name in names)
    samples, is_first = period / np.where(base > 0, base, 1.0), period == FIRST_S
    is_over = judged >= np.where(is_first, samples, 2 * samples) + _MANY
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
