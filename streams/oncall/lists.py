"""Shifts, gaps and overrides as commands print them: lines for people, records for programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from routing.oncall.schedule import Override, Schedule, Shift
from routing.oncall.shifts import shifts
from routing.oncall.spans import Span, part
from routing.wording import counted, say
from routing.zones import zone_of

NOBODY = "nobody"
_DAY = timedelta(days=1)
_AHEAD = timedelta(days=366)
_NO_END = "for the next year at least"

Names = Mapping[str, str]


class Who(NamedTuple):
    """A schedule at an instant: the shift that is running, and the one after it."""

    schedule: Schedule
    now: Shift
    following: Shift | None


def who(schedule: Schedule, at: datetime) -> Who:
    """Who is on call at an instant; the shift begins there, whenever it really began."""
    first, *rest = shifts(schedule, at, at + _AHEAD)
    return Who(schedule, first, rest[0] if rest else None)


def who_lines(found: Sequence[Who], names: Names) -> Iterator[str]:
    """Who is on call, until when, and who then."""
    width = max((len(one.schedule.name) for one in found), default=0)
    for one in found:
        user = _named(one.now.user, names)
        then = _NO_END
        if one.following is not None:
            until = moment(one.now.ends_at, zone_of(one.schedule.time_zone))
            then = f"until {until}, then {one.following.user or NOBODY}"
        yield f"{one.schedule.name:<{width}}  {user}, {then}"


def who_record(one: Who, names: Names) -> dict[str, Any]:
    """The same for programs."""
    following = one.following
    return {
        "schedule": one.schedule.name,
        "time_zone": one.schedule.time_zone,
        "at": _iso(one.now.starts_at),
        "user": one.now.user or None,
        "full_name": names.get(one.now.user),
        "until": _iso(one.now.ends_at) if following else None,
        "next": (following.user or None) if following else None,
    }


def shift_lines(schedule: Schedule, found: Iterable[Shift], names: Names) -> Iterator[str]:
    """Shifts, one a line."""
    zone = zone_of(schedule.time_zone)
    yield f"{schedule.name}, {schedule.time_zone}"
    for shift in found:
        lasts = say(shift.ends_at - shift.starts_at)
        user = _named(shift.user, names)
        yield f"  {_span(shift.starts_at, shift.ends_at, zone)}  {user}  ({lasts})"


def shift_record(schedule: Schedule, found: Iterable[Shift]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schedule": schedule.name,
        "time_zone": schedule.time_zone,
        "shifts": [
            {
                "user": shift.user or None,
                "starts_at": _iso(shift.starts_at),
                "ends_at": _iso(shift.ends_at),
            }
            for shift in found
        ],
    }


def gap_lines(schedule: Schedule, found: Sequence[Span], until: datetime) -> Iterator[str]:
    """The gaps of a schedule, or that it has none."""
    zone = zone_of(schedule.time_zone)
    if not found:
        yield f"{schedule.name}: somebody is on call until {moment(until, zone)}"
        return
    meant = ", which are meant (may_have_gaps)" if schedule.may_have_gaps else ""
    yield f"{schedule.name}, {schedule.time_zone}: {counted(len(found), 'gap')}{meant}"
    for gap in found:
        lasts = say(gap.ends_at - gap.starts_at)
        yield f"  {_span(*gap, zone)}  ({lasts})"


def gap_record(schedule: Schedule, found: Sequence[Span]) -> dict[str, Any]:
    """The same for programs."""
    gaps = [{"starts_at": _iso(gap.starts_at), "ends_at": _iso(gap.ends_at)} for gap in found]
    return {"schedule": schedule.name, "may_have_gaps": schedule.may_have_gaps, "gaps": gaps}


def calendar_lines(schedule: Schedule, found: Sequence[Shift]) -> Iterator[str]:
    """A line for each local day: who has it from midnight, and who takes over when."""
    zone = zone_of(schedule.time_zone)
    yield f"{schedule.name}, {schedule.time_zone}"
    day = found[0].starts_at.astimezone(zone).date()
    last = (found[-1].ends_at.astimezone(zone) - timedelta(microseconds=1)).date()
    while day <= last:
        if day.weekday() == 0 or day == found[0].starts_at.astimezone(zone).date():
            yield f"\nweek {day.isocalendar().week}"
        begins, ends = (datetime.combine(one, time(0), zone) for one in (day, day + _DAY))
        yield f"  {day:%a %d %b}  {_day(found, begins.astimezone(UTC), ends.astimezone(UTC), zone)}"
        day += _DAY


def _day(found: Sequence[Shift], begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    met = [
        part(one, begins, ends) for one in found if one.ends_at > begins and one.starts_at < ends
    ]
    words = [
        (f"{one.starts_at.astimezone(zone):%H:%M} " if one.starts_at > begins else "")
        + (one.user or NOBODY)
        for one in met
    ]
    return ", ".join(words)


def override_lines(overrides: Iterable[Override], now: datetime) -> Iterator[str]:
    """Overrides made by command, one a line."""
    found = list(overrides)
    if not found:
        yield "no overrides by command: tocsin oncall override SCHEDULE USER makes one"
    for one in found:
        state = "over" if one.ends_at <= now else "in force" if one.starts_at <= now else "to come"
        note = f"  {one.comment}" if one.comment else ""
        yield f"{one.id}  {state:<8}  {one.schedule}: {deed(one)}  by {one.created_by}{note}"


def deed(one: Override) -> str:
    """What an override does, with its time in UTC."""
    when = f"{moment(one.starts_at, UTC)} - {moment(one.ends_at, UTC)}"
    if one.is_swap:
        return f"{one.user} and {one.replaces} swap, {when}"
    return f"{one.user} for {one.replaces or 'anybody'}, {when}"


def override_record(one: Override) -> dict[str, Any]:
    """The same for programs."""
    return {
        "id": one.id,
        "schedule": one.schedule,
        "user": one.user,
        "replaces": one.replaces or None,
        "is_swap": one.is_swap,
        "starts_at": _iso(one.starts_at),
        "ends_at": _iso(one.ends_at),
        "created_by": one.created_by,
        "comment": one.comment,
    }


def moment(at: datetime, zone: Any) -> str:
    """A local time with its zone's short name.

    >>> moment(datetime(2026, 7, 1, 7, tzinfo=UTC), ZoneInfo("Europe/Vienna"))
    'Wed 2026-07-01 09:00 CEST'
    """
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    return f"{moment(starts_at, zone)} - {moment(ends_at, zone)}"


def _named(user: str, names: Names) -> str:
    full = names.get(user, "")
    return f"{user} ({full})" if full and full != user else user or NOBODY


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
