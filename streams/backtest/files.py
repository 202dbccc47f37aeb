"""CSV files and folders of them: where they lie, and what is read of each."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.flags import Flags
from detectors.series import Series
from streams.backtest.instants import instants
from streams.backtest.past import BadRow, Past, Rows, Source, UnreadableSource, samples_of
from streams.backtest.table import Asked, Table, read_table

SUFFIXES = (".csv", ".csv.gz")
_NOTHING = frozenset(("", "nan", "null", "none", "na", "n/a", "-"))
_NEWEST_FIRST = "its newest rows are first: they were judged from the last one on"
_NO = frozenset(("", "0", "0.0", "false", "no"))


class Found(NamedTuple):
    """A file, and its path under the folder that results are to mirror."""

    path: Path
    place: str


def find_files(paths: Sequence[Path]) -> list[Found]:
    """The CSV files of paths, folders walked; sorted by place. Raises `UnreadableSource`."""
    base = _base(paths)
    found: dict[str, Found] = {}
    for path in paths:
        inside = sorted(_walked(path)) if path.is_dir() else [path]
        if not inside:
            raise UnreadableSource(f"{path}: there is no CSV file in it")
        for file in inside:
            place = os.path.relpath(file, base)
            found[place] = Found(file, place)
    return [found[place] for place in sorted(found)]


def _base(paths: Sequence[Path]) -> str:
    folders = [path if path.is_dir() else path.parent for path in map(Path.absolute, paths)]
    return os.path.commonpath(folders)


def _walked(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names if name.lower().endswith(SUFFIXES))


def stem(place: str) -> str:
    """The name of a file without its endings.

    >>> stem("a/cpu.csv.gz"), stem("b/disk.used.CSV")
    ('cpu', 'disk.used')
    """
    name = Path(place).name
    ending = next((end for end in reversed(SUFFIXES) if name.lower().endswith(end)), "")
    return name[: len(name) - len(ending)]


def read_file(found: Found, asked: Asked) -> Source:
    """All series of a file. Raises `UnreadableSource`."""
    table = read_table(found.path, asked)
    heading = table.heading
    stamps, texts = table.column(heading.time), table.column(heading.value)
    has_commas = heading.delimiter == ";"
    when = instants(stamps, step_s=asked.step_s)
    value, odd = _values(_pointed(texts) if has_commas else texts)
    at = when.at.copy()
    at[list(odd)] = np.nan
    wrong = sorted({**odd, **when.bad}.items())
    bad = [*table.bad, *(BadRow(table.lines[i], reason) for i, reason in wrong)]
    truth = None if heading.truth is None else _truth(table.column(heading.truth))
    notes = [when.note] if when.note else []
    parts = _by_series(stem(found.place), table)
    if _is_newest_first([at[rows] for _, rows in parts]):
        parts = [(series, rows[::-1]) for series, rows in parts]
        notes.append(_NEWEST_FIRST)
    return Source(
        place=found.place,
        stamps=stamps,
        values=texts,
        pasts=[_past(series, rows, at, value, truth) for series, rows in parts],
        bad=sorted(bad, key=lambda row: row.line),
        notes=notes,
    )


def _pointed(texts: Sequence[str]) -> list[str]:
    """Numbers with a decimal comma, as they stand between semicolons, with a point."""
    return [text.replace(",", ".") if _has_comma(text) else text for text in texts]


def _has_comma(text: str) -> bool:
    return text.count(",") == 1 and "." not in text


def _values(texts: Sequence[str]) -> tuple[Floats, dict[int, str]]:
    """The values, NaN where there is none, and what is neither, by position."""
    try:
        return np.array(list(map(float, texts))), {}
    except ValueError:
        pass
    value, odd = np.full(len(texts), np.nan), {}
    for i, text in enumerate(texts):
        try:
            value[i] = float(text)
        except ValueError:
            if text.strip().lower() not in _NOTHING:
                odd[i] = f"value {text[:40]!r} is not a number"
    return value, odd


def _truth(texts: Sequence[str]) -> Flags:
    return np.array([text.strip().lower() not in _NO for text in texts], np.bool_)


def _is_newest_first(times: Sequence[Floats]) -> bool:
    """Whether times fall in some series, and rise in none."""
    steps = [np.diff(at[np.isfinite(at)]) for at in times]
    return any((step < 0).any() for step in steps) and all((step <= 0).all() for step in steps)


def _past(series: Series, rows: Rows, at: Floats, value: Floats, truth: Flags | None) -> Past:
    return Past(
        series=series,
        rows=rows,
        samples=samples_of(at, value, rows),
        truth=None if truth is None else truth[rows],
    )


def _by_series(default: str, table: Table) -> list[tuple[Series, Rows]]:
    heading = table.heading
    if heading.name is None and not heading.labels:
        return [(Series(default, {}), np.arange(len(table.lines)))] if table.lines else []
    names = [default] if heading.name is None else table.column(heading.name)
    columns = [table.column(place) for place in heading.labels.values()]
    numbers: dict[tuple[str, ...], int] = {}
    length = len(table.lines)
    of_name = names * length if heading.name is None else names
    keys = zip(of_name, *columns, strict=True)
    number = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.intp)
    return [
        (Series(name or default, dict(zip(heading.labels, labels, strict=True))), rows)
        for (name, *labels), rows in zip(numbers, _places(number, len(numbers)), strict=True)
    ]


def _places(number: npt.NDArray[np.intp], count: int) -> list[Rows]:
    order = np.argsort(number, kind="stable")
    return np.split(order, np.searchsorted(number[order], np.arange(1, count)))
