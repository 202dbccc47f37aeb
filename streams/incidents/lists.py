"""Incidents as commands print them."""

from collections.abc import Iterable, Iterator

from routing.channels.text import clean
from routing.incident import Incident, IncidentState
from routing.wording import counted, instant, listed, named
from streams.table import table


def incident_lines(incidents: Iterable[Incident]) -> Iterator[str]:
    """A line for each, the newest first."""
    rows = [_row(one) for one in sorted(incidents, key=_opened, reverse=True)]
    if not rows:
        yield "no incident is open"
        return
    yield from table(("ID", "STATE", "SEVERITY", "SINCE", "LEVEL", "BY", "TITLE"), rows)


def story_lines(incident: Incident) -> Iterator[str]:
    """One incident: how it stands, who was told, and what happened."""
    yield f"{incident.id}  {_state(incident)}  {incident.severity.value}"
    yield clean(named(incident), 200)
    yield f"firing: {len(incident.firing)} of {counted(len(incident.alerts), 'alert')}"
    if incident.escalation is not None:
        levels = f"level {incident.level} of {len(incident.escalation.levels)}"
        yield f"escalation: {incident.escalation.name}, {levels}"
    yield f"told: {listed(d for d in incident.deliveries if not d.is_held) or 'nobody yet'}"
    for moment in incident.timeline:
        yield f"{instant(moment.at)}  {clean(moment.text, 300)}"


def _row(incident: Incident) -> tuple[str, ...]:
    by = incident.resolved_by or incident.acknowledged_by
    return (
        incident.id,
        _state(incident),
        incident.severity.value,
        instant(incident.opened_at),
        str(incident.level),
        clean(by, 40) or "-",
        clean(named(incident), 80),
    )


def _state(incident: Incident) -> str:
    if incident.state is IncidentState.ACKNOWLEDGED and incident.is_snoozed:
        return "snoozed"
    return incident.state.value


def _opened(incident: Incident) -> str:
    return incident.opened_at.isoformat()
