"""Canary: a test that goes the way of pages again and again, and an alarm when it does not arrive.

Each address of its receiver gets one message that says it is a test, like the first about an
incident, and when that was sent a second one, which closes what the first has opened. What fails
for the moment is tried again: the first within its time, the second until it is sent, also when
newer canaries have begun. Where none was sent within the time an alert of ours fires,
`TocsinCanary`, until one is. That a provider took a message is what a receipt can say; whether
somebody reads it is not. Where nothing ran for longer than that time, one is sent instead of all
that were missed; and one that begins late has all of its time. The functions return the alerts
that begin or end.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.beat import Try
from routing.board import Board
from routing.delivery import wait_before
from routing.digest import digest
from routing.effect import Notify
from routing.fingerprint import fingerprint
from routing.incident import Incident, IncidentState, NotifyReason
from routing.notification import CANARY, Notification
from routing.oncall.wall import instant, wall_of
from routing.policy import CanaryPlan, Contact
from routing.receipt import DeliveryStatus, Receipt
from routing.wording import lasting
from routing.zones import zone_of

TITLE = "TEST: nothing is wrong, this only tries the way to you"
PROMPT = timedelta(minutes=1)
"""One that begins later than this after it was due has its time from then on."""
KEPT = 100
"""Older ones whose end is still owed; beyond that the oldest are let go."""
ADVICE = "If you can read this, pages reach you here. Nothing has to be done."


def arm(board: Board, now: datetime) -> list[Alert]:
    """Wait for the next one when the policy has it; what it has no more is not tried any more."""
    plan, canary = board.state.policy.canary, board.state.canary
    contacts = _contacts(board)
    known = {_key(contact) for contact in contacts}
    gone = [canary.tries.pop(key) for key in list(canary.tries) if key not in known]
    for one in gone:
        _follow(board, one)
    canary.due_at = None if plan is None else _first(plan, canary.due_at, now)
    return [replace(one.alert, ends_at=now) for one in gone if one.alert is not None]


def next_due(board: Board) -> datetime | None:
    """When something of it is due next."""
    canary = board.state.canary
    tries = (*canary.tries.values(), *canary.older.values())
    dues = [due for one in tries for due in (one.retry_at, one.late_at)]
    return min((due for due in (canary.due_at, *dues) if due is not None), default=None)


def run(board: Board, due: datetime) -> list[Alert]:
    """Carry out what is due at an instant."""
    plan, canary = board.state.policy.canary, board.state.canary
    for place in sorted(canary.older):
        canary.older[place] = _retry(board, canary.older[place], due)
    found = [alert for key in sorted(canary.tries) for alert in _run(board, key, due)]
    if plan is not None and canary.due_at == due:
        begins = _begins(plan, due, board.state.at or due)
        canary.due_at = following(plan, begins)
        canary.number += 1
        for contact in _contacts(board):
            _begin(board, plan, contact, begins)
    return found


def take(board: Board, receipt: Receipt, now: datetime) -> list[Alert]:
    """Note what became of a message; that of an older canary only matters for its end."""
    key, tries = _key(receipt.contact), board.state.canary.tries
    old = tries.get(key)
    if old is None or receipt.notification_id != _id(old):
        _take_older(board, receipt, now)
        return []
    one = tries[key] = _told(board, old, receipt, now)
    if one.sent_at is not None and old.alert is not None:
        tries[key] = replace(one, alert=None)
        return [replace(old.alert, ends_at=now)]
    is_lost = receipt.status is DeliveryStatus.FAILED_PERMANENT and one.sent_at is None
    return _late(board, key, now) if is_lost else []


def following(plan: CanaryPlan, after: datetime) -> datetime:
    """When the next one is due.

    >>> from datetime import UTC, time
    >>> plan = CanaryPlan(receiver="r", at=time(9), time_zone="Europe/Vienna")
    >>> following(plan, datetime(2026, 3, 28, 8, tzinfo=UTC)).isoformat()
    '2026-03-29T07:00:00+00:00'
    """
    if plan.at is None:
        return after + plan.every
    zone = zone_of(plan.time_zone)
    day = wall_of(after, zone).date()
    days = (instant(datetime.combine(day + timedelta(n), plan.at), zone) for n in range(3))
    return next(due for due in days if due > after)


def _first(plan: CanaryPlan, planned: datetime | None, now: datetime) -> datetime:
    """The next as planned, unless the policy wants it sooner; a new one is due at once."""
    if plan.at is not None:
        return following(plan, now)
    return now if planned is None else min(planned, now + plan.every)


def _begins(plan: CanaryPlan, due: datetime, now: datetime) -> datetime:
    """Those missed while nothing ran are one, now: being away is no fault of the channel."""
    return now if now - due >= plan.within else due


def _contacts(board: Board) -> list[Contact]:
    plan = board.state.policy.canary
    if plan is None:
        return []
    return [one.contact for one in board.directory.receiver(plan.receiver).addressees]


def _begin(board: Board, plan: CanaryPlan, contact: Contact, due: datetime) -> None:
    old = board.state.canary.tries.get(_key(contact))
    now = board.state.at or due
    deadline = plan.within + (now if now - due > PROMPT else due)
    one = Try(
        contact=contact,
        number=board.state.canary.number,
        begun_at=due,
        deadline=deadline,
        late_at=deadline,
        alert=old.alert if old else None,
    )
    if old is not None:
        _follow(board, old)
    board.state.canary.tries[_key(contact)] = one
    _tell(board, one, due)


def _follow(board: Board, one: Try) -> None:
    """Let a newer one take the place of one; what that is still to close stays owed."""
    older = board.state.canary.older
    if not one.is_over:
        older[_place(one.contact, _incident(one))] = replace(one, alert=None, late_at=None)
    for place in list(older)[: max(0, len(older) - KEPT)]:
        del older[place]


def _take_older(board: Board, receipt: Receipt, now: datetime) -> None:
    older, place = board.state.canary.older, _place(receipt.contact, receipt.incident_id)
    one = older.get(place)
    if one is None or receipt.notification_id != _id(one):
        return
    older[place] = _told(board, one, receipt, now)
    if older[place].is_over:
        del older[place]


def _run(board: Board, key: str, due: datetime) -> Iterator[Alert]:
    one = board.state.canary.tries[key]
    board.state.canary.tries[key] = _retry(board, one, due)
    if one.late_at == due:
        yield from _late(board, key, due)


def _retry(board: Board, one: Try, due: datetime) -> Try:
    if one.retry_at != due:
        return one
    again = replace(one, retry_at=None, attempt=one.attempt + 1)
    _tell(board, again, due)
    return again


def _told(board: Board, one: Try, receipt: Receipt, now: datetime) -> Try:
    """The first message was sent: tell the end. The end was: nothing more to do."""
    if receipt.status is not DeliveryStatus.SENT:
        return _not_told(board, one, receipt, now)
    told = replace(one, handle=receipt.handle, detail="", retry_at=None, late_at=None)
    if one.sent_at is not None:
        return replace(told, is_over=True)
    told = replace(told, sent_at=now, attempt=1)
    _tell(board, told, now)
    return told


def _not_told(board: Board, one: Try, receipt: Receipt, now: datetime) -> Try:
    again = now + wait_before(board.state.policy.retry, one.attempt, receipt.retry_after)
    is_owed = one.sent_at is not None or again < one.deadline
    may_again = receipt.status is DeliveryStatus.FAILED_TEMPORARY and is_owed
    retry_at = again if may_again else None
    return replace(one, detail=receipt.detail, retry_at=retry_at, is_over=not may_again)


def _late(board: Board, key: str, now: datetime) -> list[Alert]:
    one = board.state.canary.tries[key]
    if one.alert is not None:
        board.state.canary.tries[key] = replace(one, late_at=None)
        return []
    alert = _alert(one, now)
    board.state.canary.tries[key] = replace(one, late_at=None, alert=alert)
    return [alert]


def _tell(board: Board, one: Try, now: datetime) -> None:
    site = board.state.policy.console_url
    is_over = one.sent_at is not None
    alert = Alert(
        labels={"alertname": "TocsinCanaryTest"},
        severity=Severity.INFO,
        starts_at=one.begun_at,
        ends_at=now if is_over else None,
        annotations={"summary": TITLE, "description": ADVICE},
    )
    incident = Incident(
        id=_incident(one),
        group_key=CANARY,
        route="",
        receiver="",
        group_labels=dict(alert.labels),
        severity=alert.severity,
        title=TITLE,
        opened_at=one.begun_at,
        alerts={fingerprint(alert.labels): alert},
        state=IncidentState.RESOLVED if is_over else IncidentState.OPEN,
        resolved_at=now if is_over else None,
    )
    told = Notification(
        id=_id(one),
        incident=incident,
        contact=one.contact,
        reason=NotifyReason.RESOLVED if is_over else NotifyReason.FIRST,
        attempt=one.attempt,
        sequence=1 if is_over else 0,
        handle=one.handle,
        url=site,
    )
    board.effects.append(Notify(told))


def _alert(one: Try, now: datetime) -> Alert:
    where = f"{one.contact.address} ({one.contact.channel})"
    said = f": {one.detail}" if one.detail else ""
    wait = lasting(now - one.begun_at) if now > one.begun_at else ""
    within = f" within {wait}" if wait else ""
    return Alert(
        labels={
            "alertname": "TocsinCanary",
            "channel": one.contact.channel,
            "address": one.contact.address,
            "service": "tocsin",
        },
        severity=Severity.ERROR,
        starts_at=now,
        annotations={
            "summary": f"The canary to {where} was not sent{within}{said}",
            "description": "Pages to there would not arrive either. `tocsin doctor` says what is "
            "wrong with the channel; `tocsin test-notify` tries it again at once.",
        },
    )


def _incident(one: Try) -> str:
    return f"{CANARY}-{int(one.begun_at.timestamp())}"


def _id(one: Try) -> str:
    """The id of the message that is on its way, by its attempt."""
    contact, is_over = one.contact, one.sent_at is not None
    place = (contact.channel, contact.address, str(one.number), str(is_over), str(one.attempt))
    return digest(CANARY, *place, chars=20)


def _place(contact: Contact, incident: str) -> str:
    return f"{_key(contact)} {incident}"


def _key(contact: Contact) -> str:
    return f"{contact.channel} {contact.address}"
