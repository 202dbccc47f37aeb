"""Each file's rows again, with what was thought of them beside."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from detectors.detector import Floats
from detectors.looks import Looks
from streams.backtest.judged import Judged
from streams.backtest.past import Source

HEADER = (
    "timestamp", "value", "anomaly_score", "p_value", "expected", "lower", "upper", "anomaly",
)  # fmt: skip


def write_scores(folder: Path, judged: Iterable[Judged]) -> list[Path]:
    """One CSV for each source, under its own place; gives them.

    A row for each row of the source, in its order: what was not judged has a score of 0 and
    nothing else. Where a file has several series a last column says which.
    """
    by_source: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        by_source[id(one.source)].append(one)
    return [_write(folder, of[0].source, of) for of in by_source.values()]


def place_of(source: Source) -> str:
    """Where the scores of a source lie."""
    return source.place.removesuffix(".gz")


def _write(folder: Path, source: Source, judged: Sequence[Judged]) -> Path:
    path = folder / place_of(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    is_one = len(source.pasts) == 1
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER if is_one else (*HEADER, "series"))
        writer.writerows(_rows(source, judged, is_one=is_one))
    return path


def _rows(source: Source, judged: Sequence[Judged], *, is_one: bool) -> Iterator[Sequence[str]]:
    told = [("0", "", "", "", "", "0")] * len(source.stamps)
    series = [""] * len(source.stamps)
    for past in source.pasts:
        for row in past.rows.tolist():
            series[row] = past.series.key
    for one in judged:
        for row, cells in zip(one.past.rows.tolist(), _cells(one), strict=True):
            told[row] = cells
    for stamp, value, cells, key in zip(source.stamps, source.values, told, series, strict=True):
        yield (stamp, value, *cells) if is_one else (stamp, value, *cells, key)


def _cells(one: Judged) -> Iterable[tuple[str, str, str, str, str, str]]:
    looks = one.looks if one.profile.count_every_s is None else _of_bins(one)
    score = np.where(np.isnan(looks.nats), 0.0, looks.anomaly_score)
    columns = (score, looks.p_value, looks.expected, looks.lower, looks.upper)
    flags = np.where(looks.is_open, "1", "0").tolist()
    return zip(*map(_texts, columns), flags, strict=True)


def _of_bins(one: Judged) -> Looks:
    """For each event, how the bin looked that it was counted in; the last one was never judged."""
    looks, at = one.looks, one.past.samples.at
    place = np.searchsorted(looks.at, at, side="right")
    has = (place < len(looks.at)) & np.isfinite(at)
    columns = {
        name: np.where(has, np.append(column, np.nan)[np.where(has, place, -1)], np.nan)
        for name, column in looks._asdict().items()
    }
    flags = {name: columns[name] == 1 for name in ("is_alarm", "is_open")}
    return Looks(**columns | flags)


def _texts(column: Floats) -> list[str]:
    return ["" if x != x else f"{x:.9g}" for x in column.tolist()]
