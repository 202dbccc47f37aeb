"""Handover: a person gives an incident to somebody else, or asks for the next level now."""

from datetime import timedelta

from msgspec.structs import replace

from routing import wording
from routing.directory import Directory
from routing.escalation import Step, climb
from routing.event import Escalate, Reassign, Reopen
from routing.group import Group
from routing.incident import Incident, IncidentState, Moment
from routing.lifecycle import note, reopen
from routing.policy import EscalationPolicy, Level, Target
from routing.reopening import page_again, page_on, tell_listeners
from routing.rules import drop
from routing.turn import Turn

WAIT = timedelta(minutes=15)
"""So long whoever was given an incident has, where no level of before says how long."""


def reassign(turn: Turn, group: Group, command: Reassign) -> None:
    """The incident is open and somebody else's; who had it hears no more but of its end.

    A user or schedule has the time of the first level of before; after that the incident goes on
    by the policy that it had.
    """
    before = group.incident
    if before.state is IncidentState.RESOLVED:
        _explain_resolved(turn, before)
        return
    plan = _plan(turn.directory, before.escalation, command)
    if plan is None:
        text = f"There is no {_noun(command)} {command.name!r}; incident {before.id} stays."
        turn.explain(before, f"no_{command.kind}", text)
        return
    to = f"{command.kind} {command.name}"
    text = f"{command.by} reassigned it to {to} by {wording.channel(command.via)}"
    turn.explain(before, "reassigned", f"{text}.")
    _open(turn, group, f"{command.by} gives it to {to}", command.by)
    given = Moment(at=turn.now, kind="reassigned", text=text, by=command.by)
    group.incident = note(group.incident, given)
    group.change(escalation=plan, level=0, round=0, escalate_at=None)
    group.change(reassigned_to=to, reassigned_at=turn.now)
    _release(group)
    drop(group)
    group.left_out = None
    page_again(turn, group)


def escalate_now(turn: Turn, group: Group, command: Escalate) -> None:
    """The next level is told now, whatever the present one has still to wait; what was taken is
    open again.
    """
    incident = group.incident
    refused = _refusal(incident, command)
    if refused is not None:
        turn.explain(incident, *refused)
        return
    text = f"{command.by} escalated it by {wording.channel(command.via)}"
    turn.explain(incident, "escalated_by_person", f"{text}.")
    _open(turn, group, f"{command.by} escalates it", command.by)
    asked = Moment(at=turn.now, kind="escalated_by_person", text=text, by=command.by)
    group.incident = note(group.incident, asked)
    if group.first_flush_at is None:
        group.flush_by(turn.now)
    else:
        tell_listeners(turn, group)
        page_on(turn, group)


def give_back(turn: Turn, group: Group, command: Reopen) -> None:
    """Whoever took the incident does so no longer: it is open, and paged from the first level."""
    incident = group.incident
    if incident.state is not IncidentState.ACKNOWLEDGED:
        text = f"Incident {incident.id} is not taken by anybody; nothing changes."
        turn.explain(incident, "not_acknowledged", text)
        return
    why = f"{command.by} gave it back by {wording.channel(command.via)}"
    turn.explain(incident, "given_back", f"{why}.")
    _open(turn, group, why, command.by)
    group.change(level=0, round=0, escalate_at=None)
    page_again(turn, group)


def _refusal(incident: Incident, command: Escalate) -> tuple[str, str] | None:
    """Why the incident cannot go up, None where it can."""
    plan, at = incident.escalation, incident.level
    if incident.state is IncidentState.RESOLVED:
        return "already_resolved", f"Incident {incident.id} is resolved; nothing changes."
    if plan is None:
        return "no_escalation", f"Incident {incident.id} has no escalation policy: reassign it."
    if command.level is not None and command.level != at:
        return "already_escalated", f"It is at level {at} already, not {command.level}."
    if climb(plan, Step(at, incident.round)) is None:
        return "last_level", f"Level {at} is the last of {plan.name}: reassign it."
    return None


def _plan(
    directory: Directory, old: EscalationPolicy | None, command: Reassign
) -> EscalationPolicy | None:
    """The escalation from now on, None where there is nobody of that name."""
    if command.kind == "policy":
        return directory.escalation(command.name)
    target = Target(kind=command.kind, name=command.name)
    if not directory.knows(target):
        return None
    after = old or EscalationPolicy(name=command.name, levels=())
    levels = after.levels[1:] if after.is_reassigned else after.levels
    wait = levels[0].wait if levels else WAIT
    first = Level(targets=(target,), wait=wait)
    return replace(after, levels=(first, *levels), is_reassigned=True)


def _open(turn: Turn, group: Group, why: str, by: str) -> None:
    group.incident = reopen(group.incident, why=why, now=turn.now, by=by)


def _release(group: Group) -> None:
    """What they were to be told is not tried again: they hear of the end."""
    deliveries = group.incident.deliveries
    released = (replace(d, is_released=True, retry_at=None) if d.level else d for d in deliveries)
    group.change(deliveries=tuple(released))


def _noun(command: Reassign) -> str:
    return "escalation policy" if command.kind == "policy" else command.kind


def _explain_resolved(turn: Turn, incident: Incident) -> None:
    text = f"Incident {incident.id} is resolved; nothing changes."
    turn.explain(incident, "already_resolved", text)
