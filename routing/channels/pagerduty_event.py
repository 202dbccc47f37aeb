"""An incident as an event of PagerDuty's, within its limits whatever the labels hold."""

from datetime import UTC, datetime
from typing import Any

from routing.alert import Severity
from routing.channels.change import Change
from routing.channels.finding import figures, finding
from routing.channels.pagerduty_hook import PREFIX
from routing.channels.summary import Summary, lead
from routing.channels.text import clean, clip, number, spark, web_link
from routing.notification import Notification

Event = dict[str, Any]

_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
_FIRST_LABELS = ("instance", "host", "pod", "service", "job")
_IMAGES = ("image_url", "chart_url", "image")  # annotations that may name one


def dedup_key(notification: Notification) -> str:
    """By which PagerDuty knows the incident: what it took before, else ours."""
    known = notification.handle.get("dedup_key")
    return known or clip(f"{PREFIX}{clean(notification.incident.id, 240)}", 255)


def trigger(notification: Notification, summary: Summary) -> Event:
    """What opens an incident there, or joins it."""
    event: Event = {"client": "Tocsin", "payload": _payload(notification, summary)}
    if summary.url:
        event["client_url"] = summary.url
    links = [("Runbook", summary.runbook), *summary.links]
    made = [{"href": url, "text": clean(text, 80)} for text, url in links if url]
    pictures = _images(notification, summary)
    found = {"links": made, "images": pictures}
    return event | {name: value for name, value in found.items() if value}


def _images(notification: Notification, summary: Summary) -> list[dict[str, str]]:
    """A picture whose address an annotation names; PagerDuty fetches it, over https only."""
    alert = lead(notification.incident)
    named = [web_link(alert.annotations.get(name, "")) for name in _IMAGES] if alert else []
    src = next((url for url in named if url.startswith("https://")), "")
    alt = finding(summary.evidence)[:500] if summary.evidence else summary.title
    href = {"href": summary.url} if summary.url else {}
    return [{"src": src, "alt": alt} | href] if src else []


def change_event(change: Change) -> Event:
    """A change, such as a deploy, as PagerDuty shows it beside incidents."""
    payload = {
        "summary": clean(change.summary, 1024) or "A change",
        "source": clean(change.source, 255) or "tocsin",
        "timestamp": _instant(change.at),
        "custom_details": dict(change.details),
    }
    links = [{"href": url, "text": clean(text, 80)} for text, url in change.links if url]
    return {"payload": payload} | ({"links": links} if links else {})


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _payload(notification: Notification, summary: Summary) -> Event:
    alert = lead(notification.incident)
    labels = alert.labels if alert else notification.incident.group_labels
    began = alert.starts_at if alert else notification.incident.opened_at
    source = next((labels[name] for name in _FIRST_LABELS if labels.get(name)), "tocsin")
    payload = {
        "summary": _read_aloud(summary),
        "source": clean(source, 255) or "tocsin",
        "severity": _SEVERITIES[summary.severity],
        "timestamp": _instant(began),
        "component": clean(labels.get("service", ""), 255),
        "group": clean(notification.incident.route, 255),
        "class": clean(summary.evidence.series, 255) if summary.evidence else "",
        "custom_details": _details(summary),
    }
    return {name: value for name, value in payload.items() if value}


def _read_aloud(summary: Summary) -> str:
    """What a phone call reads out: the title, and the finding where the title lacks the value."""
    evidence = summary.evidence
    is_said = evidence and number(evidence.value, evidence.unit) in summary.heading
    more = "" if is_said or not summary.what else f": {summary.what}"
    return clean(f"{summary.heading}{more}", 1024)


def _details(summary: Summary) -> Event:
    details: Event = {
        "incident": summary.incident_id,
        "state": summary.state,
        "news": summary.news,
        "finding": summary.what,
        "since": summary.since,
        "more": summary.more,
        "advice": summary.advice,
        "told": summary.told,
        "labels": dict(summary.labels),
    }
    if summary.evidence:
        evidence = summary.evidence
        details |= {name.lower(): text for name, text in figures(evidence)}
        details |= {
            "shape": spark(evidence.points),
            "detectors": ", ".join(f"{p.detector} {p.share:.0%}" for p in evidence.parts[:8]),
        }
    return {name: value for name, value in details.items() if value}
