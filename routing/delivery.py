"""Deliveries: wishes to tell a contact, and what their receipts come to.

A contact has one delivery an incident, and it follows the newest message. A failed page is retried
with exponential backoff, at least as late as the provider asks; what was never said is said by the
newer message, so a retry is dropped when something newer is wished. A resolve is retried until the
incident is forgotten, because it always follows a page that was delivered. What comes back for the
provider's limit alone uses no attempt up.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from routing import wording
from routing.digest import digest
from routing.directory import Addressee
from routing.group import SHORTEST, Group
from routing.incident import Delivery, Incident, IncidentState, Moment, NotifyReason
from routing.lifecycle import note
from routing.notification import Notification
from routing.policy import Contact, RetryPlan
from routing.receipt import DeliveryStatus, Receipt
from routing.turn import Turn

TICK_LASTS = timedelta(seconds=10)  # so long a tick of Alertmanager's may take at least
TICK_WAIT = timedelta(milliseconds=500)  # then half as much again each time
_LONGEST_WANTED = timedelta(days=1)


def tell(
    turn: Turn,
    group: Group,
    addressees: Iterable[Addressee],
    reason: NotifyReason,
    *,
    level: int | None = None,
) -> None:
    """Wish that each addressee be told; `level` is theirs from now on, where it is given."""
    heard = tuple(sorted(turn.audible(group)))
    for addressee in addressees:
        old = delivery_to(group.incident, addressee.contact)
        new = Delivery(
            contact=addressee.contact,
            user=addressee.user or (old.user if old else ""),
            reason=reason,
            notification_id="",
            sent_at=old.sent_at if old else None,
            handle=old.handle if old else {},
            firing=heard,
            sequence=old.sequence + 1 if old else 0,
            asked_at=turn.now,
            level=level if level is not None else (old.level if old else 0),
            is_released=level is None and old is not None and old.is_released,
            is_late=old is not None and old.lacks_page,
        )
        new = replace(new, notification_id=base_id(group.incident, new))
        if turn.pages.holds(group.incident, new, turn.now):
            _hold(turn, group, new)
        else:
            wish(turn, group, new)


def wish(turn: Turn, group: Group, delivery: Delivery) -> None:
    """Hand a message to the outbox at the end of the turn."""
    put(group, delivery)
    turn.wished[delivery.contact] = None
    text = f"Telling {wording.listed([delivery])}: {wording.MESSAGES[delivery.reason]}."
    turn.explain(group.incident, delivery.reason.value, text, contact=delivery.contact)


def _hold(turn: Turn, group: Group, delivery: Delivery) -> None:
    """Leave a message to the digest."""
    put(group, replace(delivery, is_held=True))
    turn.wished.pop(delivery.contact, None)
    why = turn.pages.text(delivery.user)
    text = f"{wording.MESSAGES[delivery.reason].capitalize()} waits for a digest: {why}"
    _note(turn, group, delivery, "over_budget", text)


def retry_due(turn: Turn, group: Group) -> None:
    """Wish again what failed and is due; the message tells how things stand now."""
    for old in group.incident.deliveries:
        if old.retry_at is None or old.retry_at > turn.now:
            continue
        attempt = old.attempt + 1
        is_over = group.incident.state is IncidentState.RESOLVED
        heard = () if is_over else tuple(sorted(turn.audible(group)))
        again = replace(
            old,
            notification_id=f"{base_id(group.incident, old)}#{attempt}",
            status=DeliveryStatus.PENDING,
            attempt=attempt,
            firing=heard or old.firing,
            retry_at=None,
            asked_at=turn.now,
        )
        wish(turn, group, again)


def take(turn: Turn, group: Group, receipt: Receipt) -> Delivery | None:
    """Note a receipt. Returns the delivery that has just proved undeliverable, else None."""
    delivery = delivery_to(group.incident, receipt.contact)
    if delivery is None:
        text = f"Nothing was sent to {receipt.contact.address!r}; its receipt is ignored."
        turn.explain(group.incident, "unknown_delivery", text)
        return None
    if receipt.notification_id != delivery.notification_id:
        _earlier(turn, group, delivery, receipt)
        return None
    if receipt.status is DeliveryStatus.SENT:
        _sent(turn, group, delivery, receipt)
    elif delivery.status is DeliveryStatus.PENDING is not receipt.status:
        return _not_sent(turn, group, delivery, receipt)
    return None


def notification(turn: Turn, incident: Incident, contact: Contact) -> Notification:
    """The notification of the newest message to a contact, with the incident as it stands."""
    delivery = next(d for d in incident.deliveries if d.contact == contact)
    site = turn.directory.policy.console_url.rstrip("/")
    return Notification(
        id=delivery.notification_id,
        incident=incident,
        contact=contact,
        reason=delivery.reason,
        attempt=delivery.attempt,
        sequence=delivery.sequence,
        handle=delivery.handle,
        url=f"{site}/incident/{incident.id}" if site else "",
    )


def wait_before(plan: RetryPlan, attempt: int, wanted: timedelta | None = None) -> timedelta:
    """The wait after a failed attempt: doubled each time up to the longest, or what was wanted.

    No more than a day is wanted: an answer beyond all dates would stop the engine, at each start.

    >>> plan = RetryPlan(first_wait=timedelta(seconds=5), longest_wait=timedelta(seconds=30))
    >>> [wait_before(plan, attempt).seconds for attempt in (1, 2, 3, 4, 99)]
    [5, 10, 20, 30, 30]
    >>> wait_before(plan, 1, timedelta(seconds=60)).seconds
    60
    >>> wait_before(plan, 1, timedelta.max).days
    1
    """
    backoff = min(plan.first_wait * (1 << min(attempt - 1, 20)), plan.longest_wait)
    return max(backoff, min(wanted or timedelta(0), _LONGEST_WANTED))


def time_left(group: Group, attempt: int, now: datetime) -> timedelta | None:
    """Alertmanager's wait before another attempt; None where the tick would take too long."""
    wait = TICK_WAIT * 1.5 ** min(attempt - 1, 20)
    interval = max(group.route.group_interval, SHORTEST)
    begun = group.flushed_at or now
    return wait if now + wait < begun + max(interval, TICK_LASTS) else None


