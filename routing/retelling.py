"""Retelling: what another policy makes of the same past.

Alerts, silences and what people did come at the instants they came at; providers take everything.
A person's command names an incident of the past; under another policy it goes to the newest open
incident that holds one of the same alerts, and is left out where there is none.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from routing.engine import Engine
from routing.event import (
    Acknowledge,
    Escalate,
    Event,
    PolicyChanged,
    Reassign,
    ReceiptSeen,
    Reopen,
    Resolve,
    Snooze,
    Tick,
)
from routing.incident import IncidentState
from routing.policy import Policy
from routing.rehearsal import Rehearsal

COMMANDS = (Acknowledge, Resolve, Snooze, Reassign, Escalate, Reopen)
OWN = (PolicyChanged, ReceiptSeen, Tick)
"""What comes of a policy itself, and is not told again under another one."""


class Past(Struct, frozen=True, kw_only=True):
    """What happened, in order; `holding` are the fingerprints of the incidents by their ids."""

    events: Sequence[tuple[datetime, Event]]
    holding: Mapping[str, Set[str]] = {}


def retell(
    past: Past,
    policy: Policy,
    *,
    lasts: timedelta = timedelta(0),
    progress: Callable[[int], None] = lambda _: None,
) -> Rehearsal:
    """The past under a policy, and so long after its last event."""
    rehearsal = Rehearsal(Engine(policy))
    at = None
    for at, event in past.events:
        told = _told_again(event, past, rehearsal.engine)
        if told is not None:
            rehearsal.give(told, at)
        progress(1)
    if at is not None:
        rehearsal.run(at + lasts)
    return rehearsal


def _told_again(event: Event, past: Past, engine: Engine) -> Event | None:
    if isinstance(event, OWN):
        return None
    if not isinstance(event, COMMANDS):
        return event
    alerts = past.holding.get(event.incident_id, frozenset())
    for incident in reversed(engine.incidents()):
        is_open = incident.state is not IncidentState.RESOLVED
        if is_open and (incident.id == event.incident_id or alerts & incident.alerts.keys()):
            return replace(event, incident_id=incident.id)
    return None
