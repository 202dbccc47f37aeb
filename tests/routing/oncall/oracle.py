"""A walk by minutes: who is on call, found the slow way, for `shifts` to be compared with."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.intervals import TimeInterval
from routing.oncall.schedule import Layer, Override, Schedule

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONGEST = 9 * 24 * 60  # minutes
FAR = 26 * timedelta(hours=1)


def walk(schedule: Schedule, start: datetime, minutes: int) -> list[str]:
    """The user of each minute from `start`, at most nine days; empty where there is none."""
    zone = ZoneInfo(schedule.time_zone)
    users = [""] * minutes
    for layer in schedule.layers:
        for minute, user in enumerate(_layer(layer, zone, start, minutes)):
            users[minute] = user or users[minute]
    for override in schedule.overrides:
        for minute, at in enumerate(_instants(start)[:minutes]):
            if override.starts_at <= at < override.ends_at:
                users[minute] = _replaced(override, users[minute])
    return users


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant that shows `wall`; if none does, where it would have been before."""
    near = wall.replace(tzinfo=UTC)
    offsets = [(near + far).astimezone(zone).utcoffset() or timedelta() for far in (-FAR, FAR)]
    shown = [
        near - offset
        for offset in offsets
        if (near - offset).astimezone(zone).replace(tzinfo=None) == wall
    ]
    return min(shown, default=near - offsets[0])


def _layer(layer: Layer, zone: ZoneInfo, start: datetime, minutes: int) -> Iterator[str]:
    end = start + minutes * MINUTE
    turns, limit = [0] * minutes, minutes
    for turn, wall in reversed([*enumerate(_handoffs(layer, zone, end))]):
        at = max(0, (instant(wall, zone) - start) // MINUTE)
        turns[at:limit] = [turn] * max(0, limit - at)  # what comes later goes before it
        limit = min(at, limit)
    open_ = [not (layer.weekly or layer.during)] * minutes
    for weekly in layer.weekly:
        monday = datetime(2025, 12, 29, tzinfo=UTC).replace(tzinfo=None)
        while monday < end.replace(tzinfo=None) + 3 * DAY:
            begins = (instant(monday + weekly.starts * MINUTE, zone) - start) // MINUTE
            ends = (instant(monday + weekly.ends * MINUTE, zone) - start) // MINUTE
            for minute in range(max(0, begins), min(minutes, ends)):
                open_[minute] = True
            monday += 7 * DAY
    for interval in layer.during:
        open_ = [
            known or holds
            for known, holds in zip(open_, _held(interval, start, minutes), strict=True)
        ]
    for minute, at in enumerate(_instants(start)[:minutes]):
        is_open = open_[minute]
        has_begun = layer.starts_at <= at and (layer.ends_at is None or at < layer.ends_at)
        is_there = is_open and has_begun and bool(layer.users)
        yield layer.users[turns[minute] % len(layer.users)] if is_there else ""


def _handoffs(layer: Layer, zone: ZoneInfo, end: datetime) -> Iterator[datetime]:
    """Wall-clock times of the handoffs; the first is that of the turn the layer starts in."""
    starts = layer.starts_at.astimezone(zone).replace(tzinfo=None)
    first = datetime.combine(starts.date(), layer.handoff)
    until = end.astimezone(zone).replace(tzinfo=None) + 2 * DAY
    if layer.months:
        month = 0
        while (wall := _months_after(first, month)) <= until:
            yield wall
            month += layer.months
        return
    while first + layer.turn <= starts:
        first += layer.turn
    while first <= until:
        yield first
        first += layer.turn


def _months_after(wall: datetime, months: int) -> datetime:
    year, month = wall.year, wall.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))


def _held(interval: TimeInterval, start: datetime, minutes: int) -> list[bool]:
    """Of each minute whether the interval holds."""
    held = [False] * minutes
    for part in interval.parts:
        for n, (weekday, minute) in enumerate(_walls(part.time_zone, start)[:minutes]):
            is_day = any(first <= weekday <= last for first, last in part.weekdays)
            held[n] |= is_day and any(first <= minute < end for first, end in part.times)
    return held


@lru_cache(maxsize=8)
def _instants(start: datetime) -> list[datetime]:
    return [start + minute * MINUTE for minute in range(LONGEST)]


@lru_cache(maxsize=64)
def _walls(zone: str, start: datetime) -> list[tuple[int, int]]:
    """What the clocks of a zone show: the weekday, and the minutes since midnight."""
    known = ZoneInfo(zone)
    walls = [at.astimezone(known) for at in _instants(start)]
    return [(wall.weekday(), 60 * wall.hour + wall.minute) for wall in walls]


def _replaced(override: Override, user: str) -> str:
    if override.is_swap:
        pair = {override.user: override.replaces, override.replaces: override.user}
        return pair.get(user, user)
    return override.user if override.replaces in ("", user) else user
