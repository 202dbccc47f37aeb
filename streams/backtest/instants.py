"""A column of timestamps, in every common unit or in ISO 8601, as epoch seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from detectors.detector import Floats
from streams.codecs.instants import EARLIEST, BadInstant, epoch_column, epoch_seconds

LATEST = 4_102_444_800.0  # 2100-01-01T00:00:00Z
_FIRST = 1e-6  # in place of 0, which is not after 1970 began: a bank would leave it out
_NUMBERED = (
    "its timestamps are small numbers: taken as seconds; if they number the rows, say how far "
    "apart those are, such as --step 5m"
)


class Instants(NamedTuple):
    """Epoch seconds, NaN where there is none; why by position; and what was taken for granted."""

    at: Floats
    bad: dict[int, str]
    note: str | None


def instants(stamps: Sequence[str], *, step_s: float | None = None) -> Instants:
    """Read a column of timestamps.

    Numbers before the year 2000 all along are an index of rows `step_s` apart, or else seconds.

    >>> instants(["1700000000123", "2023-11-14 22:13:20", "soon"]).at.tolist()
    [1700000000.123, 1700000000.0, nan]
    >>> instants(["1", "2"])[0].tolist()
    [1.0, 2.0]
    >>> instants(["1", "2"], step_s=300.0)[0].tolist()
    [300.0, 600.0]
    """
    numbers = _numbers(stamps)
    if numbers is not None and len(stamps):
        if np.all((numbers >= 0) & (numbers < EARLIEST)):
            return _indexed(numbers, step_s)
        at = epoch_column(numbers.tolist(), latest=LATEST)
        if at is not None:
            return Instants(np.array(at), {}, None)
    return _one_by_one(stamps)


def _indexed(numbers: Floats, step_s: float | None) -> Instants:
    at = np.maximum(numbers * (step_s or 1.0), _FIRST)
    return Instants(at, {}, None if step_s else _NUMBERED)


def _numbers(stamps: Sequence[str]) -> Floats | None:
    try:
        return np.array(list(map(float, stamps)))
    except ValueError:
        return None


def _one_by_one(stamps: Sequence[str]) -> Instants:
    at, bad = np.full(len(stamps), np.nan), {}
    for i, stamp in enumerate(stamps):
        try:
            at[i] = epoch_seconds(stamp.strip(), latest=LATEST)
        except BadInstant as error:
            bad[i] = str(error)
    return Instants(at, bad, None)


def stamp(at: float) -> str:
    """Epoch seconds in ISO 8601.

    >>> stamp(1.7e9)
    '2023-11-14T22:13:20Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
