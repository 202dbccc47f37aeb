"""Told: what Alertmanager's timing remembers of groups beyond their incidents."""

from datetime import datetime

from msgspec import Struct, field


class Told(Struct, frozen=True):
    """What a contact was told last of a group, and when that had been sent."""

    firing: tuple[str, ...]
    ended: tuple[str, ...]
    at: datetime


class Ticking(Struct, frozen=True):
    """An empty group: the tick that an alert has to wait for which comes before `until`."""

    tick: datetime
    until: datetime


class Compat(Struct):
    """What outlives an incident: the log, by group key and contact, and the groups left empty."""

    log: dict[str, dict[str, Told]] = field(default_factory=dict)
    empty: dict[str, Ticking] = field(default_factory=dict)
