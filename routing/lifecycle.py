"""The life of an incident: a table of states, and what each change writes into the timeline."""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from routing import wording
from routing.alert import Alert, Severity
from routing.crowd import Crowd
from routing.digest import digest
from routing.incident import Incident, IncidentState, Moment
from routing.policy import EscalationPolicy, Route

LONGEST_TIMELINE = 200
SHORTEST = timedelta(seconds=1)
RENEWED_AFTER = timedelta(minutes=1)
MOST_PICTURES = 20
"""So many alerts of an incident keep the points of their picture; a record has to stay small."""


class Trigger(enum.StrEnum):
    """What moves an incident from one state to another."""

    ACKNOWLEDGE = "acknowledge"
    REOPEN = "reopen"  # a snooze or an acknowledgement is over, or a person hands it on
    CLOSE = "close"  # by a person
    END = "end"  # by its last alert ending


NEXT: Mapping[tuple[IncidentState, Trigger], IncidentState] = {
    (IncidentState.OPEN, Trigger.ACKNOWLEDGE): IncidentState.ACKNOWLEDGED,
    (IncidentState.OPEN, Trigger.REOPEN): IncidentState.OPEN,
    (IncidentState.OPEN, Trigger.CLOSE): IncidentState.RESOLVED,
    (IncidentState.OPEN, Trigger.END): IncidentState.RESOLVED,
    (IncidentState.ACKNOWLEDGED, Trigger.ACKNOWLEDGE): IncidentState.ACKNOWLEDGED,
    (IncidentState.ACKNOWLEDGED, Trigger.REOPEN): IncidentState.OPEN,
    (IncidentState.ACKNOWLEDGED, Trigger.CLOSE): IncidentState.RESOLVED,
    (IncidentState.ACKNOWLEDGED, Trigger.END): IncidentState.RESOLVED,
}
"""What is not in the table does not happen: a resolved incident stays resolved."""


def begin(
    *,
    group_key: str,
    group_labels: dict[str, str],
    route: Route,
    escalation: EscalationPolicy | None,
    fingerprint: str,
    alert: Alert,
    sequence: int,
    now: datetime,
) -> Incident:
    """The incident that an alert opens. `sequence` counts the incidents of the engine."""
    text = wording.sentence(alert)
    return Incident(
        id=digest(group_key, str(now.timestamp()), str(sequence), chars=10),
        group_key=group_key,
        route=route.path,
        receiver=route.receiver,
        group_labels=group_labels,
        route_labels=route.labels,
        severity=alert.severity,
        title=text,
        opened_at=now,
        alerts={fingerprint: alert},
        escalation=escalation,
        timeline=(Moment(at=now, kind="opened", text=f"Opened by {text}"),),
    )


def with_alert(
    incident: Incident, fingerprint: str, alert: Alert, now: datetime, crowd: Crowd | None = None
) -> Incident:
    """The incident with this newest form of an alert; itself when that changes nothing.

    An alert keeps its earliest start while it fires, and what it said when it ends: the value at
    which it ended is not what was found. Severity is the worst ever seen. `crowd` are the firing
    alerts of a large incident; it takes note of the alert.
    """
    old = incident.alerts.get(fingerprint)
    alert = _newest(incident, old, alert)
    if alert == old:
        return incident
    alerts = {**incident.alerts, fingerprint: alert}
    is_worse = alert.severity.rank > incident.severity.rank
    worst = alert.severity if is_worse else incident.severity
    if crowd is not None:
        crowd.note(fingerprint, alert)
    said = crowd.title() if crowd else wording.title(_foremost(alerts))
    timeline = _longer(incident.timeline, *_moments(incident, old, alert, now, worst))
    return replace(incident, alerts=alerts, severity=worst, title=said, timeline=timeline)


def is_repeat(incident: Incident, fingerprint: str, alert: Alert) -> bool:
    """Whether this form of an alert changes nothing in an incident."""
    old = incident.alerts.get(fingerprint)
    return _newest(incident, old, alert) == old


def _newest(incident: Incident, old: Alert | None, alert: Alert) -> Alert:
    """The alert as the incident keeps it."""
    alert = _pictured(incident, old, alert)
    if old is None or not old.is_firing:
        return alert
    if old.starts_at < alert.starts_at:
        alert = replace(alert, starts_at=old.starts_at)
    return alert if alert.is_firing else _ended(old, alert)


def _foremost(alerts: Mapping[str, Alert]) -> Iterable[Alert]:
    return [alert for alert in alerts.values() if alert.ends_at is None] or alerts.values()


def _ended(old: Alert, alert: Alert) -> Alert:
    found = old.evidence
    if found is not None and alert.evidence is not None and alert.evidence.points:
        found = replace(found, points=alert.evidence.points)
    return replace(alert, annotations=old.annotations, evidence=found)


def acknowledge(incident: Incident, *, by: str, via: str, now: datetime) -> Incident:
    """Taken by a person: escalation stops. A second person adds a line to the timeline.

    Whoever takes it last says how long that holds: an acknowledgement ends a snooze, and one that
    expires is renewed by whoever gave it. The incident itself when there is nothing to add.
    """
    state = NEXT.get((incident.state, Trigger.ACKNOWLEDGE))
    expires = incident.escalation.ack_expires if incident.escalation else None
    until = now + max(expires, SHORTEST) if expires is not None else None
    is_theirs = _has_acknowledged(incident, by)
    if state is None or (is_theirs and not _is_longer(incident, until)):
        return incident
    more = "again " if is_theirs else "" if incident.state is IncidentState.OPEN else "also "
    text = f"{by} {more}acknowledged by {wording.channel(via)}"
    noted = note(incident, Moment(at=now, kind="acknowledged", text=text, by=by))
    return _taken(noted, by=by, until=until, now=now, is_snoozed=False)


