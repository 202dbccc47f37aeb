"""Bins of events: what a long silence leaves of them."""

import numpy as np

from detectors.bins import Bins


def test_of_a_long_silence_the_newest_empty_bins_are_made_up() -> None:
    bins, row, at = Bins(10.0), np.zeros(1, np.int64), np.array([5.0])
    columns = {name: np.zeros(1, kind) for name, (kind, _) in (Bins.dtype.fields or {}).items()}
    for run in bins.runs(columns, row, at, np.array([3.0])):
        bins.add(columns, run)
    closed = [(one.at[0], one.value[0]) for one in bins.close(columns, row, row + 100_000)]
    assert closed == [(10.0, 3.0), *((at, 0.0) for at in np.arange(99_001, 100_001) * 10.0)]
