"""An incident as Alertmanager's webhook payload, version 4, with what it has no words for."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from routing.alert import Alert
from routing.channels.summary import Summary
from routing.channels.text import clip
from routing.fingerprint import fingerprint
from routing.incident import Incident, IncidentState
from routing.notification import Notification

VERSION = "4"
LARGEST = 1_000_000  # bytes of a body; alerts beyond are counted in `truncatedAlerts`
_LONGEST_VALUE = 4_000
_NEVER = "0001-01-01T00:00:00Z"  # how Alertmanager writes an end that is not known

Json = dict[str, Any]


def body(notification: Notification, summary: Summary, *, most: int = 0) -> bytes:
    """The payload as JSON, with `most` alerts, the worst first (0: as many as find room).

    It is Alertmanager's, field for field; `tocsin` holds what is ours: the incident, why this
    message comes, who has taken it, and the sentences that the other channels say.
    """
    incident = notification.incident
    alerts = sorted(incident.alerts.values(), key=_worst_first)
    shown: list[Json] = []
    size = 0
    for alert in alerts[: most or None]:
        one = _alert(alert, incident, summary)
        size += len(msgspec.json.encode(one))
        if shown and size > LARGEST:
            break
        shown.append(one)
    return msgspec.json.encode(
        {
            "version": VERSION,
            "groupKey": _text(incident.group_key),
            "truncatedAlerts": len(alerts) - len(shown) + incident.left_out,
            "status": _status(is_firing=incident.state is not IncidentState.RESOLVED),
            "receiver": _text(incident.receiver),
            "groupLabels": _map(incident.group_labels),
            "commonLabels": _map(_shared(alert.labels for alert in alerts)),
            "commonAnnotations": _map(_shared(alert.annotations for alert in alerts)),
            "externalURL": summary.url,
            "alerts": shown,
            "tocsin": _ours(notification, summary),
        }
    )


def _worst_first(alert: Alert) -> tuple[bool, int, datetime]:
    return not alert.is_firing, -alert.severity.rank, alert.starts_at


def _alert(alert: Alert, incident: Incident, summary: Summary) -> Json:
    ended = alert.ends_at or incident.resolved_at
    return {
        "status": _status(is_firing=ended is None),
        "labels": _map(alert.labels),
        "annotations": _map(alert.annotations),
        "startsAt": _instant(alert.starts_at),
        "endsAt": _instant(ended) if ended else _NEVER,
        "generatorURL": summary.url,
        "fingerprint": fingerprint(alert.labels).rpartition(":")[2],
    }


def _ours(notification: Notification, summary: Summary) -> Json:
    incident, evidence = notification.incident, summary.evidence
    return {
        "incident": _text(incident.id),
        "notification": _text(notification.said),
        "sequence": notification.sequence,
        "reason": notification.reason.value,
        "state": summary.state,
        "severity": summary.severity.value,
        "title": summary.heading,
        "text": " ".join(summary.sentences),
        "opened_at": _instant(incident.opened_at),
        "acknowledged_by": _text(incident.acknowledged_by),
        "resolved_by": _text(incident.resolved_by),
        "level": incident.level,
        "route_labels": _map(incident.route_labels),
        "evidence": evidence
        and {
            "series": _text(evidence.series),
            "value": evidence.value,
            "expected": evidence.expected,
            "lower": evidence.lower,
            "upper": evidence.upper,
            "p_value": evidence.p_value,
            "unit": _text(evidence.unit),
        },
    }


def _shared(maps: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What all of them have in common."""
    each = list(maps)
    first = each[0] if each else {}
    return {k: v for k, v in first.items() if all(one.get(k) == v for one in each)}


def _map(given: Mapping[str, str]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in sorted(given.items())}


def _text(text: str) -> str:
    """The text as it is, but for what is no text (lone surrogates) and what is no label by size."""
    return clip(text.encode("utf-8", "replace").decode(), _LONGEST_VALUE)


def _status(*, is_firing: bool) -> str:
    return "firing" if is_firing else "resolved"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
