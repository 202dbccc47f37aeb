"""Ranges of a calendar as people write them: `monday:friday`, `-3:-1`, `january`, `2026:2028`.

The forms and what they mean are Alertmanager's.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from config.errors import EMPTY, Wrong, did_you_mean
from routing.intervals import Range

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_LONGEST_MONTH = 31
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


def parse_weekdays(text: object) -> Range:
    """Weekdays by name, 0 for Monday.

    >>> parse_weekdays("monday:friday"), parse_weekdays("Sunday")
    ((0, 4), (6, 6))
    """
    return _ordered(text, "weekday", lambda word: _named(word, _WEEKDAYS, "weekday"))


def parse_months(text: object) -> Range:
    """Months by name or number.

    >>> parse_months("january:march"), parse_months(4)
    ((1, 3), (4, 4))
    """

    def month(word: str) -> int:
        if word.isdigit():
            return _number(word, "month", 1, 12)
        return _named(word, _MONTHS, "month") + 1

    return _ordered(text, "month", month)


def parse_years(text: object) -> Range:
    """Years."""
    return _ordered(text, "year", lambda word: _number(word, "year", 0, 9999))


def parse_days(text: object) -> Range:
    """Days of the month, those below 0 counted from its end.

    >>> parse_days("1:5"), parse_days("-3:-1"), parse_days(15)
    ((1, 5), (-3, -1), (15, 15))
    """
    first, last = _ends(text, "day of the month")
    begin, end = _day(first), _day(last)
    if begin < 0 < end:
        raise Wrong(f"{first}:{last} counts from the end and from the start: take two ranges")
    latest = end if end > 0 or begin < 0 else _LONGEST_MONTH + 1 + end
    if begin > latest:
        raise Wrong(f"day {last} is always before day {first}")
    return begin, end


def parse_minute(text: object) -> int:
    """A time of day as its minute; 24:00 is the end of the day.

    >>> parse_minute("09:30"), parse_minute("24:00")
    (570, 1440)
    """
    if text is None:
        raise Wrong(EMPTY)
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise Wrong(f'"{text}" is not a time of day in quotes, such as "09:00" (or "24:00")')
    return 24 * 60 if found[1] is None else 60 * int(found[1]) + int(found[2])


class WeekTime(NamedTuple):
    """A time of day, as its minute, on one weekday (0 for Monday) or on any."""

    weekday: int | None
    minute: int


def parse_week_time(text: object) -> WeekTime:
    """A time of day, after a weekday if there is one.

    >>> parse_week_time("friday 18:00"), parse_week_time("22:30")
    (WeekTime(weekday=4, minute=1080), WeekTime(weekday=None, minute=1350))
    """
    day, space, clock = text.strip().rpartition(" ") if isinstance(text, str) else ("", "", text)
    minute = parse_minute(clock)
    if not space:
        return WeekTime(None, minute)
    return WeekTime(_named(str(day).strip().lower(), _WEEKDAYS, "weekday"), minute)


def _ordered(text: object, what: str, value_of: Callable[[str], int]) -> Range:
    first, last = _ends(text, what)
    begin, end = value_of(first), value_of(last)
    if begin > end:
        raise Wrong(f"{what} {last} comes before {first}: take two ranges")
    return begin, end


def _ends(text: object, what: str) -> tuple[str, str]:
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not text.strip():
        raise Wrong(f"must be a {what}, or a range of them such as first:last")
    first, separator, last = text.strip().lower().partition(":")
    return first, last if separator else first


def _named(word: str, names: tuple[str, ...], what: str) -> int:
    if word not in names:
        raise Wrong(f'"{word}" is no {what}{did_you_mean(word, names) or ""}')
    return names.index(word)


def _number(word: str, what: str, least: int, most: int) -> int:
    if not re.fullmatch(r"-?\d{1,4}", word, re.ASCII) or not least <= int(word) <= most:
        raise Wrong(f'"{word}" is no {what} from {least} to {most}')
    return int(word)


def _day(word: str) -> int:
    day = _number(word, "day of the month", -_LONGEST_MONTH, _LONGEST_MONTH)
    if day == 0:
        raise Wrong("0 is no day of the month: the first is 1, the last is -1")
    return day
