"""States and instants in the words people read; numbers are worded as on the other channels."""

from datetime import UTC, datetime, timedelta

from routing.channels.text import duration
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus

STATUS_WORDS = {
    DeliveryStatus.PENDING: "being sent",
    DeliveryStatus.SENT: "taken by the provider",
    DeliveryStatus.FAILED_TEMPORARY: "failed, will be tried again",
    DeliveryStatus.FAILED_PERMANENT: "failed for good",
    DeliveryStatus.SUPERSEDED: "replaced by a newer message",
}
REASON_WORDS = {
    NotifyReason.FIRST: "it opened",
    NotifyReason.NEW_ALERTS: "new alerts joined",
    NotifyReason.REPEAT: "reminder",
    NotifyReason.ESCALATED: "it was escalated",
    NotifyReason.ACKNOWLEDGED: "it was acknowledged",
    NotifyReason.RESOLVED: "it was resolved",
    NotifyReason.FLAPPING: "it comes and goes",
    NotifyReason.CALM: "it is calm again",
    NotifyReason.SIGN_OF_LIFE: "a sign of life",
}


def exact(at: datetime) -> str:
    """An instant to the second, in UTC.

    >>> exact(datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC))
    '1 March 04:05:06 UTC'
    """
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %H:%M:%S} UTC"


def machine(at: datetime) -> str:
    """An instant as the `datetime` attribute of a time element.

    >>> machine(datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC))
    '2026-03-01T04:05:06Z'
    """
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def counted(count: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "alert"), counted(1200, "alert")
    ('1 alert', '1,200 alerts')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def age(seconds: float) -> str:
    """An age in its two largest units.

    >>> age(75.4)
    '1 min 15 s'
    """
    return duration(timedelta(seconds=seconds))


def capitalize_first(text: str) -> str:
    """The text with a capital at its start and the rest as it is.

    >>> capitalize_first("told: Ana (slack)")
    'Told: Ana (slack)'
    """
    return text[:1].upper() + text[1:]
