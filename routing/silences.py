"""Silences: which alerts are muted at an instant, by what and until when."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from routing.alert import Alert
from routing.matching import labels_of, matches
from routing.mute import Mute, Quiet
from routing.policy import Silence


def quiet(alerts: Mapping[str, Alert], silences: Iterable[Silence], now: datetime) -> Quiet:
    """The muted ones of `alerts`, by fingerprint, each with the silences that mute it."""
    active = [silence for silence in silences if silence.starts_at <= now < silence.ends_at]
    if not active:
        return {}
    found = {fp: _covering(alert, active) for fp, alert in alerts.items()}
    return {fp: mutes for fp, mutes in found.items() if mutes}


def in_force(written: Iterable[Silence], made: Mapping[str, Silence]) -> tuple[Silence, ...]:
    """The policy's silences and those made by command, which win where the ids are equal."""
    return tuple({**{silence.id: silence for silence in written}, **made}.values())


def kept(
    written: Iterable[Silence], made: Mapping[str, Silence], now: datetime
) -> dict[str, Silence]:
    """Those made by command that still matter: not over, or cutting short one of the policy."""
    lasting = {silence.id for silence in written if silence.ends_at > now}
    return {id_: s for id_, s in made.items() if s.ends_at > now or id_ in lasting}


def cut(silence: Silence, now: datetime) -> Silence:
    """The silence, ended now."""
    return replace(silence, ends_at=min(silence.ends_at, now))


def _covering(alert: Alert, active: Iterable[Silence]) -> tuple[Mute, ...]:
    # A silence without matchers would mute everything there is; it mutes nothing.
    labels = labels_of(alert)
    return tuple(
        Mute(name=silence.id, until=silence.ends_at)
        for silence in active
        if silence.matchers and matches(silence.matchers, labels)
    )
