"""A table of samples as CSV: which columns are what, and its rows."""

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from streams.backtest.past import BadRow, UnreadableSource

TIME, VALUE, NAME = ("timestamp", "time"), ("value",), ("name", "metric")
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table is asked for besides times and values: labels of a series, and the truth.

    `step_s`: how far apart rows are where their times are numbers that count them.
    """

    labels: Sequence[str] = ()
    truth: str | None = None
    step_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Where in a row each column stands, and how many there are."""

    time: int
    value: int
    name: int | None
    labels: dict[str, int]
    truth: int | None
    width: int
    delimiter: str = ","

    @property
    def places(self) -> list[int]:
        """The columns that are read."""
        others = [place for place in (self.name, self.truth) if place is not None]
        return [self.time, self.value, *others, *self.labels.values()]


@dataclass(slots=True)
class Table:
    """The rows of a table, by columns; `lines` says where each row stands."""

    heading: Heading
    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def column(self, place: int) -> list[str]:
        """A column, by its place in the row."""
        return self.cells[self.heading.places.index(place)]


def read_table(path: Path, asked: Asked) -> Table:
    """Read a CSV file, also one compressed by gzip. Raises `UnreadableSource`."""
    try:
        with _opened(path) as file:
            return _table(file, asked)
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"is not UTF-8 text (byte {error.start})") from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableSource(f"cannot be read: {reason}") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


def _table(file: TextIO, asked: Asked) -> Table:
    first = file.readline()
    heading = _heading(first, asked)
    table = Table(heading, cells=[[] for _ in heading.places])
    rows = csv.reader(file, delimiter=heading.delimiter, skipinitialspace=True)
    try:
        _fill(table, rows, lambda: rows.line_num + 1)
    except csv.Error as error:
        raise UnreadableSource(f"line {rows.line_num + 1} is not CSV: {error}") from error
    if not table.lines and not table.bad:
        raise UnreadableSource("has a header and no rows")
    return table


def _fill(table: Table, rows: Iterable[Sequence[str]], line: Callable[[], int]) -> None:
    places = table.heading.places
    least, most = max(places) + 1, table.heading.width
    add = [cells.append for cells in table.cells]
    for row in rows:
        if len(row) > most and any(row[most:]):
            reason = f"has {len(row)} columns and its header {most}: quote what has delimiters"
            table.bad.append(BadRow(line(), reason))
        elif len(row) >= least:
            for append, place in zip(add, places, strict=True):
                append(row[place])
            table.lines.append(line())
        elif row:
            table.bad.append(BadRow(line(), f"has {len(row)} of {least} columns"))


def _heading(first: str, asked: Asked) -> Heading:
    if not first.strip():
        raise UnreadableSource("is empty")
    found: list[str] = []
    for delimiter in _DELIMITERS:
        found = [
            name.strip().lower()
            for name in next(csv.reader([first], delimiter=delimiter, skipinitialspace=True))
        ]
        time, value = _place(found, TIME), _place(found, VALUE)
        if time is not None and value is not None:
            return Heading(
                time=time,
                value=value,
                name=_place(found, NAME),
                labels={label: _needed(found, label) for label in asked.labels},
                truth=None if asked.truth is None else _needed(found, asked.truth),
                width=len(found),
                delimiter=delimiter,
            )
    shown = first.strip()[:80]
    raise UnreadableSource(f"has no columns `timestamp` and `value` in its first line: {shown!r}")


def _place(found: Sequence[str], names: Sequence[str]) -> int | None:
    return next((found.index(name) for name in names if name in found), None)


def _needed(found: Sequence[str], name: str) -> int:
    place = _place(found, (name.strip().lower(),))
    if place is None:
        raise UnreadableSource(f"has no column `{name}`; there are: {', '.join(found)}")
    return place
