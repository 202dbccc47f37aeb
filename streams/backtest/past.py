"""The past: what a file or a topic says of its series, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.history import Samples
from detectors.looks import judged
from detectors.series import Series

Rows = npt.NDArray[np.intp]


class UnreadableSource(Exception):
    """A file or a topic that nothing can be read of: which, and why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, by its line (a record: by its place), and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The samples of one series: which rows of its source they are, in their order.

    `truth` says of each whether it is labelled as abnormal, None where there are no labels.
    """

    series: Series
    rows: Rows
    samples: Samples
    truth: Flags | None = None

    @property
    def gaps(self) -> int:
        """How many rows have a time but no finite value."""
        at, value = self.samples
        return int(np.count_nonzero(np.isfinite(at) & ~np.isfinite(value)))

    @property
    def out_of_order(self) -> int:
        """How many samples are not newer than one before them: a worker leaves them out."""
        at, value = self.samples
        finite = np.isfinite(at) & np.isfinite(value)
        return int(np.count_nonzero(finite & ~judged(at, value)))

    @property
    def pause(self) -> tuple[float, float] | None:
        """The longest time without a sample, from the one before it to the one after."""
        at, value = self.samples
        known = np.sort(at[np.isfinite(at) & np.isfinite(value)])
        if len(known) < 2:
            return None
        longest = int(np.argmax(np.diff(known)))
        return float(known[longest]), float(known[longest + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read of one file or topic.

    `place` is where it lies under the folder asked for, and where its results go. `stamps` and
    `values` are as they were written, row by row; `bad` are rows that are left out, `notes` what
    was taken for granted.
    """

    place: str
    stamps: Sequence[str]
    values: Sequence[str]
    pasts: Sequence[Past]
    bad: Sequence[BadRow] = field(default=())
    notes: Sequence[str] = field(default=())

    @property
    def ends_at(self) -> float:
        """The newest time of any of its series: until then all of them were listened to."""
        newest = (np.nanmax(p.samples.at, initial=-np.inf) for p in self.pasts)
        return float(max(newest, default=-np.inf))


def samples_of(at: Floats, value: Floats, rows: Rows) -> Samples:
    """The samples of some rows."""
    return Samples(at[rows], value[rows])
