"""The ledger: what became of each notification, as the outbox remembers it."""

import msgspec

from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt

KEPT = 20_000  # receipts that are remembered

_OPEN = frozenset({DeliveryStatus.PENDING, DeliveryStatus.FAILED_TEMPORARY})

_receipt = msgspec.json.Decoder(Receipt)


class Ledger:
    """Notification id -> its receipt, `PENDING` from the intent on; and each talk's handle.

    An empty handle is that of a talk which may have begun unnoticed: nobody heard what became of an
    attempt.
    """

    def __init__(self) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.handles: dict[tuple[str, Contact], dict[str, str]] = {}

    def enter(self, receipt: Receipt) -> None:
        """Note a receipt, the newest state of its notification."""
        self.receipts[receipt.notification_id] = receipt
        talk = (receipt.incident_id, receipt.contact)
        if receipt.handle:
            self.handles[talk] = receipt.handle
        elif receipt.status in _OPEN and not receipt.is_limited:
            self.handles.setdefault(talk, {})

    def forget(self) -> list[tuple[bytes, None]]:
        """Drop the oldest receipts over :data:`KEPT`, as changelog records."""
        surplus = list(self.receipts)[: max(0, len(self.receipts) - KEPT)]
        if surplus:
            gone = [self.receipts.pop(notification_id) for notification_id in surplus]
            kept = {(one.incident_id, one.contact) for one in self.receipts.values()}
            for talk in {(one.incident_id, one.contact) for one in gone} - kept:
                self.handles.pop(talk, None)
        return [(notification_id.encode(), None) for notification_id in surplus]

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        """Entries are written as they are made; only what is forgotten is left to write."""
        return [*self.forget()]

    def seal(self) -> tuple[()]:
        """See :class:`streams.state.PartitionState`."""
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        """See :class:`streams.state.PartitionState`."""
        self.enter(_receipt.decode(value))
