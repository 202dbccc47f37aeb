"""Handing on: snooze, escalate and reassign, from the fields of a form to a command."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from console.desk import Desk
from console.errors import Refused
from routing.event import Escalate, Reassign, Snooze
from routing.incident import Incident
from routing.pressing import command_id

LASTS: Mapping[str, timedelta] = MappingProxyType(
    {
        "30 min": timedelta(minutes=30),
        "1 hour": timedelta(hours=1),
        "4 hours": timedelta(hours=4),
        "8 hours": timedelta(hours=8),
        "1 day": timedelta(days=1),
        "3 days": timedelta(days=3),
    }
)
_KINDS: Mapping[str, Literal["user", "schedule", "policy"]] = MappingProxyType(
    {"user": "user", "schedule": "schedule", "policy": "policy"}
)
Fields = Mapping[str, str]
Handed = Snooze | Escalate | Reassign


def snoozed(desk: Desk, incident: Incident, fields: Fields, by: str) -> Handed:
    """Taken for so long as was chosen."""
    lasts = fields.get("lasts", "")
    if lasts not in LASTS:
        raise Refused("for how long is missing: choose it, and press again")
    until = desk.now() + LASTS[lasts]
    id_ = command_id(incident, "snooze", lasts)
    return Snooze(incident_id=incident.id, by=by, via="console", until=until, id=id_)


def escalated(desk: Desk, incident: Incident, fields: Fields, by: str) -> Handed:
    """The level after the one that was seen."""
    id_, level = command_id(incident, "escalate"), incident.level
    return Escalate(incident_id=incident.id, by=by, via="console", level=level, id=id_)


def reassigned(desk: Desk, incident: Incident, fields: Fields, by: str) -> Handed:
    """Given to whom was chosen."""
    to = fields.get("to", "")
    if to not in choices(desk):
        raise Refused("who gets it is missing, or not in the policy: choose, and press again")
    word, _, name = to.partition(" ")
    kind = _KINDS[word]
    id_ = command_id(incident, "reassign", to)
    return Reassign(incident_id=incident.id, by=by, via="console", kind=kind, name=name, id=id_)


HANDS: Mapping[str, Callable[[Desk, Incident, Fields, str], Handed]] = MappingProxyType(
    {"snooze": snoozed, "escalate": escalated, "reassign": reassigned}
)


def choices(desk: Desk) -> list[str]:
    """To whom an incident can be given, as `user ana`."""
    policy = desk.policy
    schedules = policy.schedules if policy is not None else ()
    escalations = policy.escalations if policy is not None else ()
    return [
        *(f"user {one.name}" for one in desk.users),
        *(f"schedule {one.name}" for one in schedules),
        *(f"policy {one.name}" for one in escalations),
    ]
