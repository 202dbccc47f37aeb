"""Who is on call: a schedule's layers, rotations and overrides, asked at an instant.

Handoffs happen in local wall-clock time: turns are counted on the wall clock from the `handoff`
time of the day a layer starts, so a weekly handoff at 09:00 stays at 09:00 through daylight saving.
The first user is responsible from the start of the layer, and has the turn that is then running.
A handoff time that does not exist (clocks go forward) happens as late after the previous one as it
would have without the change; one that exists twice happens the first time.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from routing.policy import Layer, Schedule
from routing.zones import zone_of


class Shift(Struct, frozen=True, kw_only=True):
    """One user's time on call, [starts_at, ends_at). `user` is empty where nobody is."""

    user: str
    starts_at: datetime
    ends_at: datetime


def on_call(schedule: Schedule, at: datetime) -> str | None:
    """The user responsible at `at`, or None. Overrides win over layers, later over earlier."""
    for override in reversed(schedule.overrides):
        if override.starts_at <= at < override.ends_at:
            return override.user
    zone = zone_of(schedule.time_zone)
    for layer in reversed(schedule.layers):
        if layer.users and layer.starts_at <= at:
            return layer.users[turn_at(layer, zone, at) % len(layer.users)]
    return None


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts of [start, end) in order, without gaps; neighbours of one user are joined."""
    found: list[Shift] = []
    at = start
    while at < end:
        until = min(next_change(schedule, at) or end, end)
        user = on_call(schedule, at) or ""
        since = found.pop().starts_at if found and found[-1].user == user else at
        found.append(Shift(user=user, starts_at=since, ends_at=until))
        at = until
    return found


def next_change(schedule: Schedule, at: datetime) -> datetime | None:
    """The first instant after `at` at which somebody else may be on call."""
    zone = zone_of(schedule.time_zone)
    changes = [edge for o in schedule.overrides for edge in (o.starts_at, o.ends_at)]
    changes += [layer.starts_at for layer in schedule.layers]
    for layer in schedule.layers:
        if len(layer.users) > 1 and layer.starts_at <= at and layer.turn > timedelta(0):
            changes.append(handoff_at(layer, zone, turn_at(layer, zone, at) + 1))
    return min((change for change in changes if change > at), default=None)


def turn_at(layer: Layer, zone: ZoneInfo, at: datetime) -> int:
    """How many handoffs the layer has had by `at`; 0 in the first turn."""
    if layer.turn <= timedelta(0):
        return 0
    wall = at.astimezone(zone).replace(tzinfo=None)
    turn = max(0, (wall - _first(layer, zone)) // layer.turn)
    while handoff_at(layer, zone, turn + 1) <= at:
        turn += 1
    while turn > 0 and handoff_at(layer, zone, turn) > at:
        turn -= 1
    return turn


def handoff_at(layer: Layer, zone: ZoneInfo, turn: int) -> datetime:
    """The instant at which the given turn begins."""
    return (_first(layer, zone) + turn * layer.turn).replace(tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def _first(layer: Layer, zone: ZoneInfo) -> datetime:
    """The wall-clock time from which the layer's turns are counted."""
    starts = layer.starts_at.astimezone(zone).replace(tzinfo=None)
    handoff = datetime.combine(starts.date(), layer.handoff.replace(tzinfo=None))
    if layer.turn <= timedelta(0):
        return handoff
    return handoff + max(0, (starts - handoff) // layer.turn) * layer.turn
