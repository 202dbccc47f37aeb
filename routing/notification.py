"""A notification: one message to one contact by one channel."""

from msgspec import Struct, field

from routing.incident import Incident, NotifyReason
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt

SIGN_OF_LIFE, CANARY = "sign-of-life", "canary"
"""Group keys of what is told of no incident: that Tocsin is alive, and that the way is open."""


class Notification(Struct, frozen=True, kw_only=True):
    """A wish to tell one contact about one incident, as it stood when the wish was made.

    `id` is stable: the same decision replayed gives the same id, by which a repeat is recognised.
    That of a later attempt ends with `#` and its number.
    `sequence` counts the messages to this contact about this incident from 0. `handle` is what the
    provider answered to the earlier ones. `url` opens the incident in the console, or is empty.
    """

    id: str
    incident: Incident
    contact: Contact
    reason: NotifyReason
    attempt: int = 1
    sequence: int = 0
    handle: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def is_test(self) -> bool:
        """True where it tells of no incident: a sign of life, or a canary."""
        return self.incident.group_key in (SIGN_OF_LIFE, CANARY)

    @property
    def said(self) -> str:
        """The id of what is said: of each attempt the same, while `id` is that of the attempt."""
        return self.id.partition("#")[0]

    def receipt(
        self, status: DeliveryStatus, detail: str = "", *, handle: dict[str, str] | None = None
    ) -> Receipt:
        """What became of it; `handle` stays as it is where nothing newer is known."""
        return Receipt(
            notification_id=self.id,
            incident_id=self.incident.id,
            contact=self.contact,
            status=status,
            attempt=self.attempt,
            detail=detail,
            handle=self.handle if handle is None else handle,
        )
