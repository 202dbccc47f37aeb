"""Silences: which alerts are muted at an instant, by what and until when.

A silence is pending before its start, active from then on, and expired at its end. One with
`during` recurs: while it is active it mutes only inside one of those time intervals. Setting it
again under its id edits it, whatever it is now; the log keeps what it was.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from routing.alert import Alert
from routing.intervals import TimeInterval, contains, next_edge
from routing.lookup import Lookup
from routing.matching import labels_of
from routing.mute import Mute, Quiet
from routing.policy import Silence

KEPT = timedelta(hours=120)
"""So long after its end a silence is shown, and can be set again, as with Alertmanager."""

Find = Callable[[str], TimeInterval | None]


class SilenceState(enum.StrEnum):
    """How a silence stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


ORDER = (SilenceState.ACTIVE, SilenceState.PENDING, SilenceState.EXPIRED)


def state(silence: Silence, now: datetime) -> SilenceState:
    """How the silence stands at `now`."""
    if now >= silence.ends_at:
        return SilenceState.EXPIRED
    return SilenceState.PENDING if now < silence.starts_at else SilenceState.ACTIVE


class Silences:
    """The silences in force, with an index over their matchers; `find` knows the time intervals.

    Those in `made` win over those in `written` where the ids are equal. A silence without matchers
    would mute everything there is; it mutes nothing. An interval that nobody knows mutes nothing.
    """

    __slots__ = ("_by_id", "_find", "_lookup", "_owners")

    def __init__(self, written: Iterable[Silence], made: Mapping[str, Silence], find: Find) -> None:
        self._by_id = {**{silence.id: silence for silence in written}, **made}
        self._find = find
        sets = [
            (silence, matchers)
            for silence in self._by_id.values()
            for matchers in (silence.matchers, *silence.alternatives)
            if matchers
        ]
        self._owners = [silence for silence, _ in sets]
        self._lookup = Lookup([matchers for _, matchers in sets])

    def get(self, id_: str) -> Silence | None:
        """The silence of that id."""
        return self._by_id.get(id_)

    def quiet(self, alerts: Mapping[str, Alert], now: datetime) -> Quiet:
        """The muted ones of `alerts`, by fingerprint, each with the silences that mute it."""
        if not self._owners:
            return {}
        known: dict[str, Mute | None] = {}
        found = {fp: tuple(self._mutes(alert, now, known)) for fp, alert in alerts.items()}
        return {fp: mutes for fp, mutes in found.items() if mutes}

    def _mutes(self, alert: Alert, now: datetime, known: dict[str, Mute | None]) -> Iterable[Mute]:
        places = self._lookup.find(labels_of(alert))
        for silence in {self._owners[place].id: self._owners[place] for place in places}.values():
            if silence.id not in known:
                known[silence.id] = self._mute(silence, now)
            if (mute := known[silence.id]) is not None:
                yield mute

    def _mute(self, silence: Silence, now: datetime) -> Mute | None:
        """What the silence is at `now`, None where it does not mute then."""
        if state(silence, now) is not SilenceState.ACTIVE:
            return None
        until: datetime | None = silence.ends_at
        if silence.during:
            found = [one for name in silence.during if (one := self._find(name)) is not None]
            until = now
            while until is not None and until < silence.ends_at and _is_in(found, until):
                until = next_edge(found, until)
            if until == now:
                return None
        return Mute(name=silence.id, until=min(until or silence.ends_at, silence.ends_at))


def in_order(found: Iterable[Silence], now: datetime) -> list[Silence]:
    """Active ones by their end, pending ones by their start, then those over, the last first."""
    by_state: dict[SilenceState, list[Silence]] = {one: [] for one in ORDER}
    for silence in sorted(found, key=lambda one: one.ends_at):
        by_state[state(silence, now)].append(silence)
    by_state[SilenceState.PENDING].sort(key=lambda one: one.starts_at)
    by_state[SilenceState.EXPIRED].reverse()
    return [silence for some in by_state.values() for silence in some]


def kept(
    written: Iterable[Silence], made: Mapping[str, Silence], now: datetime
) -> dict[str, Silence]:
    """Those made by command that still matter: not long over, or cutting short the policy's."""
    lasting = {silence.id for silence in written if silence.ends_at > now}
    return {id_: s for id_, s in made.items() if s.ends_at > now - KEPT or id_ in lasting}


def cut(silence: Silence, now: datetime) -> Silence:
    """The silence, ended now; one that is pending never begins."""
    return replace(silence, ends_at=min(silence.ends_at, now))


def _is_in(intervals: Iterable[TimeInterval], at: datetime) -> bool:
    return any(contains(interval, at) for interval in intervals)
