"""The story of an incident: who was told, and what happened when."""

from datetime import datetime

from msgspec import Struct

from console.words import REASON_WORDS, STATUS_WORDS
from routing.channels.text import clean
from routing.incident import Delivery, Incident, Moment
from routing.policy import Contact, Policy
from routing.receipt import DeliveryStatus
from routing.why import why

FAILED = (DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT)


class Told(Struct, frozen=True, kw_only=True):
    """One contact and how the talk with it stands."""

    who: str
    how: str
    why: str
    status: str
    is_failed: bool
    attempt: int
    sent_at: datetime | None
    retry_at: datetime | None
    detail: str


class Untold(Struct, frozen=True, kw_only=True):
    """Somebody whom the route or its escalation policy names, and why they were not told."""

    who: str
    why: str


class Line(Struct, frozen=True, kw_only=True):
    """One line of the timeline."""

    at: datetime
    kind: str
    text: str
    who: str


def told(incident: Incident) -> tuple[Told, ...]:
    """Every contact that was, or was to be, told."""
    return tuple(_told(delivery) for delivery in incident.deliveries)


def untold(incident: Incident, policy: Policy | None) -> tuple[Untold, ...]:
    """Those who are meant and were not told, as far as the incident itself says why.

    `tocsin why` also reads the decisions, which the console does not keep.
    """
    answers = why(policy, incident, ()).answers if policy is not None else ()
    return tuple(
        Untold(who=clean(one.name, 80), why=clean(one.text, 500))
        for one in answers
        if one.is_meant and not one.is_told
    )


def timeline(incident: Incident) -> list[Line]:
    """What happened, the newest first."""
    moments = sorted(incident.timeline, key=lambda moment: moment.at)
    return [_line(moment) for moment in reversed(moments)]


def _line(moment: Moment) -> Line:
    by = clean(moment.by, 80)
    contact = _address(moment.contact) if moment.contact else ""
    text = clean(moment.text, 500)
    who = ", ".join(part for part in (contact, by) if part and part not in text)
    return Line(at=moment.at, kind=clean(moment.kind, 40), text=text, who=who)


def _told(delivery: Delivery) -> Told:
    retries = delivery.status is DeliveryStatus.FAILED_TEMPORARY
    return Told(
        who=clean(delivery.user, 80),
        how=_address(delivery.contact),
        why=REASON_WORDS[delivery.reason],
        status=STATUS_WORDS[delivery.status],
        is_failed=delivery.status in FAILED,
        attempt=delivery.attempt,
        sent_at=delivery.sent_at,
        retry_at=delivery.retry_at if retries else None,
        detail=clean(delivery.detail, 300),
    )


def _address(contact: Contact) -> str:
    return f"{clean(contact.channel, 40)} {clean(contact.address, 100)}"