def base_id(incident: Incident, delivery: Delivery) -> str:
    """The id of a message: the same for the same decision, whenever it is replayed."""
    contact = delivery.contact
    sequence = str(delivery.sequence)
    return digest(
        incident.id, contact.channel, contact.address, sequence, delivery.reason.value, chars=20
    )


def delivery_to(incident: Incident, contact: Contact) -> Delivery | None:
    """The talk with one contact, where there is any."""
    return next((d for d in incident.deliveries if d.contact == contact), None)


def put(group: Group, delivery: Delivery) -> None:
    """Put a delivery in the place of the older one to the same contact, else at the end."""
    deliveries = {d.contact: d for d in group.incident.deliveries}
    deliveries[delivery.contact] = delivery
    group.change(deliveries=tuple(deliveries.values()))


def _sent(turn: Turn, group: Group, delivery: Delivery, receipt: Receipt) -> None:
    if delivery.status is DeliveryStatus.SENT:
        return
    sent = replace(
        delivery,
        status=DeliveryStatus.SENT,
        sent_at=turn.now,
        handle={**delivery.handle, **receipt.handle},
        detail=receipt.detail,
        retry_at=None,
        is_late=False,
    )
    put(group, sent)
    _note(turn, group, sent, "told", wording.accepted(sent))
    _tell_of_the_end(turn, group, sent)


def _earlier(turn: Turn, group: Group, delivery: Delivery, receipt: Receipt) -> None:
    """A receipt for an older message: only that it was sent, and its handle, still matter."""
    handle = {**delivery.handle, **receipt.handle}
    if receipt.status is not DeliveryStatus.SENT:
        return
    if delivery.sent_at is not None and handle == delivery.handle:
        put(group, replace(delivery, is_late=False))
        return
    sent_at = delivery.sent_at or turn.now
    reached = replace(delivery, handle=handle, sent_at=sent_at, is_late=False)
    put(group, reached)
    via = wording.channel(delivery.contact.channel)
    text = f"{via} accepted an earlier message for {wording.whom(delivery)}"
    _note(turn, group, reached, "told", text)
    _tell_of_the_end(turn, group, reached)


def _tell_of_the_end(turn: Turn, group: Group, delivery: Delivery) -> None:
    """A page that turns out delivered after all is followed by its resolve."""
    if turn.compat is not None:
        return
    is_over = group.incident.state is IncidentState.RESOLVED
    if is_over and delivery.reason is not NotifyReason.RESOLVED:
        tell(turn, group, [Addressee(delivery.contact)], NotifyReason.RESOLVED)


def _not_sent(turn: Turn, group: Group, delivery: Delivery, receipt: Receipt) -> Delivery | None:
    plan = turn.directory.policy.retry
    used = delivery.attempt - delivery.limited
    wait = wait_before(plan, used, receipt.retry_after)
    is_temporary = receipt.status is DeliveryStatus.FAILED_TEMPORARY
    is_last = is_temporary and not receipt.is_limited and used >= plan.attempts
    is_end = delivery.reason is NotifyReason.RESOLVED
    goes_on = is_temporary and (is_end or not (is_last or delivery.is_released))
    if turn.compat is not None:
        within_tick = time_left(group, delivery.attempt, turn.now)
        goes_on = is_temporary and within_tick is not None
        wait = within_tick or wait
    new = replace(
        delivery,
        status=receipt.status,
        detail=receipt.detail,
        retry_at=turn.now + wait if goes_on else None,
        limited=delivery.limited + receipt.is_limited,
    )
    put(group, new)
    if receipt.status is DeliveryStatus.SUPERSEDED:
        text = f"{wording.MESSAGES[new.reason].capitalize()} was not sent: a newer message says it."
        turn.explain(group.incident, "superseded", text, contact=new.contact)
        return None
    text = wording.failed(new, receipt.detail)
    if goes_on and receipt.is_limited and delivery.limited:
        return None  # its history says so once
    if goes_on and not (is_last and used == plan.attempts):
        seconds = f"{wait.total_seconds():g} s"
        _note(turn, group, new, "delayed", f"{text}; attempt {new.attempt + 1} in {seconds}")
        return None
    _note(turn, group, new, "undeliverable", text)
    return new


def _note(turn: Turn, group: Group, delivery: Delivery, kind: str, text: str) -> None:
    moment = Moment(at=turn.now, kind=kind, text=text, contact=delivery.contact)
    group.incident = note(group.incident, moment)
    reason = "delivered" if kind == "told" else kind
    turn.explain(group.incident, reason, f"{text}.", contact=delivery.contact)
