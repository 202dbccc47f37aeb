"""Texts: a title and a body of one's own in place of the sentences that all channels say."""

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from msgspec.structs import replace

from routing.alert import Alert
from routing.channels.finding import figures
from routing.channels.summary import Summary, lead, summarise
from routing.channels.template import Template, TemplateError
from routing.channels.text import clean, paragraphs
from routing.notification import Notification

NAMES: Mapping[str, str] = {
    "title": "what the incident is called",
    "state": "firing, acknowledged or resolved",
    "severity": "info, warning, error or critical",
    "reason": "why this message comes: first, new_alerts, repeat, escalated, ...",
    "news": "the same as a sentence; empty at first",
    "what": "the value against what was expected, as a sentence",
    "since": "when it began, as a sentence",
    "sure": "how rare this is on a normal day, as a sentence",
    "more": "how many other alerts fire with it, as a sentence",
    "advice": "the description of the alert, and what changed: deploys, maintenance",
    "told": "who knows of it, as a sentence",
    "labels": "labels of the alert that speaks for the incident",
    "annotations": "its annotations",
    "group_labels": "what the incident's alerts have in common",
    "route_labels": "labels of its route",
    "figures": "Value, Expected, Normal (or Allowed), By chance: those that are known",
    "alerts": "each with labels, annotations, severity, is_firing, title",
    "firing": "how many alerts fire",
    "level": "the level of escalation, 0 before the first",
    "acknowledged_by": "who has taken it, or empty",
    "receiver": "the receiver of its route",
    "incident": "its id",
    "url": "its page in the console, or empty",
    "runbook": "the address of the runbook, or empty",
    "links": "other addresses of its annotations, by name",
}
_MOST_ALERTS = 50
_MOST_LABELS = 60


class Texts:
    """What a channel says.

    `title` and `text` are templates; an empty one leaves the usual words. The text stands in place
    of what was found, since when, how sure and so on; why the message comes is said before it.
    A template that fails never keeps a message back: the usual words go out, and the receipt says
    why.
    """

    def __init__(self, *, title: str = "", text: str = "") -> None:
        self._title = _compiled("title", title)
        self._text = _compiled("text", text)
        both = (each.names for each in (self._title, self._text) if each)
        self._wanted = frozenset[str]().union(*both)

    def summarise(self, notification: Notification) -> Summary:
        """The summary with these texts in it; `note` says which of them failed."""
        usual = summarise(notification)
        if self._title is None and self._text is None:
            return usual
        given = context(notification, usual, self._wanted)
        notes: list[str] = []
        changes: dict[str, str] = {}
        for name, template in (("title", self._title), ("text", self._text)):
            if template is None:
                continue
            try:
                changes[name] = template.render(given)
            except TemplateError as error:
                notes.append(f"the usual {name} was sent, the template failed: {error}")
        return _changed(usual, changes, clean("; ".join(notes), 300))


def _changed(usual: Summary, changes: Mapping[str, str], note: str) -> Summary:
    if title := clean(changes.get("title", ""), 200):
        usual = replace(usual, title=title, heading=title)
    if not (text := paragraphs(changes.get("text", ""), 2500)):
        return replace(usual, note=note)
    unsaid = dict.fromkeys(("since", "sure", "more", "advice", "told"), "")
    return replace(usual, what=text, note=note, **unsaid)


def _compiled(name: str, source: str) -> Template | None:
    if not source.strip():
        return None
    try:
        return Template(source, names=NAMES)
    except TemplateError as error:
        raise ValueError(f"{name}: {error}") from None


def context(
    notification: Notification, summary: Summary, wanted: Collection[str] = NAMES
) -> dict[str, Any]:
    """The values that a template may name, as far as they are wanted: alerts may be many."""
    incident = notification.incident
    alert = lead(incident)
    made: dict[str, Callable[[], Any]] = {
        "title": lambda: summary.heading,
        "severity": lambda: summary.severity.value,
        "reason": lambda: notification.reason.value,
        "labels": lambda: _map(alert.labels if alert else incident.group_labels),
        "annotations": lambda: _map(alert.annotations if alert else {}),
        "group_labels": lambda: _map(incident.group_labels),
        "route_labels": lambda: _map(incident.route_labels),
        "figures": lambda: dict(figures(summary.evidence)),
        "alerts": lambda: [_alert(one) for one in islice(incident.alerts.values(), _MOST_ALERTS)],
        "firing": lambda: incident.firing_count,
        "level": lambda: incident.level,
        "acknowledged_by": lambda: clean(incident.acknowledged_by, 80),
        "receiver": lambda: clean(incident.receiver, 200),
        "incident": lambda: summary.incident_id,
        "links": lambda: dict(summary.links),
    }
    return {
        name: made[name]() if name in made else getattr(summary, name)
        for name in NAMES
        if name in wanted
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "labels": _map(alert.labels),
        "annotations": _map(alert.annotations),
        "severity": alert.severity.value,
        "is_firing": alert.is_firing,
        "title": clean(alert.annotations.get("summary", ""), 300),
    }


def _map(given: Mapping[str, str]) -> dict[str, str]:
    return {
        clean(name, 60): clean(value, 500) for name, value in islice(given.items(), _MOST_LABELS)
    }
