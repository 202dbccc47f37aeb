"""Time intervals: which instants a calendar of hours, weekdays, days, months and years contains.

Within an interval every field that is given must agree, within a field any of its ranges; an
interval of several parts contains what any of them does. Fields are read on the wall clock of the
part's time zone, to the minute, the end of a range of hours excluded and of all others included.

Reference: Alertmanager's `time_intervals`.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from routing.zones import zone_of

Range = tuple[int, int]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LOOKED_AHEAD = 366 * 5  # days; beyond that nothing changes any more


class Part(Struct, frozen=True, kw_only=True):
    """Ranges, both ends included but for those of `times`; an empty field allows everything.

    `times` are minutes of the day, `weekdays` 0 for Monday to 6, `days` those of the month, with
    -1 for its last one.
    """

    times: tuple[Range, ...] = ()
    weekdays: tuple[Range, ...] = ()
    days: tuple[Range, ...] = ()
    months: tuple[Range, ...] = ()
    years: tuple[Range, ...] = ()
    time_zone: str = "UTC"


class TimeInterval(Struct, frozen=True, kw_only=True):
    """A named interval."""

    name: str
    parts: tuple[Part, ...]


def contains(interval: TimeInterval, at: datetime) -> bool:
    """Whether an aware instant lies in the interval.

    >>> office = Part(times=((540, 1020),), weekdays=((0, 4),), time_zone="Europe/Vienna")
    >>> hours = TimeInterval(name="office", parts=(office,))
    >>> contains(hours, datetime(2026, 11, 27, 15, 59, tzinfo=UTC))
    True
    >>> contains(hours, datetime(2026, 11, 27, 16, 0, tzinfo=UTC))
    False
    """
    return any(_holds(part, at.astimezone(zone_of(part.time_zone))) for part in interval.parts)


def next_edge(intervals: Iterable[TimeInterval], at: datetime) -> datetime | None:
    """The first instant after `at` at which a part begins or ends, None if there is none.

    Looks five years ahead.

    >>> night = TimeInterval(name="night", parts=(Part(times=((0, 360),)),))
    >>> next_edge([night], datetime(2026, 11, 27, 3, tzinfo=UTC)).isoformat()
    '2026-11-27T06:00:00+00:00'
    """
    parts = [part for interval in intervals for part in interval.parts]
    found = (_next_edge_of(part, at) for part in parts)
    return min((edge for edge in found if edge is not None), default=None)


def _holds(part: Part, wall: datetime) -> bool:
    minute = 60 * wall.hour + wall.minute
    is_time = not part.times or any(first <= minute < end for first, end in part.times)
    return is_time and _has_day(part, wall.date())


def _has_day(part: Part, day: date) -> bool:
    if part.days and not any(_in_month(span, day) for span in part.days):
        return False
    fields = ((part.weekdays, day.weekday()), (part.months, day.month), (part.years, day.year))
    return all(_is_in(ranges, value) for ranges, value in fields)


def _is_in(ranges: tuple[Range, ...], value: int) -> bool:
    return not ranges or any(first <= value <= last for first, last in ranges)


def _in_month(span: Range, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    first, last = (end if end > 0 else length + 1 + end for end in span)
    return first <= day.day <= last


def _next_edge_of(part: Part, at: datetime) -> datetime | None:
    zone = zone_of(part.time_zone)
    wall = at.astimezone(zone)
    was = _holds(part, wall)
    for ahead in range(_LOOKED_AHEAD):
        day = wall.date() + ahead * _DAY
        if not was and not _has_day(part, day):
            continue
        for edge in _edges(part, day, zone):
            if edge > at and _holds(part, edge.astimezone(zone)) is not was:
                return edge
    return None


def _edges(part: Part, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants of a local day at which the part may begin or end, in order."""
    begins, ends = (
        datetime.combine(one, datetime.min.time(), zone).astimezone(UTC)
        for one in (day, day + _DAY)
    )
    if ends - begins != _DAY:  # clocks change: every minute may be an edge
        yield from (begins + n * _MINUTE for n in range((ends - begins) // _MINUTE))
        return
    minutes = {0, *(minute for span in part.times for minute in span)}
    yield from (begins + minute * _MINUTE for minute in sorted(minutes) if minute < 24 * 60)
