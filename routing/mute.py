"""Mutes: what keeps an alert from being told at an instant, for what reason, and until when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

FOR_EVER = timedelta(days=365)
"""What has no end that is known is looked at again after so long."""


class Mute(Struct, frozen=True, kw_only=True):
    """One thing that mutes: a silence, hours of the route, or alerts, which `because` names."""

    name: str
    until: datetime
    reason: Literal["silenced", "inhibited"] = "silenced"
    because: str = ""


Quiet = Mapping[str, tuple[Mute, ...]]
"""The muted alerts by fingerprint, each with what mutes it."""


def quiet_until(muted: Quiet) -> datetime | None:
    """The first instant at which one of the muted alerts may be heard again."""
    ends = [max(mute.until for mute in mutes) for mutes in muted.values()]
    return min(ends, default=None)


def names(muted: Quiet) -> tuple[str, ...]:
    """The names of all that is at work, sorted."""
    return tuple(sorted({mute.name for mutes in muted.values() for mute in mutes}))


def both(one: Quiet, other: Quiet) -> Quiet:
    """What either of them mutes, by what both say."""
    if not (one and other):
        return one or other
    keys = [*one, *(key for key in other if key not in one)]
    return {key: (*one.get(key, ()), *other.get(key, ())) for key in keys}
