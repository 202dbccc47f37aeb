"""Time zones that exist."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from config.documents import Document, Loc
from config.errors import did_you_mean


def zone(document: Document, name: str | None, loc: Loc) -> ZoneInfo:
    """The zone that the key `time_zone` of a part names; UTC where none is, or an unknown one."""
    if name in _zones():
        return ZoneInfo(name)
    if name is not None:
        loc = (*loc, "time_zone")
        meant = did_you_mean(name, _zones()) or ": write it like Europe/Vienna"
        document.report(document.place_of(loc), loc, f'there is no time zone "{name}"{meant}')
    return ZoneInfo("UTC")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
