"""Beats: what is remembered of heartbeats that come in, of signs of life and tests that go out."""

from datetime import datetime, timedelta

from msgspec import Struct, field

from routing.alert import Alert
from routing.policy import Contact


class Beat(Struct, frozen=True):
    """When a heartbeat has to come at the latest, and the alert that fires since it did not.

    It is awaited `every` so often; old records do not say.
    """

    due_at: datetime
    alert: Alert | None = None
    every: timedelta | None = None


class Life(Struct):
    """How many signs were sent, when the next is due, and the alerts about those not taken."""

    number: int = 0
    due_at: datetime | None = None
    alerts: dict[str, Alert] = field(default_factory=dict)


class Try(Struct, frozen=True, kw_only=True):
    """How the newest canary to one address stands.

    It has to be sent before `deadline`, and is noticed at `late_at` where it is still awaited.
    `attempt` counts those of the message that is on its way: the first, or, once that was sent, the
    one that closes it. `is_over` when neither is awaited any more. `alert` fires since one was not
    sent.
    """

    contact: Contact
    number: int
    begun_at: datetime
    deadline: datetime
    late_at: datetime | None = None
    attempt: int = 1
    retry_at: datetime | None = None
    sent_at: datetime | None = None
    handle: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    alert: Alert | None = None
    is_over: bool = False


class Canary(Struct):
    """How many canaries there were, when the next is due, and how each address stands.

    `older` are those that a newer one has followed before they were over.
    """

    number: int = 0
    due_at: datetime | None = None
    tries: dict[str, Try] = field(default_factory=dict)
    older: dict[str, Try] = field(default_factory=dict)
