"""Rows of a table that come as one series, since no label tells them apart."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streams.codecs.decoded import Decoded
from streams.sniffing.reading import Slice


class OneOfRows(NamedTuple):
    """A series that is made of rows of several keys, how many, and the columns of their keys."""

    series: str
    rows: int
    columns: tuple[str, ...]


def one_of_rows(slices: Sequence[Slice], decoded: Sequence[Decoded]) -> OneOfRows | None:
    """The series of the most rows of change events, whose keys are those of their records."""
    keys: dict[str, set[bytes]] = {}
    for one, run in zip(slices, decoded, strict=True):
        for series, position in zip(run.keys, run.position, strict=True):
            if (key := one.keys[position]) is not None:
                keys.setdefault(series, set()).add(key)
    series, rows = max(keys.items(), key=lambda item: len(item[1]), default=("", set[bytes]()))
    return OneOfRows(series, len(rows), _columns(min(rows))) if len(rows) > 1 else None


def _columns(key: bytes) -> tuple[str, ...]:
    """The columns that a key of Debezium's names, in JSON with or without its schema."""
    try:
        read = msgspec.json.decode(key)
    except msgspec.DecodeError:
        return ()
    if isinstance(read, dict) and isinstance(read.get("payload"), dict):
        read = read["payload"]
    return tuple(read) if isinstance(read, dict) else ()
