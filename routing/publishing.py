"""Publishing: when a changed incident is shown, so that a large one costs little.

An incident is shown with all its alerts. One of `n` alerts, more than `FEW`, is therefore shown at
most every `n` milliseconds, as long as alerts come and go and nothing else happens to it: a storm
of 10,000 alerts is shown every ten seconds. Whatever people are told, or do, is shown at once.
"""

from datetime import timedelta

from routing.group import Group
from routing.incident import Incident
from routing.turn import Turn

FEW = 100
AN_ALERT = timedelta(milliseconds=1)


def take_due(turn: Turn, group: Group, before: Incident | None) -> bool:
    """Whether the incident is to be shown now; what is put off is planned.

    `before` is the incident before the turn, None for a new one.
    """
    if group.incident is not before and not _may_wait(turn, group, before):
        group.publish_at = turn.now
    if group.publish_at is None or group.publish_at > turn.now:
        return False
    group.publish_at = None
    group.published_at = turn.now
    return True


def _may_wait(turn: Turn, group: Group, before: Incident | None) -> bool:
    """Whether only alerts came or went in a large incident that was shown not long ago."""
    after = group.incident
    if before is None or turn.wished or len(after.alerts) <= FEW or not _is_like(after, before):
        return False
    due = (group.published_at or turn.now) + len(after.alerts) * AN_ALERT
    group.publish_at = group.publish_at or due
    return group.publish_at > turn.now


def _is_like(after: Incident, before: Incident) -> bool:
    """Whether they differ at most in their alerts; what a person did is the last that was said."""
    fields = ("state", "level", "deliveries", "severity", "acknowledged_by", "flapping")
    last = after.timeline[-1:]
    is_done = last != before.timeline[-1:] and any(moment.by for moment in last)
    return not is_done and all(getattr(after, name) == getattr(before, name) for name in fields)