def snooze(incident: Incident, *, by: str, via: str, until: datetime, now: datetime) -> Incident:
    """Taken by a person until an instant. The incident itself when there is nothing to change."""
    state = NEXT.get((incident.state, Trigger.ACKNOWLEDGE))
    is_same = incident.is_snoozed and incident.reopens_at == until
    if state is None or is_same or until <= now:
        return incident
    text = f"{by} snoozed it until {wording.instant(until)} by {wording.channel(via)}"
    noted = note(incident, Moment(at=now, kind="snoozed", text=text, by=by))
    return _taken(noted, by=by, until=until, now=now, is_snoozed=True)


def reopen(incident: Incident, *, why: str, now: datetime, by: str = "") -> Incident:
    """No longer taken: open once more. The incident itself when nobody had taken it."""
    state = NEXT.get((incident.state, Trigger.REOPEN))
    if state is None or state is incident.state:
        return incident
    noted = note(incident, Moment(at=now, kind="reopened", text=why, by=by))
    return replace(
        noted,
        state=state,
        acknowledged_at=None,
        acknowledged_by="",
        reopens_at=None,
        is_snoozed=False,
        reopened_at=now,
    )


def _taken(
    incident: Incident, *, by: str, until: datetime | None, now: datetime, is_snoozed: bool
) -> Incident:
    is_first = incident.state is IncidentState.OPEN
    return replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=now if is_first else incident.acknowledged_at,
        acknowledged_by=by if is_first else incident.acknowledged_by,
        escalate_at=None,
        reopens_at=until,
        is_snoozed=is_snoozed,
    )


def close(incident: Incident, *, by: str, via: str, now: datetime) -> Incident:
    """Closed by a person. Alerts that go on firing open nothing until they end and fire again."""
    text = f"{by} resolved it by {wording.channel(via)}"
    if incident.firing:
        still = wording.counted(len(incident.firing), "alert")
        text += f"; {still} still firing will open nothing until ended and firing again"
    return _resolved(incident, Trigger.CLOSE, by=by, text=text, now=now)


def end(incident: Incident, now: datetime) -> Incident:
    """Resolved by its data: every alert has ended."""
    return _resolved(incident, Trigger.END, by="", text="Every alert has ended", now=now)


def note(incident: Incident, *moments: Moment) -> Incident:
    """The incident with more lines in its timeline; the first line and the newest are kept."""
    timeline = _longer(incident.timeline, *moments)
    return replace(incident, timeline=timeline) if moments else incident


def _longer(timeline: tuple[Moment, ...], *moments: Moment) -> tuple[Moment, ...]:
    longer = timeline + moments
    if len(longer) > LONGEST_TIMELINE:
        longer = longer[:1] + longer[1 - LONGEST_TIMELINE :]
    return longer


def _resolved(
    incident: Incident, trigger: Trigger, *, by: str, text: str, now: datetime
) -> Incident:
    state = NEXT.get((incident.state, trigger))
    if state is None:
        return incident
    noted = note(incident, Moment(at=now, kind="resolved", text=text, by=by))
    return replace(
        noted, state=state, resolved_at=now, resolved_by=by, escalate_at=None, reopens_at=None
    )


def _pictured(incident: Incident, old: Alert | None, alert: Alert) -> Alert:
    """The alert, without its points where enough others of the incident have theirs."""
    is_early = len(incident.alerts) < MOST_PICTURES
    had_points = old is not None and old.evidence is not None and bool(old.evidence.points)
    if is_early or had_points or alert.evidence is None:
        return alert
    return replace(alert, evidence=replace(alert.evidence, points=()))


def _is_longer(incident: Incident, until: datetime | None) -> bool:
    """Whether an acknowledgement until then is worth noting: a second press is not."""
    if incident.reopens_at is None or until is None:
        return False
    return until >= incident.reopens_at + RENEWED_AFTER


def _has_acknowledged(incident: Incident, by: str) -> bool:
    """Whether it is this person's, by an acknowledgement that nothing has ended since."""
    if incident.state is IncidentState.OPEN or incident.is_snoozed:
        return False
    if incident.acknowledged_by == by:
        return True
    for moment in reversed(incident.timeline):
        if moment.kind in ("reopened", "snoozed"):
            return False
        if moment.kind == "acknowledged" and moment.by == by:
            return True
    return False


def _moments(
    incident: Incident, old: Alert | None, new: Alert, now: datetime, worst: Severity
) -> Iterable[Moment]:
    was_firing = old is not None and old.is_firing
    if new.is_firing and not was_firing:
        word = "joined" if old is None else "is back"
        yield Moment(at=now, kind="alert_joined", text=f"{wording.sentence(new)} {word}")
    if was_firing and not new.is_firing:
        yield Moment(at=now, kind="alert_ended", text=f"{wording.sentence(new)} ended")
    if worst is not incident.severity:
        yield Moment(at=now, kind="severity", text=f"Severity rose to {worst.value}")
