"""Receipts: what became of a notification."""

import enum
from datetime import timedelta

from msgspec import Struct, field

from routing.policy import Contact


class DeliveryStatus(enum.StrEnum):
    """States of a delivery.

    - `PENDING`: handed to the outbox, no answer yet;
    - `SENT`: the provider took it, which is all that any of them says of a message; that a person
      has seen it is known when they answer, and then the incident says so;
    - `FAILED_TEMPORARY`: worth another attempt (network, 429, 5xx, greylisting);
    - `FAILED_PERMANENT`: will never work as it is (bad token, unknown address, refused content);
    - `SUPERSEDED`: not sent because a newer notification to the same contact replaced it.
    """

    PENDING = "pending"
    SENT = "sent"
    FAILED_TEMPORARY = "failed_temporary"
    FAILED_PERMANENT = "failed_permanent"
    SUPERSEDED = "superseded"


class Receipt(Struct, frozen=True, kw_only=True):
    """What one attempt came to.

    `handle` is how the provider calls the thing we made (Slack channel and ts, Jira key, mail
    thread root); the engine hands it back with the next notification to the same contact.
    `retry_after` is the provider's own wish. `is_limited`: it failed for the moment only since more
    was sent than the provider takes in a time, which uses no attempt up. `detail` never holds a
    secret.
    """

    notification_id: str
    incident_id: str
    contact: Contact
    status: DeliveryStatus
    attempt: int = 1
    detail: str = ""
    handle: dict[str, str] = field(default_factory=dict)
    retry_after: timedelta | None = None
    is_limited: bool = False
