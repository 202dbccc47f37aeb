"""Leeway: what people say about single series, on top of what their profile says.

How much stricter or laxer the budget of a series is, and windows of event time in which it is held:
judged, and not learnt. In a quiet window it opens no anomaly either; one that is open goes on and
may close. What holds for a row is asked when it is first judged, and then kept. Cost: nothing where
nothing was said, a byte a row and window (and one for the budget) otherwise.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.flags import Flags, some
from detectors.state import Index

MOST_STEPS = 4
"""How often a budget may be doubled or halved: to 16 times, or a 16th."""

_UNKNOWN = np.int8(-128)


class Window(NamedTuple):
    """From `begins_at` until just before `ends_at`, epoch seconds, for series that it `covers`."""

    begins_at: float
    ends_at: float
    is_quiet: bool
    covers: Callable[[str], bool]


class Said(NamedTuple):
    """All that was said: how often to double the budget of a series, and the windows."""

    steps: Callable[[str], int]
    windows: tuple[Window, ...] = ()


class Granted(NamedTuple):
    """What holds for samples: the factor on each budget, and which neither learn nor may open."""

    factor: Floats
    held: Flags
    quiet: Flags


class Leeway:
    """The leeway of the rows of one bank, whose series are those that `key` gives.

    >>> night = Window(100.0, 200.0, True, lambda series: series == "b")
    >>> said = Said(steps={"a": 0, "b": -1}.__getitem__, windows=(night,))
    >>> leeway = Leeway(said, ["a", "b"].__getitem__)
    >>> granted = leeway.of(np.array([0, 1]), np.array([150.0, 150.0]))
    >>> granted.factor, granted.held, granted.quiet
    (array([1. , 0.5]), array([False,  True]), array([False,  True]))
    >>> leeway.of(np.array([1]), np.array([200.0])).held
    array([False])
    """

    def __init__(self, said: Said, key: Callable[[int], str]) -> None:
        self._steps = _Answers(lambda row: said.steps(key(row)))
        self._windows = [(w, _Answers(_covered(w, key))) for w in said.windows]

    def of(self, rows: Index, at: Floats) -> Granted:
        """What holds for samples of rows."""
        held, quiet = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
        for window, answers in self._windows:
            inside = (at >= window.begins_at) & (at < window.ends_at)
            if some(inside):
                inside &= answers.of(rows) == 1
                held |= inside
                if window.is_quiet:
                    quiet |= inside
        return Granted(np.exp2(self._steps.of(rows).astype(np.float64)), held, quiet)

    def forget(self, rows: Index) -> None:
        """Rows that others may have from now on."""
        for answers in (self._steps, *(of for _, of in self._windows)):
            answers.forget(rows)


def _covered(window: Window, key: Callable[[int], str]) -> Callable[[int], int]:
    return lambda row: int(window.covers(key(row)))


class _Answers:
    """A small number for each row, asked for when it is wanted."""

    def __init__(self, ask: Callable[[int], int]) -> None:
        self._ask = ask
        self._known = np.zeros(0, np.int8)

    def of(self, rows: Index) -> npt.NDArray[np.int8]:
        """The answers for rows."""
        self._reserve(int(rows.max(initial=-1)) + 1)
        unknown = rows[self._known[rows] == _UNKNOWN]
        for row in unknown.tolist():
            self._known[row] = self._ask(row)
        return self._known[rows]

    def forget(self, rows: Index) -> None:
        """Ask for these again."""
        self._known[rows[rows < len(self._known)]] = _UNKNOWN

    def _reserve(self, rows: int) -> None:
        more = max(rows, len(self._known) + len(self._known) // 4, 64) - len(self._known)
        if rows > len(self._known):
            self._known = np.append(self._known, np.full(more, _UNKNOWN))
