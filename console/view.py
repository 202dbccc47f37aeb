"""What a page says about an incident in a line or a sentence.

Pure: it knows no clock; instants become relative in the browser.
"""

from collections.abc import Sequence

from config.marks.incident import ordered
from console.words import counted, exact
from routing.channels.text import clean, duration, web_link
from routing.incident import Delivery, Incident, IncidentState
from routing.policy import EscalationPolicy, Level, Target
from routing.receipt import DeliveryStatus
from routing.wording import channel, named, whom

_FAILED = (DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT)
_SERVICE_LABELS = ("service", "job", "app", "host")


def title(incident: Incident) -> str:
    """The title on one line, whatever it was made of."""
    return clean(named(incident), 200) or "Something is wrong"


def service(incident: Incident) -> str:
    """What is affected, by the labels that usually say so.

    The names of several services are listed, up to three.
    """
    labels = [incident.group_labels, *(alert.labels for alert in incident.alerts.values())]
    for name in _SERVICE_LABELS:
        found = list(dict.fromkeys(clean(each[name], 60) for each in labels if each.get(name)))
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            return ", ".join(found[:3]) + more
    return ""


def runbook(incident: Incident) -> str:
    """The first runbook that is a web address, or nothing."""
    for alert in ordered(incident):
        for name in ("runbook_url", "runbook"):
            if link := web_link(alert.annotations.get(name, "")):
                return link
    return ""


def who_knows(incident: Incident) -> str:
    """Who was told on which channel, in one line.

    Those not reached are named first.
    """
    failed = [_who(d) for d in incident.deliveries if d.status in _FAILED]
    reached = [_who(d) for d in incident.deliveries if d.status is DeliveryStatus.SENT]
    waiting = [
        _who(d) for d in incident.deliveries if d.status is DeliveryStatus.PENDING and not d.is_held
    ]
    held = [_who(d) for d in incident.deliveries if d.is_held]
    groups = (
        ("not reached", failed),
        ("told", reached),
        ("being told", waiting),
        ("told by the next digest", held),
    )
    said = [f"{word}: {_short(names)}" for word, names in groups if names]
    nobody = "nobody was told" if incident.state is IncidentState.RESOLVED else "nobody told yet"
    return "; ".join(said) or nobody


def standing(incident: Incident) -> str:
    """Where the incident stands, as a sentence."""
    match incident.state:
        case IncidentState.OPEN:
            return "Open. Nobody has taken it yet."
        case IncidentState.ACKNOWLEDGED:
            deed = "snoozed" if incident.is_snoozed else "taken"
            return f"{clean(incident.acknowledged_by, 80) or 'Somebody'} has {deed} it."
        case IncidentState.RESOLVED:
            by = clean(incident.resolved_by, 80)
            return f"Resolved{f' by {by}' if by else ''}{_after(incident)}."


def what_next(incident: Incident) -> str:
    """What happens next if nobody does anything, as a sentence."""
    if incident.state is IncidentState.RESOLVED:
        return "Nothing more happens. If it comes back, it is a new incident."
    if incident.state is IncidentState.ACKNOWLEDGED:
        stopped = "Escalation has stopped. " if incident.escalation else ""
        if incident.reopens_at is None:
            return f"{stopped}It resolves by itself when the data recovers."
        until = exact(incident.reopens_at)
        return f"{stopped}If it still fires at {until}, it is open again, and people are told."
    if incident.escalation is None:
        return "Only the receiver is told: it has no escalation. Data that recovers resolves it."
    return _escalates(incident, incident.escalation)


def level_line(incident: Incident) -> str:
    """How far the escalation went, in a few words, or nothing."""
    policy = incident.escalation
    if policy is None:
        return ""
    rounds = f", round {incident.round + 1} of {policy.repeat + 1}" if policy.repeat else ""
    return f"level {incident.level} of {len(policy.levels)} of {clean(policy.name, 60)}{rounds}"


def _who(delivery: Delivery) -> str:
    return f"{clean(whom(delivery), 60)} ({channel(delivery.contact.channel)})"


def _short(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - 4} more" if len(unique) > 4 else ""
    return ", ".join(unique[:4]) + more


def _after(incident: Incident) -> str:
    if incident.resolved_at is None:
        return ""
    return f" after {duration(incident.resolved_at - incident.opened_at)}"


def _escalates(incident: Incident, policy: EscalationPolicy) -> str:
    if not policy.levels:
        return "The escalation policy has no levels: nobody else will be told."
    is_last = incident.level >= len(policy.levels)
    if is_last and incident.round >= policy.repeat:
        told_all = counted(len(policy.levels), "level")
        return f"All of {told_all} have been told. Nobody else will be: please take it."
    number_next = 1 if is_last else incident.level + 1
    when = f" at {exact(incident.escalate_at)}" if incident.escalate_at else " next"
    again = " again" if is_last else ""
    targets = _targets(policy.levels[number_next - 1])
    return f"If nobody takes it, level {number_next} ({targets}) is told{again}{when}."


def _targets(level: Level) -> str:
    return _short([_target(target) for target in level.targets])


def _target(target: Target) -> str:
    named = f"{target.kind} {clean(target.name, 60)}"
    return f"the next of {named}" if target.is_next else named
