"""Late receipts: what became of a message is heard when a newer one is on its way already."""

from datetime import datetime

from routing.effect import Effect, Notify
from routing.engine import Engine
from routing.event import AlertSeen, Event, ReceiptSeen
from routing.incident import Delivery, NotifyReason
from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import OPS, START, Story, minutes, policy, seconds

SENT, PERMANENT = DeliveryStatus.SENT, DeliveryStatus.FAILED_PERMANENT


class Unheard:
    """A story whose outbox says nothing by itself; the second host fires after a minute."""

    def __init__(self) -> None:
        self.story = Story(policy())
        self.engine: Engine = self.story.engine
        self.messages: list[Notification] = []
        self.does(AlertSeen(self.story.alert(host="a")), START)
        self.does(AlertSeen(self.story.alert(host="b")), START + minutes(1))
        self.note(self.engine.wake(START + minutes(6)))

    def does(self, event: Event, now: datetime) -> None:
        self.note(self.engine.handle(event, now))

    def note(self, effects: list[Effect]) -> None:
        self.messages += [one.notification for one in effects if isinstance(one, Notify)]

    def hears(self, of: int, status: DeliveryStatus, at: datetime, **handle: str) -> None:
        about = self.messages[of]
        receipt = Receipt(
            notification_id=about.id,
            incident_id=about.incident.id,
            contact=about.contact,
            status=status,
            handle=handle,
        )
        self.does(ReceiptSeen(receipt), at)

    @property
    def delivery(self) -> Delivery:
        (incident,) = self.engine.incidents()
        return next(one for one in incident.deliveries if one.contact == OPS)


def test_an_earlier_message_that_was_sent_counts_and_the_newest_is_still_awaited() -> None:
    told = Unheard()
    at = START + minutes(7)
    told.hears(0, SENT, at, ts="1")
    assert [one.reason for one in told.messages] == [NotifyReason.FIRST, NotifyReason.NEW_ALERTS]
    assert told.delivery.sent_at == at
    assert told.delivery.handle == {"ts": "1"}
    assert told.delivery.status is DeliveryStatus.PENDING


def test_an_earlier_message_that_failed_changes_nothing() -> None:
    told = Unheard()
    before = told.delivery
    told.hears(0, PERMANENT, START + minutes(7))
    assert told.delivery == before


def test_a_page_that_turns_out_sent_is_no_longer_owed() -> None:
    told = Unheard()
    told.hears(0, SENT, START + minutes(7), ts="1")
    told.does(AlertSeen(told.story.alert(host="c")), START + minutes(8))
    told.note(told.engine.wake(START + minutes(12)))
    assert told.delivery.is_late
    told.hears(1, SENT, START + minutes(13), ts="1")
    assert not told.delivery.is_late


def test_who_got_an_earlier_message_after_all_hears_of_the_end() -> None:
    told = Unheard()
    told.hears(1, PERMANENT, START + minutes(7))
    for host in ("a", "b"):
        ended = told.story.alert(ends_at=START + minutes(8), host=host)
        told.does(AlertSeen(ended), START + minutes(8))
    assert not [one for one in told.messages if one.contact == OPS][2:]
    told.hears(0, SENT, START + minutes(9) + seconds(5), ts="1")
    end = told.messages[-1]
    assert (end.contact, end.reason, end.handle) == (OPS, NotifyReason.RESOLVED, {"ts": "1"})
