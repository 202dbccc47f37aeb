"""Planned: what a person's own rules say later, unless somebody takes the incident before."""

from datetime import datetime

from msgspec import Struct

from routing.incident import NotifyReason
from routing.policy import Contact, OnlyIf


class Planned(Struct, frozen=True, kw_only=True):
    """A contact to be told at `at`; None while everything is muted, until it no longer is."""

    contact: Contact
    user: str
    level: int
    reason: NotifyReason
    at: datetime | None
    only_if: OnlyIf | None = None
