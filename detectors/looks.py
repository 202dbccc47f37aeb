"""How every sample looked: what a bank tells of each, not only of those that alarm."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.evidence import Look
from detectors.flags import Flags
from detectors.score import anomaly_score
from detectors.state import State
from detectors.strange import strangeness

_TOGETHER = 1024  # rounds


class Witness(Protocol):
    """Sees the rounds of a bank: distinct rows, how a sample of each looked, and their gates."""

    def __call__(self, rows: npt.NDArray[np.integer], look: Look, gates: State) -> None:
        """Called after each round, in order; the arrays are the bank's own: copy what is kept."""


class Looks(NamedTuple):
    """Samples of one series as they were judged, oldest first; columns of n.

    `nats` is the surprise, -log p, of a run of such samples, `single` that of one alone (0 where
    none may open an anomaly). `expected`, `lower`, `upper` are in the unit of the value, NaN
    where no detector has them. `is_alarm`: the sample went over the budget, `is_open`: an anomaly
    was open after it. `cadence` is the seconds between samples, as far as they were known then.
    What was not judged (not finite, or not newer than the sample before) has NaN and False.
    `strange` is how strange it is in nats, comparable between series (`detectors/strange.py`), or
    by an absolute detector where that is more; `bound` is what these say (NaN: there is none).
    """

    at: Floats
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    nats: Floats
    single: Floats
    strange: Floats
    bound: Floats
    is_alarm: Flags
    is_open: Flags
    cadence: Floats

    @property
    def p_value(self) -> Floats:
        """How often, per sample, a run at least so odd begins; NaN where it was not judged."""
        p: Floats = np.exp(-self.nats)
        return p

    @property
    def anomaly_score(self) -> Floats:
        """The strangeness from 0 to 1; 0 where it was not judged."""
        return anomaly_score(np.nan_to_num(self.strange, nan=0.0))


class Record:
    """A witness that keeps all it sees, by row. `absolute` says which detectors are."""

    def __init__(self, absolute: Sequence[bool] = ()) -> None:
        self._absolute = np.flatnonzero(absolute)
        self._rows: list[npt.NDArray[np.integer]] = []
        self._rounds: list[Floats] = []
        self._joined: list[tuple[npt.NDArray[np.integer], Floats]] = []

    def __call__(self, rows: npt.NDArray[np.integer], look: Look, gates: State) -> None:
        """See :class:`Witness`."""
        loudest = np.full(len(rows), np.nan)
        if len(self._absolute):
            loudest = np.fmax.reduce(look.parts[self._absolute], axis=0)
        opinion = (look.expected, look.lower, look.upper, look.nats, look.single)
        told = (look.at, look.value, *opinion, loudest, loudest)
        self._rows.append(rows.copy())
        flags = (gates["bits"] & np.uint32(1), gates["is_open"])
        self._rounds.append(np.array((*told, *flags, gates["cadence"])))
        if len(self._rounds) == _TOGETHER:
            self._join()

    def of(self, rows: int) -> list[Looks]:
        """What was seen of rows 0 to `rows` - 1, each in order."""
        self._join()
        row = np.concatenate([row for row, _ in self._joined])
        told = np.concatenate([told for _, told in self._joined], axis=1)
        order = np.argsort(row, kind="stable")
        bounds = np.searchsorted(row[order], np.arange(rows + 1))
        told = told[:, order]
        return [_with_strangeness(told[:, a:b]) for a, b in pairwise(bounds.tolist())]

    def _join(self) -> None:
        """Put rounds together: an array of few samples is small beside what numpy keeps of it."""
        rows, rounds = [np.zeros(0, np.intp), *self._rows], [np.zeros((12, 0)), *self._rounds]
        self._joined.append((np.concatenate(rows), np.concatenate(rounds, axis=1)))
        self._rows.clear()
        self._rounds.clear()


def _with_strangeness(told: Floats) -> Looks:
    looks = _looks(told)
    return looks._replace(strange=np.fmax(strangeness(looks.value, looks.at), looks.strange))


def judged(at: Floats, value: Floats) -> Flags:
    """Which samples of one series a bank judges: finite, after 1970 began, newer than all before.

    >>> judged(np.array([1.0, 3.0, 2.0, 4.0]), np.array([0.0, 0.0, 0.0, np.nan])).tolist()
    [True, True, False, False]
    """
    taken: Flags = np.isfinite(at) & np.isfinite(value)
    newest = np.maximum.accumulate(np.r_[0.0, np.where(taken, at, 0.0)])[:-1]
    newer: Flags = taken & (at > newest)
    return newer


def of_judged(looks: Looks) -> Looks:
    """The samples that were judged."""
    kept = ~np.isnan(looks.nats)
    return looks._replace(**{name: column[kept] for name, column in looks._asdict().items()})


def aligned(looks: Looks, at: Floats, value: Floats) -> Looks:
    """The looks of a series that was judged sample by sample, one for each of its samples."""
    taken = judged(at, value)
    return _looks([at, value, *(_spread(taken, column) for column in looks[2:])])


def _spread(taken: Flags, column: Floats | Flags) -> Floats:
    spread = np.full(len(taken), np.nan)
    spread[taken] = column
    return spread


def _looks(told: Iterable[Floats]) -> Looks:
    at, value, expected, lower, upper, nats, single, strange, bound, alarmed, opened, cadence = told
    opinion = (expected, lower, upper, nats, single, strange, bound)
    return Looks(at, value, *opinion, alarmed == 1, opened == 1, cadence)
