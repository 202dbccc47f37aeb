"""Events of an iCalendar file, with the lines they stand in; recurring ones one by one."""

from collections.abc import Sequence
from typing import Any

from routing.oncall.spans import Span

LINE = "X-TOCSIN-LINE"
_OFTEN = {"SECONDLY", "MINUTELY"}


class Unreadable(ValueError):
    """A file that is no calendar, or an event that nobody can understand; and its line."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def events(content: bytes, span: Span) -> Sequence[Any]:
    """The events that meet the span, by their start. Raises :class:`Unreadable`."""
    import recurring_ical_events
    from icalendar import Calendar

    try:
        calendar: Any = Calendar.from_ical(content)
    except ValueError as error:
        raise Unreadable(1, f"not an iCalendar file: {_short(error)}") from error
    lines = _lines(content)
    for event, line in zip(calendar.walk("VEVENT"), lines, strict=False):
        event[LINE] = str(line)
        _check(event, line)
    try:
        found: Sequence[Any] = recurring_ical_events.of(calendar).between(*span)
    except ValueError as error:
        raise Unreadable(lines[0] if lines else 1, f"a rule is wrong: {_short(error)}") from error
    return found


def _check(event: Any, line: int) -> None:
    for name, problem in event.errors:
        raise Unreadable(line, f"an event has a bad {name}: {problem}")
    if often := _OFTEN & set(event.get("RRULE", {}).get("FREQ", ())):
        raise Unreadable(line, f"FREQ={min(often)} is too frequent for people to be on call")
    if "DTSTART" not in event:
        raise Unreadable(line, "an event has no DTSTART")
    for name in ("DTSTART", "DTEND"):
        zone = event[name].params.get("TZID") if name in event else None
        if zone and getattr(event[name].dt, "tzinfo", True) is None:
            raise Unreadable(line, f"there is no time zone {zone}, and the file does not define it")
    if "DTEND" in event and _is_backward(event["DTSTART"].dt, event["DTEND"].dt):
        raise Unreadable(line, "an event ends before it begins")


def _is_backward(start: Any, end: Any) -> bool:
    try:
        return bool(end < start)
    except TypeError:
        return type(start) is not type(end)  # a day and a time


def _lines(content: bytes) -> list[int]:
    """The line of the summary of each event, or of its beginning."""
    found: list[int] = []
    depth = 0
    for number, line in enumerate(content.splitlines(), 1):
        word = line.strip().upper()
        if word == b"BEGIN:VEVENT":
            found.append(number)
            depth = 1
        elif word.startswith(b"BEGIN:"):
            depth += 1
        elif word.startswith(b"END:"):
            depth -= 1
        elif depth == 1 and found and word.startswith((b"SUMMARY:", b"SUMMARY;")):
            found[-1] = number
    return found


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
