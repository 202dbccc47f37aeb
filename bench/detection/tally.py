"""How often series alarm, and whether that is what was promised.

Three things are counted. `samples`: each sample that alarms. `runs`: alarms of which the one before
is more than an hour old, so that one disturbance is one. `opened`: anomalies as the gate of the
profile opens them, which is what may wake somebody.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from bench.detection.watcher import Seen

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WHAT = ("samples", "runs", "opened")
RUN_S = 3600.0


class Tally:
    """Counts of each series, and the seconds in which they were counted."""

    def __init__(self, series: int) -> None:
        self.counts = {what: np.zeros(series) for what in WHAT}
        self.seconds = np.zeros(series)
        self._alarmed_at = np.full(series, -np.inf)

    def add(self, seen: Seen, at: Floats, *, counted: Flags, step_s: Floats | float) -> None:
        """A round of the first so many series; what is not `counted` may still continue a run."""
        n = len(at)
        begins = seen.alarms & (at - self._alarmed_at[:n] > RUN_S)
        self._alarmed_at[:n][seen.alarms] = at[seen.alarms]
        for what, flags in zip(WHAT, (seen.alarms, begins, seen.opened), strict=True):
            self.counts[what][:n] += flags & counted
        self.seconds[:n] += counted * step_s


class Kept(NamedTuple):
    """How a budget was kept by some series.

    `expected` and `median` (of measured over budgeted) are per series, `ratio` and its bounds (95 %
    by Poisson) of all together. `within`: the share of series whose own ratio is from 1/2 to 2;
    `refuted`: of those whose 95 % interval has nothing in common with that.
    """

    series: int
    expected: float
    ratio: float
    low: float
    high: float
    median: float
    within: float
    refuted: float


def kept(counts: Floats, seconds: Floats, per_s: float) -> Kept:
    """Counts of series in so many seconds, held against a budget."""
    expected = seconds * per_s
    ratio = counts / expected
    low, high = interval(counts)
    total, all_low, all_high = float(counts.sum()), *interval(np.array([counts.sum()]))
    return Kept(
        series=len(counts),
        expected=float(expected.mean()),
        ratio=total / float(expected.sum()),
        low=float(all_low[0] / expected.sum()),
        high=float(all_high[0] / expected.sum()),
        median=float(np.median(ratio)),
        within=float(np.mean((ratio >= 0.5) & (ratio <= 2))),
        refuted=float(np.mean((low / expected > 2) | (high / expected < 0.5))),
    )


def interval(counts: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of a Poisson mean, given a count (Garwood 1936).

    >>> [bound.round(2).tolist() for bound in interval(np.array([0.0, 10.0]))]
    [[0.0, 4.8], [3.69, 18.39]]
    """
    low = np.where(counts > 0, chi2.ppf(0.025, 2 * np.maximum(counts, 0.5)) / 2, 0.0)
    return low, chi2.ppf(0.975, 2 * counts + 2) / 2
