"""Commands: what people do to an incident. Each may come twice and does its work once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from routing import handover, lifecycle
from routing.board import Board, Handlers
from routing.event import Acknowledge, Escalate, Reassign, Reopen, Resolve, Snooze
from routing.flush import finish, tell_acknowledged
from routing.group import Group
from routing.incident import Incident, IncidentState
from routing.turn import Turn
from routing.wording import instant

Do = Callable[[Turn, Group, Any], None]


def acknowledge(turn: Turn, group: Group, command: Acknowledge) -> None:
    """A person takes the incident: all who were told hear of it, and escalation stops."""
    before = group.incident
    after = lifecycle.acknowledge(before, by=command.by, via=command.via, now=turn.now)
    _take(turn, group, after, _already(before))


def snooze(turn: Turn, group: Group, command: Snooze) -> None:
    """A person takes the incident for a time: as an acknowledgement that ends."""
    before, until = group.incident, command.until
    after = lifecycle.snooze(before, by=command.by, via=command.via, until=until, now=turn.now)
    said = f"Incident {before.id} is snoozed until then; nothing changes."
    if until <= turn.now:
        said = f"A snooze until {instant(until)} is over already; nothing changes."
    is_over = before.state is IncidentState.RESOLVED
    _take(turn, group, after, _already(before) if is_over else ("already_snoozed", said))


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


def _take(turn: Turn, group: Group, after: Incident, otherwise: tuple[str, str]) -> None:
    before = group.incident
    if after is before:
        turn.explain(before, *otherwise)
        return
    group.incident = after
    if before.state is IncidentState.OPEN:
        tell_acknowledged(turn, group)


def _already(incident: Incident) -> tuple[str, str]:
    if incident.state is IncidentState.RESOLVED:
        return "already_resolved", f"Incident {incident.id} is resolved; nothing changes."
    by = incident.acknowledged_by
    return "already_acknowledged", f"Incident {incident.id} is taken by {by}; nothing changes."


DOES: dict[type, Do] = {
    Acknowledge: acknowledge,
    Snooze: snooze,
    Resolve: resolve,
    Reassign: handover.reassign,
    Escalate: handover.escalate_now,
    Reopen: handover.give_back,
}


def _handle(board: Board, command: Any, now: datetime) -> None:
    """Do what is asked, where there is such an incident and it was not done before."""
    id_ = command.incident_id
    group = board.state.groups.get(id_)
    if group is None:
        board.unknown(id_, now)
        return
    if board.is_repeat(command.id, now):
        text = "This command came before: it is done once."
        board.explain(now, "repeated", text, incident_id=id_)
        return
    if isinstance(command, Resolve):
        _close(board, group)
    board.step(now, group, lambda turn, group: DOES[type(command)](turn, group, command))


def _close(board: Board, group: Group) -> None:
    """What fires on opens nothing here, until it ends and fires again."""
    for fp, started in still_firing(group.incident).items():
        board.state.closed.setdefault(fp, {})[group.incident.group_key] = started


HANDLERS: Handlers = dict.fromkeys(DOES, _handle)
