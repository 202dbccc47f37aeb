"""Receipts: what the outbox says became of a notification."""

from datetime import datetime

from routing import arrivals, canary, compat, delivery, escalation, flush, life
from routing.board import Board, Handlers
from routing.event import ReceiptSeen
from routing.group import Group
from routing.incident import NotifyReason
from routing.notification import CANARY
from routing.receipt import Receipt
from routing.turn import Turn


def _receive(board: Board, event: ReceiptSeen, now: datetime) -> None:
    receipt = event.receipt
    if receipt.incident_id == life.INCIDENT:
        arrivals.take(board, life.take(board, receipt, now), now)
        return
    if receipt.incident_id.startswith(f"{CANARY}-"):
        arrivals.take(board, canary.take(board, receipt, now), now)
        return
    group = board.state.groups.get(receipt.incident_id)
    if group is None:
        board.unknown(receipt.incident_id, now)
        return
    board.step(now, group, lambda turn, group: _take(turn, group, receipt))


def _take(turn: Turn, group: Group, receipt: Receipt) -> None:
    failed = delivery.take(turn, group, receipt)
    if turn.compat is not None:
        compat.noted(turn, group, receipt.contact)
    elif failed is not None and failed.reason is NotifyReason.RESOLVED:
        flush.say_never_told(turn, group, failed)
    elif failed is not None:
        escalation.pass_on(turn, group, failed)


HANDLERS: Handlers = {ReceiptSeen: _receive}
