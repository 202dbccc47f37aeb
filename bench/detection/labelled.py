"""The labelled series beside the repository: their samples, and where nothing is labelled.

`../shared/data`, or what `TOCSIN_SHARED_DATA` names. Free of labels is, in the Numenta Anomaly
Benchmark, what lies outside the windows; in the cloud collection what is further from a labelled
sample than an hour and ten samples.
"""

import csv
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
MARGIN_S, MARGIN_SAMPLES = 3600.0, 10


class Labelled(NamedTuple):
    """A series in the order of time: epoch seconds, values, and which are free of labels."""

    name: str
    at: Floats
    value: Floats
    is_free: Flags

    @property
    def step_s(self) -> float:
        """Seconds between samples, usually."""
        return float(np.median(np.diff(self.at)))


def collections(shared: Path | None = None) -> dict[str, list[Labelled]]:
    """The collections that are there, by name."""
    shared = shared or Path(os.environ.get("TOCSIN_SHARED_DATA", SHARED))
    found = {"nab": list(nab(shared / "nab")), "ms_cloud": list(ms_cloud(shared / "ms_cloud"))}
    return {name: series for name, series in found.items() if series}


def nab(folder: Path) -> Iterator[Labelled]:
    """The files of the Numenta Anomaly Benchmark."""
    labels = folder / "labels" / "combined_windows.json"
    windows = json.loads(labels.read_text()) if labels.is_file() else {}
    for name, spans in sorted(windows.items()):
        rows = _rows(folder / "data" / name)
        at, value = _columns(rows)
        is_free = np.ones(len(at), np.bool_)
        for first, last in spans:
            is_free &= (at < _epoch(first)) | (at > _epoch(last))
        yield _sorted(name, at, value, is_free)


def ms_cloud(folder: Path) -> Iterator[Labelled]:
    """The files of Microsoft's cloud monitoring."""
    for path in sorted(folder.glob("data/*/*.csv")):
        rows = [row for row in _rows(path) if row[0][:4].isdigit()]
        at, value = _columns(rows)
        labels = np.flatnonzero([float(row[2] or 0) > 0 for row in rows])
        is_free = np.ones(len(at), np.bool_)
        for i in labels:
            is_free[max(i - MARGIN_SAMPLES, 0) : i + MARGIN_SAMPLES + 1] = False
            is_free &= np.abs(at - at[i]) > MARGIN_S
        yield _sorted(path.name, at, value, is_free)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def _columns(rows: list[list[str]]) -> tuple[Floats, Floats]:
    at = np.array([_epoch(row[0]) for row in rows])
    return at, np.array([float(row[1] or "nan") for row in rows])


def _epoch(text: str) -> float:
    when = datetime.fromisoformat(text.strip().replace("/", "-"))
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _sorted(name: str, at: Floats, value: Floats, is_free: Flags) -> Labelled:
    """As a bank takes them: no sample that is not finite or not newer than all before."""
    known = np.flatnonzero(np.isfinite(value))
    newest = np.maximum.accumulate(at[known])
    newer = np.r_[True, at[known][1:] > newest[:-1]]
    kept = known[newer]
    return Labelled(name, at[kept], value[kept], is_free[kept])
