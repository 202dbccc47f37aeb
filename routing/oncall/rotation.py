"""Rotations: whose turn it is, and when it is handed over, in local wall-clock time.

Turns are counted on the wall clock from the `handoff` time of the day a layer starts, so a weekly
handoff at 09:00 stays at 09:00 through daylight saving, and one on the 31st is on the last day of
shorter months. The first user is responsible from the start of the layer, and has the turn that is
then running. The turn of an instant is the latest whose handoff has come; so a turn that would
begin and end in hours that are skipped when clocks go forward does not take place.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.oncall.schedule import Layer, Shift
from routing.oncall.wall import instant, is_steady, months_later, wall_of

_NONE = timedelta(0)
_DAY = timedelta(days=1)


def user_at(layer: Layer, zone: ZoneInfo, at: datetime) -> str:
    """The user whose turn it is at `at`, where the layer has begun."""
    return layer.users[turn_at(layer, zone, at) % len(layer.users)]


def turns(layer: Layer, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Shift]:
    """The turns in [start, end), which lies within the layer, in order."""
    since, turn = start, turn_at(layer, zone, start)
    for at, following in _handoffs(layer, zone, turn, end):
        if following > turn and at < end:
            if at > since:
                yield Shift(user=_user(layer, turn), starts_at=since, ends_at=at)
            since, turn = at, following
    if since < end:
        yield Shift(user=_user(layer, turn), starts_at=since, ends_at=end)


def turn_at(layer: Layer, zone: ZoneInfo, at: datetime) -> int:
    """How many handoffs the layer has had by `at`; 0 in the first turn."""
    if not _takes_turns(layer):
        return 0
    wall = wall_of(at, zone)
    if is_steady(zone, at):
        return max(0, _turn_of(layer, zone, wall))
    turn = _turn_of(layer, zone, wall + _DAY)
    while turn > 0 and handoff_at(layer, zone, turn) > at:
        turn -= 1
    return max(0, turn)


def handoff_at(layer: Layer, zone: ZoneInfo, turn: int) -> datetime:
    """The instant at which the given turn begins."""
    first = _first(layer, zone)
    if layer.months:
        return instant(months_later(first, turn * layer.months), zone)
    return instant(first + turn * layer.turn, zone)


def _handoffs(layer: Layer, zone: ZoneInfo, turn: int, end: datetime) -> list[tuple[datetime, int]]:
    if not _takes_turns(layer) or len(layer.users) < 2:
        return []
    last = _turn_of(layer, zone, wall_of(end, zone) + _DAY)
    return sorted((handoff_at(layer, zone, n), n) for n in range(turn + 1, last + 1))


def _takes_turns(layer: Layer) -> bool:
    return layer.months > 0 or layer.turn > _NONE


def _user(layer: Layer, turn: int) -> str:
    return layer.users[turn % len(layer.users)]


def _turn_of(layer: Layer, zone: ZoneInfo, wall: datetime) -> int:
    """The turn of a time on the wall clock, below 0 before the first."""
    first = _first(layer, zone)
    if not layer.months:
        return (wall - first) // layer.turn
    turn = (12 * (wall.year - first.year) + wall.month - first.month) // layer.months
    return turn if months_later(first, turn * layer.months) <= wall else turn - 1


@lru_cache(maxsize=1024)
def _first(layer: Layer, zone: ZoneInfo) -> datetime:
    """The wall-clock time from which the layer's turns are counted."""
    starts = wall_of(layer.starts_at, zone)
    handoff = datetime.combine(starts.date(), layer.handoff.replace(tzinfo=None))
    if layer.months or layer.turn <= _NONE:
        return handoff
    return handoff + max(0, (starts - handoff) // layer.turn) * layer.turn
