"""Reopening: what was taken is so no more, or somebody else's, and people are paged again."""

from routing.delivery import tell
from routing.directory import Addressee
from routing.escalation import escalate, hold, last_resort, was_taken
from routing.group import Group
from routing.incident import IncidentState, NotifyReason
from routing.lifecycle import reopen
from routing.turn import Turn


def page_again(turn: Turn, group: Group) -> None:
    """The incident is open once more, or somebody else's: page from the first level on.

    All are told again who had heard that it was taken, each when it is their turn.
    """
    incident = group.incident
    if incident.state is not IncidentState.OPEN or group.first_flush_at is None:
        return
    if not turn.audible(group):
        hold(turn, group)
        return
    tell_listeners(turn, group)
    page_on(turn, group)


def page_on(turn: Turn, group: Group) -> None:
    """The next level; where nobody is in any, and nobody else hears of it, the last resort."""
    if not escalate(turn, group, NotifyReason.ESCALATED):
        tell_if_stranded(turn, group)


def tell_if_stranded(turn: Turn, group: Group) -> None:
    """The last resort, where nobody hears of an open incident and nothing more is planned."""
    incident = group.incident
    is_waiting = incident.escalate_at is not None or group.is_held or bool(group.planned)
    if turn.compat is not None or turn.wished:
        return
    if incident.state is not IncidentState.OPEN or is_waiting:
        return
    if not any(delivery.is_told for delivery in incident.deliveries):
        last_resort(turn, group)


def tell_listeners(turn: Turn, group: Group) -> None:
    """The receiver's contacts hear that what was taken is so no more."""
    if turn.compat is not None or not turn.audible(group):
        return
    listeners = [d for d in group.incident.deliveries if d.level == 0 and d.is_told]
    stale = [d for d in listeners if was_taken(group.incident, d)]
    tell(turn, group, [Addressee(d.contact, d.user) for d in stale], NotifyReason.REPEAT)


def go_on(turn: Turn, group: Group) -> None:
    """What held the escalation back is over: the next level, or the first one again."""
    if group.incident.level == 0:
        page_again(turn, group)
    else:
        page_on(turn, group)


def reopen_due(turn: Turn, group: Group) -> None:
    """Open what was taken for a time that is over now, and page from the start."""
    incident = group.incident
    if incident.reopens_at is None or incident.reopens_at > turn.now:
        return
    why = "The snooze is over" if incident.is_snoozed else "The acknowledgement expired"
    turn.explain(incident, "reopened", f"{why}: it fires still, and is paged again.")
    group.incident = reopen(incident, why=why, now=turn.now)
    group.left_out = None
    group.change(level=0, round=0)
    page_again(turn, group)
