"""Restrictions: the hours at which a layer applies; outside of them the layer beneath does.

A weekly range is meant on the wall clock of the schedule; it begins and ends once a week, at
instants found as those of handoffs are. A time interval has a time zone of its own.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.intervals import TimeInterval, contains, next_edge
from routing.oncall.schedule import Layer, WeeklyRange
from routing.oncall.spans import Span, united
from routing.oncall.wall import instant, wall_of

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


def is_restricted(layer: Layer) -> bool:
    """Whether the layer does not apply at all hours."""
    return bool(layer.weekly or layer.during)


def applies(layer: Layer, zone: ZoneInfo, at: datetime) -> bool:
    """Whether `at` is in the hours of the layer."""
    return not is_restricted(layer) or (
        any(contains(interval, at) for interval in layer.during)
        or any(
            span.starts_at <= at < span.ends_at
            for weekly in layer.weekly
            for span in _weeks(weekly, zone, at, at)
        )
    )


def hours(layer: Layer, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """The hours of a restricted layer that meet [start, end), in order and apart."""
    spans = [span for weekly in layer.weekly for span in _weeks(weekly, zone, start, end)]
    return united([*spans, *_intervals(layer.during, start, end)])


def _weeks(weekly: WeeklyRange, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Span]:
    first = wall_of(start, zone).date() - _WEEK - _DAY
    monday = datetime.combine(first - first.weekday() * _DAY, time(0))
    last = wall_of(end, zone) + _DAY
    while monday <= last:
        yield Span(
            instant(monday + weekly.starts * _MINUTE, zone),
            instant(monday + weekly.ends * _MINUTE, zone),
        )
        monday += _WEEK


def _intervals(intervals: Sequence[TimeInterval], start: datetime, end: datetime) -> Iterator[Span]:
    at = start
    while intervals and at < end:
        until = min(next_edge(intervals, at) or end, end)
        if any(contains(interval, at) for interval in intervals):
            yield Span(at, until)
        at = until
