"""An incident: everything of one group key from first firing to resolution."""

import enum
from datetime import datetime

from msgspec import Struct, field

from routing.alert import Alert, Severity
from routing.policy import Contact, EscalationPolicy
from routing.receipt import DeliveryStatus


class NotifyReason(enum.StrEnum):
    """Why a notification is sent."""

    FIRST = "first"
    NEW_ALERTS = "new_alerts"
    REPEAT = "repeat"
    ESCALATED = "escalated"
    FLAPPING = "flapping"
    CALM = "calm"
    SIGN_OF_LIFE = "sign_of_life"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


CALLS = frozenset(
    {NotifyReason.FIRST, NotifyReason.NEW_ALERTS, NotifyReason.REPEAT, NotifyReason.ESCALATED}
)
"""What says that somebody is needed. All else is a word about what people were told before."""


class IncidentState(enum.StrEnum):
    """Open until somebody acknowledges it or it is resolved."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Moment(Struct, frozen=True, kw_only=True, gc=False):
    """One line of the timeline. `kind` is a word for machines, `text` a sentence for people."""

    at: datetime
    kind: str
    text: str
    contact: Contact | None = None
    by: str = ""


class Delivery(Struct, frozen=True, kw_only=True, gc=False):
    """How the talk with one contact about this incident stands.

    It follows the newest message; `sequence` counts the messages before it, `asked_at` is when the
    engine wished it, `level` the escalation level it belongs to (0 for the route's receiver).
    `sent_at` and `handle` stay from any earlier message that was sent. A temporary failure
    without `retry_at` was given up; `limited` attempts do not count, for nothing failed but the
    provider's patience. A released contact hears only of the end: the incident was given to others.
    `is_late`: a page before the newest message was not sent by then.
    """

    contact: Contact
    user: str = ""
    reason: NotifyReason
    notification_id: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempt: int = 1
    sent_at: datetime | None = None
    handle: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    firing: tuple[str, ...] = ()  # fingerprints this contact was told are firing
    ended: tuple[str, ...] = ()  # and those that ended, where `routing/compat.py` tells of them
    retry_at: datetime | None = None
    sequence: int = 0
    asked_at: datetime | None = None
    level: int = 0
    is_released: bool = False
    is_held: bool = False
    is_late: bool = False
    limited: int = 0

    @property
    def lacks_page(self) -> bool:
        """True when the contact has not got what says that somebody is needed."""
        if self.status is DeliveryStatus.SENT:
            return False
        return self.reason in CALLS or self.is_late or self.sent_at is None

    @property
    def is_told(self) -> bool:
        """True when the contact got something, or still may."""
        if self.sent_at is not None or self.retry_at is not None:
            return True
        failed = (DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT)
        return self.status not in failed and not self.is_held

    @property
    def is_unreachable(self) -> bool:
        """True when nothing ever reached the contact and nothing will."""
        return self.status is DeliveryStatus.FAILED_PERMANENT and self.sent_at is None

    @property
    def is_given_up(self) -> bool:
        """True when the newest message failed as often as it may."""
        return self.status is DeliveryStatus.FAILED_TEMPORARY and self.retry_at is None

    @property
    def is_ended(self) -> bool:
        """True when nothing more is expected of the newest message."""
        is_pending = self.status is DeliveryStatus.PENDING and not self.is_held
        return not is_pending and self.retry_at is None


class Incident(Struct, frozen=True, kw_only=True, gc=False):
    """An incident as engine state, as the record in `tocsin.incidents`, and as channels see it.

    `alerts` maps fingerprint to the newest form of each alert, ended ones included until the
    incident is resolved; those in `flapping` come and go, and are held firing. `level` is the
    escalation level reached, 0 before the first. What is acknowledged is open again at
    `reopens_at`, if it has one: it was snoozed, or the acknowledgement expires. `reopened_at` and
    `reassigned_at` are when that happened last. In a digest `digest_for` is the person, and in a
    message of a large incident `left_out` counts firing alerts that are not among `alerts`.
    """

    id: str
    group_key: str
    route: str
    receiver: str
    group_labels: dict[str, str]
    route_labels: dict[str, str] = field(default_factory=dict)
    state: IncidentState = IncidentState.OPEN
    severity: Severity
    title: str
    opened_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    alerts: dict[str, Alert]
    escalation: EscalationPolicy | None = None
    level: int = 0
    round: int = 0
    escalate_at: datetime | None = None
    reopens_at: datetime | None = None
    is_snoozed: bool = False
    reopened_at: datetime | None = None
    reassigned_to: str = ""
    reassigned_at: datetime | None = None
    deliveries: tuple[Delivery, ...] = ()
    timeline: tuple[Moment, ...] = ()
    version: int = 1
    flapping: tuple[str, ...] = ()
    digest_for: str = ""
    left_out: int = 0

    @property
    def firing_count(self) -> int:
        """How many alerts have not ended, those that are left out of a message among them."""
        return len(self.firing) + self.left_out

    @property
    def firing(self) -> tuple[Alert, ...]:
        """The alerts that have not ended."""
        return tuple(alert for alert in self.alerts.values() if alert.is_firing)
