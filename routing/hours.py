"""The hours of a route: when its mute and active intervals keep it quiet, and until when.

A quiet route mutes all its alerts, and what holds for silences holds here: escalation waits, and
who was told of a page is told of its end.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from routing.intervals import TimeInterval, contains, next_edge
from routing.mute import FOR_EVER, Mute
from routing.policy import Route

Find = Callable[[str], TimeInterval | None]


def closed(route: Route, find: Find, now: datetime) -> Mute | None:
    """The mute that the route's intervals are at `now`, None where it is not quiet.

    An interval that the policy does not have closes nothing; config refuses it.
    """
    if not (route.mute_intervals or route.active_intervals):
        return None
    mute, active = _found(route.mute_intervals, find), _found(route.active_intervals, find)
    why = _why(mute, active, now)
    if not why:
        return None
    until: datetime | None = now
    while until is not None and _why(mute, active, until):
        until = next_edge([*mute, *active], until)
    return Mute(name=why, until=until or now + FOR_EVER)


def _found(names: Sequence[str], find: Find) -> list[TimeInterval]:
    return [interval for name in names if (interval := find(name)) is not None]


def _why(mute: Sequence[TimeInterval], active: Sequence[TimeInterval], at: datetime) -> str:
    names = [interval.name for interval in mute if contains(interval, at)]
    if names:
        return f"interval {names[0]}"
    if active and not any(contains(interval, at) for interval in active):
        return f"outside {active[0].name}"
    return ""
