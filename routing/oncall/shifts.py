"""Who is on call at an instant, and the shifts and gaps of a span of time."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.oncall.replacement import replaced, stand_in
from routing.oncall.restriction import applies, hours, is_restricted
from routing.oncall.rotation import turns, user_at
from routing.oncall.schedule import Layer, Schedule, Shift
from routing.oncall.spans import Span, joined, laid_over, part, within
from routing.zones import zone_of

_AHEAD = (timedelta(days=1), timedelta(days=9), timedelta(days=92))  # the near one is cheap


def on_call(schedule: Schedule, at: datetime) -> str | None:
    """The user responsible at `at`, or None. Overrides win over layers, later over earlier."""
    zone = zone_of(schedule.time_zone)
    users = (_user_at(layer, zone, at) for layer in reversed(schedule.layers))
    user = next(filter(None, users), "")
    for override in schedule.overrides:
        if override.starts_at <= at < override.ends_at:
            user = stand_in(override, user)
    return user or None


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts of [start, end) in order, without gaps; neighbours of one user are joined."""
    zone = zone_of(schedule.time_zone)
    found = [Shift(user="", starts_at=start, ends_at=end)] if start < end else []
    for layer in schedule.layers:
        found = laid_over(_shifts_of(layer, zone, start, end), found)
    return joined(replaced(found, schedule.overrides))


def gaps(schedule: Schedule, start: datetime, end: datetime) -> list[Span]:
    """The spans of [start, end) in which nobody is on call."""
    found = shifts(schedule, start, end)
    return [Span(shift.starts_at, shift.ends_at) for shift in found if not shift.user]


def next_on_call(schedule: Schedule, at: datetime) -> Shift | None:
    """The next shift of somebody else than who is on call at `at`; looks three months ahead."""
    now = on_call(schedule, at)
    for ahead in _AHEAD:
        found = shifts(schedule, at, at + ahead)
        following = next((n for n, one in enumerate(found) if one.user and one.user != now), None)
        if following is not None and (following + 1 < len(found) or ahead is _AHEAD[-1]):
            return found[following]
    return None


def _user_at(layer: Layer, zone: ZoneInfo, at: datetime) -> str:
    if at < layer.starts_at or (layer.ends_at is not None and at >= layer.ends_at):
        return ""
    if not applies(layer, zone, at):
        return ""
    if layer.users:
        return user_at(layer, zone, at)
    before = bisect_right(layer.shifts, at, key=_start)
    last = layer.shifts[before - 1] if before else None
    return last.user if last is not None and at < last.ends_at else ""


def _shifts_of(layer: Layer, zone: ZoneInfo, start: datetime, end: datetime) -> list[Shift]:
    start = max(start, layer.starts_at)
    end = end if layer.ends_at is None else min(end, layer.ends_at)
    if start >= end:
        return []
    found: Iterable[Shift] = _written(layer, start, end)
    if layer.users:
        found = turns(layer, zone, start, end)
    if is_restricted(layer):
        found = within(found, hours(layer, zone, start, end))
    return list(found)


def _written(layer: Layer, start: datetime, end: datetime) -> list[Shift]:
    met = (one for one in layer.shifts if one.starts_at < end and one.ends_at > start)
    return [part(one, start, end) for one in met]


def _start(shift: Shift) -> datetime:
    return shift.starts_at
