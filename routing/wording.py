"""Wording: the sentences that titles, timelines and explanations are made of."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from routing.alert import Alert
from routing.fingerprint import written
from routing.incident import Delivery, Incident, NotifyReason

CHANNELS = {
    "slack": "Slack",
    "pagerduty": "PagerDuty",
    "email": "Email",
    "jira": "Jira",
    "webhook": "Webhook",
}

MESSAGES = {
    NotifyReason.FIRST: "the page",
    NotifyReason.NEW_ALERTS: "the news of more alerts",
    NotifyReason.REPEAT: "the reminder",
    NotifyReason.ESCALATED: "the escalation",
    NotifyReason.ACKNOWLEDGED: "the acknowledgement",
    NotifyReason.RESOLVED: "the all-clear",
    NotifyReason.FLAPPING: "the word that it comes and goes",
    NotifyReason.CALM: "the word that it is calm",
    NotifyReason.SIGN_OF_LIFE: "the sign of life",
}

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def sentence(alert: Alert) -> str:
    """What one alert says: its summary, else its severity and labels."""
    summary = alert.annotations.get("summary", "").strip()
    if summary:
        return summary
    return f"{alert.severity.capitalize()}: {written(alert.labels) or 'no labels'}"


def title(alerts: Iterable[Alert]) -> str:
    """What several alerts say together: the worst one's sentence, and how many more there are."""
    said = list(alerts)
    if not said:
        return "Nothing is firing"
    worst = said[0]
    for alert in said[1:]:
        if _is_worse(alert, worst):
            worst = alert
    return title_of(worst, len(said) - 1)


def _is_worse(one: Alert, other: Alert) -> bool:
    if one.severity is not other.severity:
        return one.severity.rank > other.severity.rank
    return one.starts_at < other.starts_at


def title_of(worst: Alert, more: int) -> str:
    """The sentence of one alert, and how many more there are."""
    return sentence(worst) + (f" (and {more} more)" if more else "")


def channel(name: str) -> str:
    """A channel's name as people write it.

    >>> channel("pagerduty"), channel("ops-slack")
    ('PagerDuty', 'ops-slack')
    """
    return CHANNELS.get(name, name)


def whom(delivery: Delivery) -> str:
    """The person, or the address where no person is known."""
    return delivery.user or delivery.contact.address


def accepted(delivery: Delivery) -> str:
    """That a provider took a message: `PagerDuty accepted the page for ana`."""
    message = MESSAGES[delivery.reason]
    return f"{channel(delivery.contact.channel)} accepted {message} for {whom(delivery)}"


def failed(delivery: Delivery, detail: str) -> str:
    """That a provider did not take a message, and why."""
    message = MESSAGES[delivery.reason]
    text = f"{channel(delivery.contact.channel)} did not take {message} for {whom(delivery)}"
    return f"{text}: {detail}" if detail else text


def listed(deliveries: Iterable[Delivery]) -> str:
    """Contacts in a sentence: `ana (PagerDuty), #ops (Slack)`."""
    return ", ".join(f"{whom(d)} ({channel(d.contact.channel)})" for d in deliveries)


def named(incident: Incident) -> str:
    """Its title, where a digest stands beside the incidents that it is about."""
    digest = f"Digest for {incident.digest_for}: " if incident.digest_for else ""
    return f"{digest}{incident.title}"


def lasting(span: timedelta) -> str:
    """A span in words.

    >>> lasting(timedelta(minutes=90)), lasting(timedelta(seconds=30))
    ('1 h 30 min', '30 s')
    """
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return " ".join(parts[:2]) or "0 s"


def say(duration: timedelta) -> str:
    """A span as it is written in YAML.

    >>> say(timedelta(hours=1, minutes=30))
    '1h30m'
    """
    left, text = round(duration.total_seconds() * 1000), ""
    for unit, size in _UNITS_MS.items():
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "alert"), counted(1200, "alert")
    ('1 alert', '1,200 alerts')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def second(at: datetime) -> str:
    """An instant to the second.

    >>> second(datetime(2026, 11, 27, 15, 5, 59, tzinfo=UTC))
    '2026-11-27 15:05:59 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def instant(at: datetime) -> str:
    """An instant in a sentence, to the minute.

    >>> instant(datetime(2026, 11, 27, 15, 5, 59, tzinfo=UTC))
    '2026-11-27 15:05 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
