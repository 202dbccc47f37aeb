"""Receipts that we write ourselves: of what is on its way, put off, or without a turn."""

import asyncio
from datetime import timedelta

import msgspec

from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt
from streams.lane import PutOff
from streams.turns import WAITS_S, Verdict


def as_put_off(notification: Notification, why: PutOff) -> Receipt:
    """The receipt of what comes again later, since its channel has no room for it now."""
    receipt = notification.receipt(DeliveryStatus.FAILED_TEMPORARY, why.detail)
    return msgspec.structs.replace(receipt, retry_after=why.retry_after, is_limited=why.is_limited)


def without_a_turn(notification: Notification, verdict: Verdict) -> Receipt | None:
    """The receipt of what is not sent now; None for what has its turn.

    Raises `CancelledError` for what is at hand once more: that is not committed.
    """
    if verdict is Verdict.TWIN:
        raise asyncio.CancelledError
    if verdict is Verdict.SUPERSEDED:
        detail = "a newer message says it"
        return notification.receipt(DeliveryStatus.SUPERSEDED, detail)
    if verdict is Verdict.LATE:
        name = notification.contact.channel
        detail = f"{name} takes no more so fast: it has waited {WAITS_S:.0f} s for its turn"
        return as_put_off(notification, PutOff(detail, timedelta(seconds=1), is_limited=True))
    return None
