"""What every channel says, in the same plain sentences."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from routing.alert import Alert, Evidence, Severity
from routing.channels.finding import finding, sure
from routing.channels.text import between, clean, clock, duration, ended, web_link
from routing.incident import Incident, IncidentState, NotifyReason
from routing.notification import Notification
from routing.receipt import DeliveryStatus
from routing.wording import channel, counted, whom

_STATE = {
    IncidentState.OPEN: "firing",
    IncidentState.ACKNOWLEDGED: "acknowledged",
    IncidentState.RESOLVED: "resolved",
}
MOST_GATHERED = 10
"""So many incidents of a digest are named."""
_FLAPS = "It comes and goes. You hear of it again when it is calm, or when there is more."
_TELLING = ("service", "job", "app", "region", "zone", "host", "instance", "pod")  # best first
_MOST_NAMED = 4
_TELLS_A_VALUE = re.compile(r" is (?=-?\d)")
_REACHED = (DeliveryStatus.SENT, DeliveryStatus.PENDING)


class Summary(Struct, frozen=True, kw_only=True):
    """The sentences of one notification; an empty one has nothing to say.

    `heading` is the title as things are now: what is over was. `news` is why this message comes
    now, `what` the finding, `since` when it began, `sure` how sure we are, `told` who knows,
    `advice` what the people who wrote the rule recommend.
    """

    incident_id: str
    title: str
    heading: str
    state: str
    severity: Severity
    news: str
    what: str
    since: str
    sure: str
    more: str
    told: str
    advice: str
    runbook: str
    url: str
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    evidence: Evidence | None
    at: datetime
    note: str = ""  # for the receipt: what could not be said as was wished

    @property
    def headline(self) -> str:
        """State or severity, then the heading: readable where there is no colour.

        An acknowledged or resolved incident says so; a firing one says how bad it is.
        """
        word = self.severity.value if self.state == "firing" else self.state
        return f"{word.capitalize()}: {self.heading}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that can be said, in the order in which it matters."""
        said = (self.news, self.what, self.since, self.sure, self.more, self.advice, self.told)
        return tuple(sentence for sentence in said if sentence)


def summarise(notification: Notification) -> Summary:
    """The sentences for a notification."""
    incident = notification.incident
    alert = lead(incident)
    annotations = alert.annotations if alert else {}
    evidence = alert.evidence if alert else None
    title = clean(incident.title, 200) or "Something is wrong"
    return Summary(
        incident_id=clean(incident.id, 120),
        title=title,
        heading=past(title) if incident.state is IncidentState.RESOLVED else title,
        state=_STATE[incident.state],
        severity=incident.severity,
        news=_news(notification),
        what=_what(alert, incident.title),
        since=_since(incident, alert),
        sure="" if incident.state is IncidentState.RESOLVED else sure(evidence),
        more=_more(incident, alert),
        told=_told(incident),
        advice=ended(clean(annotations.get("description", ""), 600)),
        runbook=web_link(annotations.get("runbook_url") or annotations.get("runbook", "")),
        url=web_link(notification.url),
        labels=_labels(incident, alert),
        links=_links(annotations),
        evidence=evidence,
        at=last_moment(incident),
    )


def past(title: str) -> str:
    """A title of what is over: the value that it tells was, it is not any more.

    >>> past("disk of db-3 is 93.2%, expected 40%"), past("orders has stopped reporting")
    ('disk of db-3 was 93.2%, expected 40%', 'orders had stopped reporting')
    >>> past("Deploys are slow")
    'Deploys are slow'
    """
    said = _TELLS_A_VALUE.sub(" was ", title, count=1)
    return said.replace(" has stopped reporting", " had stopped reporting", 1)


def lead(incident: Incident) -> Alert | None:
    """The alert that speaks for the incident: firing, worst, surest, oldest."""

    def order(alert: Alert) -> tuple[bool, int, float, datetime]:
        p_value = alert.evidence.p_value if alert.evidence else 1.0
        return (not alert.is_firing, -alert.severity.rank, p_value, alert.starts_at)

    return min(incident.alerts.values(), key=order, default=None)


def last_moment(incident: Incident) -> datetime:
    """The newest instant the incident knows of, the time of any message about it."""
    known = [incident.opened_at, incident.acknowledged_at, incident.resolved_at]
    known += [moment.at for moment in incident.timeline]
    return max(at for at in known if at is not None)


