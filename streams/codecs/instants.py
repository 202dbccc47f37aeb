"""Timestamps in every common unit, as epoch seconds."""

from datetime import UTC, datetime

EARLIEST = 946_684_800.0  # 2000-01-01T00:00:00Z: an older telemetry timestamp is a mistake

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
    seconds = _parse(stamp) if isinstance(stamp, str) else _scale(float(stamp))
    if not EARLIEST <= seconds <= latest:
        place = "in the future" if seconds > latest else "before the year 2000"
        raise BadInstant(f"timestamp {stamp!r} is {place}")
    return seconds


def _scale(number: float) -> float:
    for limit, unit in _UNITS:
        if abs(number) < limit:
            return number / unit
    raise BadInstant(f"timestamp {number} is not a number of seconds, ms, us or ns")


def _parse(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return _scale(number)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(f"timestamp {text[:40]!r} is not RFC 3339") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.timestamp()
