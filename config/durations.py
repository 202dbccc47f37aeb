"""Durations and budgets as people write them: `30s`, `1h30m`, `3d`; `1/30d`."""

import re
from datetime import timedelta

from config.errors import Wrong

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_TERM = r"\d+(?:\.\d+)?(?:ms|[smhdw])"
_DURATION = re.compile(rf"(?:{_TERM})+", re.ASCII)
_TERMS = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)
_PAGES = re.compile(r"\s*(\d{1,9})\s*/\s*(\S+)\s*", re.ASCII)
_BUDGET = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*/\s*(\S+)\s*", re.ASCII)
_LONGEST_S = 100 * 366 * 86400.0

DURATION_PATTERN = rf"^({_TERM})+$"
PAGES_PATTERN = rf"^\s*\d+\s*/\s*(({_TERM})+|[smhdw])\s*$"
BUDGET_PATTERN = rf"^\s*\d+(\.\d+)?\s*/\s*({_TERM})+\s*$"


def parse_duration(value: object) -> timedelta:
    """The duration a text says. Raises :class:`Wrong` for anything else.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    >>> parse_duration("250ms")
    datetime.timedelta(microseconds=250000)
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f"{value} has no unit: write {value}s, {value}m, {value}h or {value}d")
    if not isinstance(value, str):
        raise Wrong("must be a duration, such as 30s, 5m, 1h30m or 3d")
    if not _DURATION.fullmatch(value):
        raise Wrong(f'"{value}" is not a duration: write it like 30s, 5m, 1h30m or 3d')
    seconds = sum(float(n) * _UNITS[unit] for n, unit in _TERMS.findall(value))
    if seconds > _LONGEST_S:
        raise Wrong(f'"{value}" is longer than a hundred years')
    return timedelta(seconds=seconds)


def parse_seconds(value: object) -> float:
    """The duration a text says, in seconds.

    >>> parse_seconds("5m")
    300.0
    """
    return parse_duration(value).total_seconds()


def parse_page_budget(value: object) -> tuple[int, timedelta]:
    """How many pages a person gets in how long.

    >>> parse_page_budget("10/h")
    (10, datetime.timedelta(seconds=3600))
    """
    return _counted(value, what="page budget", of="pages", example="10/1h")


def parse_rate(value: object) -> tuple[int, timedelta]:
    """How many messages in how long.

    >>> parse_rate("60/1m")
    (60, datetime.timedelta(seconds=60))
    """
    return _counted(value, what="pace", of="messages", example="60/1m")


def _counted(value: object, *, what: str, of: str, example: str) -> tuple[int, timedelta]:
    match = _PAGES.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Wrong(f"must be a number of {of} in a time, such as {example}")
    count = int(match[1])
    period = parse_duration(match[2] if match[2][0].isdigit() else f"1{match[2]}")
    if count <= 0 or period <= timedelta():
        raise Wrong(f"a {what} needs a count and a time above zero, such as {example}")
    return count, period


def parse_budget(value: object) -> tuple[float, timedelta]:
    """How many in how long: the budget of false alarms for one series.

    >>> parse_budget("1/30d")
    (1.0, datetime.timedelta(days=30))
    """
    match = _BUDGET.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Wrong("must be a budget, such as 1/30d: one false alarm in 30 days for each series")
    count, period = float(match[1]), parse_duration(match[2])
    if count <= 0 or period <= timedelta():
        raise Wrong("a budget needs a count and a period above zero, such as 1/30d")
    return count, period