def _news(notification: Notification) -> str:
    incident = notification.incident
    noun = "incident" if incident.digest_for else "alert"
    match notification.reason:
        case NotifyReason.ACKNOWLEDGED:
            return _taken(incident)
        case NotifyReason.RESOLVED:
            return _resolved(incident)
        case NotifyReason.ESCALATED:
            return f"Nobody has taken this yet: escalated to level {incident.level}."
        case NotifyReason.REPEAT:
            return "Still going on."
        case NotifyReason.NEW_ALERTS:
            return f"There is more: {counted(incident.firing_count, noun)} firing now."
        case NotifyReason.FLAPPING:
            return _FLAPS
        case NotifyReason.SIGN_OF_LIFE:
            return "A sign of life: if none comes, Tocsin is dead."
        case NotifyReason.CALM:
            return "It is calm, and still firing."
        case NotifyReason.FIRST if incident.digest_for:
            return f"A digest: {counted(incident.firing_count, noun)} beyond your page budget."
        case NotifyReason.FIRST:
            return _FLAPS if incident.flapping else ""


def _taken(incident: Incident) -> str:
    who = clean(incident.acknowledged_by, 80) or "Somebody"
    if incident.reopens_at is None:
        return f"{who} has taken this."
    until = f"until {clock(incident.reopens_at)}"
    return f"{who} has taken this{', snoozed' if incident.is_snoozed else ''} {until}."


def _resolved(incident: Incident) -> str:
    by = f" by {clean(incident.resolved_by, 80)}" if incident.resolved_by else ""
    if incident.resolved_at is None:
        return f"Resolved{by}."
    taker = incident.acknowledged_by
    taken = f" {clean(taker, 80)} had taken it." if taker and taker != incident.resolved_by else ""
    span = duration(incident.resolved_at - incident.opened_at)
    return f"Resolved{by} after {span}.{taken}"


def _what(alert: Alert | None, title: str) -> str:
    if alert is None:
        return ""
    if alert.evidence is None:
        said = alert.annotations.get("summary", "").strip()
        return "" if title.strip().startswith(said) else ended(clean(said, 300))
    verb = "is" if alert.is_firing else "was"
    return finding(alert.evidence, verb)


def _since(incident: Incident, alert: Alert | None) -> str:
    began = alert.starts_at if alert else incident.opened_at
    if alert is None or alert.ends_at is None:
        return f"Since {clock(began)}."
    return f"{between(began, alert.ends_at)}."


def _more(incident: Incident, alert: Alert | None) -> str:
    count = incident.firing_count - 1
    if count < 1:
        return ""
    if incident.digest_for:
        return _gathered(incident)
    others = [one for one in incident.firing if one is not alert]
    where = _where(others, alert, are_all=len(others) == count)
    return f"{count} more {'alert is' if count == 1 else 'alerts are'} firing with it{where}."


def _where(others: Sequence[Alert], alert: Alert | None, *, are_all: bool) -> str:
    """By what the others differ from the one that is told, and their values."""
    labels = alert.labels if alert else {}
    for name in sorted(labels, key=lambda name: (_rank(name), name)):
        found = {one.labels.get(name, ""): None for one in others}
        values = [each for each in found if each and each != labels[name]]
        if values:
            rest = len(values) - _MOST_NAMED
            more = f" and {rest} more" if rest > 0 else ""
            said = ", ".join(clean(each, 40) for each in values[:_MOST_NAMED])
            return f" ({clean(name, 40)}: {said}{more if are_all else ' and others'})"
    return ""


def _rank(name: str) -> int:
    return _TELLING.index(name) if name in _TELLING else len(_TELLING)


def _gathered(incident: Incident) -> str:
    """The other incidents of a digest: `+2 more incidents: Carts fail; Mail is slow.`"""
    first = lead(incident)
    titles = [a.annotations.get("summary", "") for a in incident.firing if a is not first]
    more = incident.firing_count - 1 - MOST_GATHERED
    listed = [clean(title, 100) for title in titles[:MOST_GATHERED]]
    said = "; ".join([*listed, *([f"and {more} more"] if more > 0 else [])])
    return f"+{counted(incident.firing_count - 1, 'more incident')}: {said}."


def _told(incident: Incident) -> str:
    names = _unique(
        f"{clean(whom(delivery), 60)} ({channel(delivery.contact.channel)})"
        for delivery in incident.deliveries
        if delivery.status in _REACHED and not delivery.is_held
    )
    if not names:
        return ""
    rest = len(names) - 6
    return f"Told: {', '.join(names[:6])}{f' and {rest} more' if rest > 0 else ''}."


def _unique(names: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(names))


def _labels(incident: Incident, alert: Alert | None) -> tuple[tuple[str, str], ...]:
    labels = alert.labels if alert and len(incident.alerts) == 1 else incident.group_labels
    pairs = sorted((labels or (alert.labels if alert else {})).items())
    return tuple((clean(name, 60), clean(value, 120)) for name, value in pairs[:40])


def _links(annotations: dict[str, str]) -> tuple[tuple[str, str], ...]:
    taken = ("runbook", "runbook_url")
    found = ((name, web_link(value)) for name, value in sorted(annotations.items()))
    return tuple((clean(name, 40), url) for name, url in found if url and name not in taken)[:5]
