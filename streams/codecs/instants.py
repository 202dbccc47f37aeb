"""Timestamps in every common unit, as epoch seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt

EARLIEST = 946_684_800.0  # 2000-01-01T00:00:00Z: an older telemetry timestamp is a mistake

_LONGEST = 64  # characters of one

# The first limit that the number stays under tells its unit.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (float("inf"), 1e9))


class BadInstant(ValueError):
    """The producer's timestamp is none, or absurd."""


def epoch_seconds(stamp: float | str, *, latest: float) -> float:
    """A timestamp in s, ms, us or ns, or in RFC 3339, as epoch seconds.

    Raises BadInstant when it cannot be read or lies outside [2000-01-01, `latest`].

    >>> epoch_seconds(1700000000123, latest=2e9)
    1700000000.123
    >>> epoch_seconds("2023-11-14T22:13:20Z", latest=2e9)
    1700000000.0
    """
    seconds = _parse(stamp) if isinstance(stamp, str) else _scale(stamp)
    if not EARLIEST <= seconds <= latest:
        place = "in the future" if seconds > latest else "before the year 2000"
        raise BadInstant(f"timestamp {stamp!r} is {place}")
    return seconds


def epoch_column(stamps: Sequence[float | str | None], *, latest: float) -> list[float] | None:
    """What `epoch_seconds` makes of each, at once: for finite numbers of one unit, none absurd.

    None when they are not that: look at each by itself then.

    >>> epoch_column([1700000000123, 1700000000456], latest=2e9)
    [1700000000.123, 1700000000.456]
    """
    try:
        low, high = min(stamps), max(stamps)  # type: ignore[type-var]
        unit = _unit(low, high, latest)  # type: ignore[arg-type]
        return None if unit is None else [stamp / unit for stamp in stamps]  # type: ignore[operator]
    except (TypeError, ValueError, OverflowError, StopIteration):  # text among them, or none at all
        return None


def epochs(stamps: npt.NDArray[np.float64], *, latest: float) -> npt.NDArray[np.float64] | None:
    """The same of an array of numbers, at least one."""
    unit = _unit(float(stamps.min()), float(stamps.max()), latest)
    return None if unit is None else stamps / unit


def _unit(low: float, high: float, latest: float) -> float | None:
    """The unit of numbers between two, where none of them is absurd in it."""
    unit = next(unit for limit, unit in _UNITS if high < limit or limit == np.inf)
    return unit if low / unit >= EARLIEST and high / unit <= latest else None


def start_seconds(stamp: float, *, before: float) -> float:
    """The instant since which something was counted, 0.0 where that cannot be: not known.

    >>> start_seconds(1700000000123, before=2e9), start_seconds(1700000000, before=1.6e9)
    (1700000000.123, 0.0)
    """
    try:
        seconds = stamp / 1e9 if 1e17 <= stamp < 1e19 else _scale(stamp)
    except BadInstant:
        return 0.0
    return seconds if EARLIEST <= seconds <= before else 0.0


def _scale(stamp: float) -> float:
    try:
        number = float(stamp)
    except OverflowError:
        raise BadInstant("timestamp is beyond all numbers") from None
    for limit, unit in _UNITS:
        if abs(number) < limit:
            return number / unit
    raise BadInstant(f"timestamp {number} is not a number of seconds, ms, us or ns")


@lru_cache(maxsize=4096)
def _parse(text: str) -> float:
    if len(text) > _LONGEST:
        raise BadInstant(f"timestamp {text[:_LONGEST]!r}... is too long for one")
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return _scale(number)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(f"timestamp {text!r} is not RFC 3339") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.timestamp()
