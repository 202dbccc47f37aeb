"""Shifts as an iCalendar file, which calendars of people subscribe to, and layers read."""

from collections.abc import Iterable
from datetime import UTC, datetime

from routing.oncall.schedule import Schedule, Shift

_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same shifts make the same file


def calendar_text(schedule: Schedule, shifts: Iterable[Shift]) -> str:
    """A calendar of one event a shift, named after its user; nobody has no event."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"on call: {schedule.name}")
    for shift in shifts:
        if shift.user:
            event = Event()
            event.add("uid", f"{schedule.name}-{shift.starts_at:%Y%m%dT%H%M%SZ}@tocsin")
            event.add("dtstamp", _MADE)
            event.add("dtstart", shift.starts_at)
            event.add("dtend", shift.ends_at)
            event.add("summary", shift.user)
            calendar.add_component(event)
    return str(calendar.to_ical().decode())
