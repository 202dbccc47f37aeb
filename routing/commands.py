"""Commands: what people do to an incident. Each may come twice and does its work once."""

from datetime import datetime

from routing import lifecycle
from routing.board import Board, Handlers
from routing.event import Acknowledge, Resolve
from routing.flush import finish, tell_acknowledged
from routing.group import Group
from routing.incident import Incident, IncidentState
from routing.turn import Turn


def acknowledge(turn: Turn, group: Group, command: Acknowledge) -> None:
    """A person takes the incident: all who were told hear of it, and escalation stops."""
    before = group.incident
    after = lifecycle.acknowledge(before, by=command.by, via=command.via, now=turn.now)
    if after is before:
        turn.explain(before, *_already(before))
        return
    group.incident = after
    if before.state is IncidentState.OPEN:
        tell_acknowledged(turn, group)


def resolve(turn: Turn, group: Group, command: Resolve) -> None:
    """A person closes the incident: all who were told hear of it."""
    before = group.incident
    after = lifecycle.close(before, by=command.by, via=command.via, now=turn.now)
    if after is before:
        turn.explain(before, *_already(before))
        return
    finish(turn, group, after)


def still_firing(incident: Incident) -> dict[str, datetime]:
    """The start of every alert that a close leaves firing, by fingerprint."""
    if incident.state is IncidentState.RESOLVED:
        return {}
    return {fp: alert.starts_at for fp, alert in incident.alerts.items() if alert.is_firing}


def _already(incident: Incident) -> tuple[str, str]:
    if incident.state is IncidentState.RESOLVED:
        return "already_resolved", f"Incident {incident.id} is resolved; nothing changes."
    by = incident.acknowledged_by
    return "already_acknowledged", f"Incident {incident.id} is taken by {by}; nothing changes."


def _acknowledge(board: Board, command: Acknowledge, now: datetime) -> None:
    group = board.state.groups.get(command.incident_id)
    if group is None:
        board.unknown(command.incident_id, now)
        return
    board.step(now, group, lambda turn, group: acknowledge(turn, group, command))


def _resolve(board: Board, command: Resolve, now: datetime) -> None:
    group = board.state.groups.get(command.incident_id)
    if group is None:
        board.unknown(command.incident_id, now)
        return
    for fp, started in still_firing(group.incident).items():
        board.state.closed.setdefault(fp, {})[group.incident.group_key] = started
    board.step(now, group, lambda turn, group: resolve(turn, group, command))


HANDLERS: Handlers = {Acknowledge: _acknowledge, Resolve: _resolve}
