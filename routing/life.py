"""Life: signs of it that Tocsin sends again and again, so that somebody notices when it is dead.

A sign is a notification like any other, about an incident that is none: nothing is kept of it but
its number. It is sent once; the next one follows soon enough. When one is not taken, an alert of
ours fires, `SignOfLifeNotTaken`, until that address takes one.
"""

from datetime import datetime

from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.board import Board
from routing.digest import digest
from routing.effect import Notify
from routing.fingerprint import fingerprint
from routing.incident import Incident, NotifyReason
from routing.notification import SIGN_OF_LIFE, Notification
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt

INCIDENT = SIGN_OF_LIFE
"""The id of the incident that is none."""


def arm(board: Board, now: datetime) -> list[Alert]:
    """Send the next sign when the policy has it; where it has none, alerts about them end."""
    plan, life = board.state.policy.sign_of_life, board.state.life
    if plan is None:
        life.due_at = None
        ended = [replace(alert, ends_at=now) for alert in life.alerts.values()]
        life.alerts.clear()
        return ended
    if life.due_at is None or life.due_at > now + plan.every:
        life.due_at = now + plan.every
    return []


def send(board: Board, due: datetime) -> None:
    """Send a sign to every address of its receiver."""
    plan, life = board.state.policy.sign_of_life, board.state.life
    life.due_at = due + plan.every if plan is not None else None
    life.number += 1
    contacts = board.directory.receiver(plan.receiver).addressees if plan is not None else ()
    for one in contacts:
        board.effects.append(Notify(_sign(one.contact, life.number, due)))


def take(board: Board, receipt: Receipt, now: datetime) -> list[Alert]:
    """Note what became of a sign; the alert that begins or ends with that."""
    contact, alerts = receipt.contact, board.state.life.alerts
    key = f"{contact.channel} {contact.address}"
    is_taken = receipt.status is DeliveryStatus.SENT
    if is_taken and key in alerts:
        return [replace(alerts.pop(key), ends_at=now)]
    if not is_taken and key not in alerts:
        alerts[key] = _alert(contact, receipt.detail, now)
        return [alerts[key]]
    return []


def _sign(contact: Contact, number: int, now: datetime) -> Notification:
    alert = Alert(
        labels={"alertname": "SignOfLife"},
        severity=Severity.INFO,
        starts_at=now,
        annotations={"summary": "Tocsin is alive"},
    )
    incident = Incident(
        id=INCIDENT,
        group_key=INCIDENT,
        route="",
        receiver="",
        group_labels=dict(alert.labels),
        severity=alert.severity,
        title="Tocsin is alive",
        opened_at=now,
        alerts={fingerprint(alert.labels): alert},
    )
    return Notification(
        id=digest(INCIDENT, contact.channel, contact.address, str(number), chars=20),
        incident=incident,
        contact=contact,
        reason=NotifyReason.SIGN_OF_LIFE,
        sequence=number,
    )


def _alert(contact: Contact, detail: str, now: datetime) -> Alert:
    where = f"{contact.address} ({contact.channel})"
    said = f": {detail}" if detail else ""
    return Alert(
        labels={
            "alertname": "SignOfLifeNotTaken",
            "channel": contact.channel,
            "address": contact.address,
        },
        severity=Severity.ERROR,
        starts_at=now,
        annotations={"summary": f"The sign of life was not taken by {where}{said}"},
    )
