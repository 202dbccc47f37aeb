"""Beats: what is remembered of heartbeats that come in, and of the signs of life that go out."""

from datetime import datetime, timedelta

from msgspec import Struct, field

from routing.alert import Alert


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
