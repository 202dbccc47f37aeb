"""Warnings about hours at which nobody is on call, and layers that never apply."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from config.documents import Document, Loc
from routing.oncall.restriction import hours, is_restricted
from routing.oncall.schedule import Schedule
from routing.oncall.shifts import gaps
from routing.oncall.spans import Span
from routing.wording import say
from routing.zones import zone_of

LOOKED_AHEAD = timedelta(days=366)


def warn_of_gaps(document: Document, schedules: Iterable[Schedule], now: datetime) -> None:
    """Note what the next twelve months lack; not where something is wrong with people already."""
    if any(problem.level == "error" for problem in document.problems):
        return
    now = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for schedule in schedules:
        loc: Loc = ("schedules", schedule.name)
        _warn_of_idle_layers(document, schedule, loc, now)
        found = gaps(schedule, now, now + LOOKED_AHEAD)
        if found and not schedule.may_have_gaps:
            _warn(document, loc, _words(schedule, found, now))


def _warn_of_idle_layers(document: Document, schedule: Schedule, loc: Loc, now: datetime) -> None:
    zone = zone_of(schedule.time_zone)
    for i, layer in enumerate(schedule.layers):
        if is_restricted(layer) and not hours(layer, zone, now, now + LOOKED_AHEAD):
            message = "its restrictions hold at no time in the next 12 months"
            _warn(document, (*loc, "layers", i, "restrictions"), message)


def _words(schedule: Schedule, found: Sequence[Span], now: datetime) -> str:
    zone = zone_of(schedule.time_zone)
    first = found[0]
    if first == Span(now, now + LOOKED_AHEAD):
        return "nobody is on call in the next 12 months"
    begins = "now" if first.starts_at == now else f"{first.starts_at.astimezone(zone):%F %H:%M}"
    lasts = say(first.ends_at - first.starts_at)
    rest = f", and {len(found) - 1} more times within 12 months" if len(found) > 1 else ""
    return (
        f"nobody is on call from {begins} for {lasts}{rest}: see `tocsin oncall gaps`; if that is "
        "meant, write `may_have_gaps: true`"
    )


def _warn(document: Document, loc: Loc, message: str) -> None:
    document.report(document.key_of(loc), loc, message, is_warning=True)
