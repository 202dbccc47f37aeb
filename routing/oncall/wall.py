"""The wall clock: instants of local times, also of those that do not exist or exist twice."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_AROUND = timedelta(hours=26)  # longer than any change of clocks


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a naive local time is.

    One that does not exist is as late as it would be had the clocks not gone forward, one that
    exists twice is the first.

    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> instant(datetime(2026, 3, 29, 2, 30), berlin).astimezone(berlin).isoformat()
    '2026-03-29T03:30:00+02:00'
    >>> instant(datetime(2026, 10, 25, 2, 30), berlin).astimezone(berlin).isoformat()
    '2026-10-25T02:30:00+02:00'
    """
    return wall.replace(tzinfo=zone).astimezone(UTC)


def wall_of(at: datetime, zone: ZoneInfo) -> datetime:
    """What a local clock shows at an instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None)


def months_later(at: datetime, months: int) -> datetime:
    """So many months later, on the last day of a month that is too short.

    >>> months_later(datetime(2026, 1, 31), 1).isoformat()
    '2026-02-28T00:00:00'
    """
    year, month = divmod(12 * at.year + at.month - 1 + months, 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def is_steady(zone: ZoneInfo, at: datetime) -> bool:
    """Whether the clocks do not change within a day of an instant."""
    before, after = ((at + shift).astimezone(zone).utcoffset() for shift in (-_AROUND, _AROUND))
    return before == after
