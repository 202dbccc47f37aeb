"""Intake: to which groups an alert comes, and what it does there."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from routing.alert import Alert
from routing.crowd import Crowd
from routing.directory import Directory
from routing.flush import after_alert, after_end, say_muted
from routing.group import Group, group_key, group_labels
from routing.lifecycle import begin, with_alert
from routing.matching import labels_of
from routing.policy import Route
from routing.routes import Tree
from routing.turn import Turn


class Place(Struct, frozen=True, gc=False):
    """A route, and the labels by which it groups an alert."""

    route: Route
    grouped: dict[str, str]


class Places(Struct, frozen=True, gc=False):
    """Where an alert goes, by group key. Not routed: the root took it without matching."""

    by_key: dict[str, Place]
    is_routed: bool


def places(tree: Tree, alert: Alert) -> Places:
    """The groups a firing alert belongs to; there is always one."""
    found = tree.taking(alert)
    by_key: dict[str, Place] = {}
    for route in found or (tree.root,):
        labels = labels_of(alert) if "severity" in route.group_by else alert.labels
        grouped = group_labels(route, labels)
        by_key.setdefault(group_key(route, grouped), Place(route, grouped))
    return Places(by_key, bool(found))


def new_group(
    key: str,
    place: Place,
    fp: str,
    alert: Alert,
    directory: Directory,
    sequence: int,
    now: datetime,
) -> tuple[Group, Callable[[Turn, Group], None]]:
    """The group an alert opens, and what it has to say about it."""
    route = place.route
    policy = directory.escalation(route.escalation) if route.escalation else None
    incident = begin(
        group_key=key,
        group_labels=place.grouped,
        route=route,
        escalation=policy,
        fingerprint=fp,
        alert=alert,
        sequence=sequence,
        now=now,
    )
    flush_at = now + route.group_wait
    own = replace(route, routes=()) if route.routes else route
    group = Group(incident=incident, route=own, flush_at=flush_at)

    def say(turn: Turn, group: Group) -> None:
        """Explain where the new incident goes."""
        wait = f"{route.group_wait.total_seconds():g} s"
        text = f"Opened on route {route.path}; {route.receiver} is told in {wait}."
        turn.explain(incident, "opened", text, fp)
        if route.escalation and policy is None:
            missing = f"There is no escalation policy {route.escalation!r}; only "
            turn.explain(incident, "no_escalation", f"{missing}{route.receiver} is told.", fp)

    return group, say


def put_alert(
    turn: Turn, group: Group, fp: str, alert: Alert, *, crowd: Crowd | None = None, why: str = ""
) -> None:
    """The newest form of an alert in a group it belongs to; `crowd` are its alerts, if many."""
    before = group.incident
    old = before.alerts.get(fp)
    changed = with_alert(before, fp, alert, turn.now, crowd)
    if changed is before:
        return
    group.incident = changed
    is_back = old is None or not old.is_firing
    is_louder = old is not None and old.severity is not alert.severity
    if why:
        turn.explain(before, why, "It goes by another route now.", fp)
    elif alert.is_firing and is_back:
        turn.explain(before, "grouped", f"Part of incident {before.id} of the same group.", fp)
        if group.silenced:
            say_muted(turn, before, turn.muted(group, {fp: alert}))
    if alert.is_firing:
        after_alert(turn, group, is_new=is_back or is_louder)
    elif not (changed.firing if crowd is None else crowd):
        after_end(turn, group)
