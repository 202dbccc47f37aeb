"""The past of the event log, ready to be told again under another policy."""

from collections.abc import Sequence
from datetime import datetime

from routing.event import Event, Tick
from routing.policy import Policy
from routing.retelling import COMMANDS, Past
from streams import clock
from streams.decide import EngineState, NotAnEvent
from streams.history.reading import Bounds
from streams.history.replaying import Record, event_of, first_policy


def past_of_log(log: Sequence[Record], policy: Policy, bounds: Bounds) -> Past:
    """The events within bounds, and what the incidents held that people acted on."""
    state = EngineState(first_policy(log) or policy)
    events: list[tuple[datetime, Event]] = []
    holding: dict[str, frozenset[str]] = {}
    for record in log:
        event = event_of(record)
        if isinstance(event, COMMANDS):
            holding[event.incident_id] = _held(state, event.incident_id)
        try:
            state.apply(record.offset, record.timestamp, record.value)
        except NotAnEvent:
            continue
        at = clock.instant(state.now)
        if event is not None and not isinstance(event, Tick) and bounds.holds(at):
            events.append((at, event))
    return Past(events=events, holding=holding)


def _held(state: EngineState, incident_id: str) -> frozenset[str]:
    """The fingerprints of an incident's alerts."""
    found = (one for one in state.engine.incidents() if one.id == incident_id)
    return frozenset(fp for incident in found for fp in incident.alerts)
