"""What becomes of notifications while a channel is dead: the engine and the outbox together."""

import asyncio
import tracemalloc
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec

from bench.delivery.storm import chunk_of
from routing.alert import Alert, Severity
from routing.channels.channel import Message
from routing.effect import Effect, Notify
from routing.engine import Engine
from routing.event import AlertSeen, ReceiptSeen, Tick, decode
from routing.notification import Notification
from routing.pace import Pace
from routing.policy import Contact, Receiver, Route
from routing.receipt import DeliveryStatus, Receipt
from streams.chunk import Chunk
from streams.lane import MOST, MOST_BYTES, RESERVE, RESERVE_BYTES
from streams.ledger import Ledger
from streams.outbox import ANSWERS, Outbox
from streams.stats import Stats
from tests.scenarios.story import START, policy, seconds
from tests.streams.test_outbox import notification, settle
from tests.streams.virtual import run

OPS, ANA = Contact("slack", "#ops"), Contact("email", "ana@shop.example")
ROUTE = Route(
    path="root",
    receiver="both",
    group_by=("service",),
    group_wait=seconds(1),
    group_interval=seconds(60),
)
OUTAGE_S, TIMEOUT_S = 600, 10


class Channel:
    """A provider that can be dead: then nothing answers, and attempts end with their time-out."""

    kind = "fake"

    def __init__(self, name: str) -> None:
        self.name = name
        self.lives = asyncio.Event()
        self.lives.set()
        self.asked = 0
        self.took: dict[str, float] = {}  # incident -> when it first heard of it

    def render(self, notification: Notification) -> Message:
        return Message(notification=notification, payload={})

    async def send(self, message: Message) -> Receipt:
        self.asked += 1
        about = message.notification
        status, detail = DeliveryStatus.SENT, ""
        try:
            await asyncio.wait_for(self.lives.wait(), TIMEOUT_S)
            self.took.setdefault(about.incident.id, asyncio.get_running_loop().time())
        except TimeoutError:
            status, detail = DeliveryStatus.FAILED_TEMPORARY, "no answer in time"
        return Receipt(
            notification_id=about.id,
            incident_id=about.incident.id,
            contact=about.contact,
            status=status,
            detail=detail,
            attempt=about.attempt,
        )

    async def close(self) -> None:
        """Nothing is held."""


class Town:
    """Engine, outbox, two channels, and the log between them; time is virtual."""

    def __init__(self) -> None:
        self.slack, self.email = Channel("slack"), Channel("email")
        self.stats = Stats()
        self.ledger = Ledger()
        self.generation = 1
        self.is_member = True
        self.topics = self
        self.events = "events"
        self.paces: dict[str, Pace] = {}
        self.log: list[bytes] = []
        self.receipts: Counter[tuple[str, str]] = Counter()
        self.chunks: list[Chunk] = []
        self.takes = asyncio.Event()  # Kafka takes records
        self.takes.set()
        receiver = Receiver(name="both", contacts=(OPS, ANA))
        self.engine = Engine(policy(route=ROUTE, receivers=(receiver,)))
        self.outbox = Outbox(
            self,  # type: ignore[arg-type]
            config=lambda: self,  # type: ignore[arg-type, return-value]
            producer=self,
            dead_letters=None,  # type: ignore[arg-type]
            stats=self.stats,
        )

    def channels(self) -> dict[str, Channel]:
        return {"slack": self.slack, "email": self.email}

    def part(self, _: int) -> Ledger:
        return self.ledger

    def owned(self) -> list[int]:
        return [0]

    async def write(self, *_: Any) -> None:
        """The changelog takes it."""
        await self.takes.wait()

    async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        await self.takes.wait()
        event = decode(value)
        assert isinstance(event, ReceiptSeen)
        self.receipts[event.receipt.contact.channel, event.receipt.status] += 1
        self.log.append(value)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def pass_time(self, until: float) -> None:
        """The engine reads the log and its wishes go to the outbox, a tenth of a second a turn."""
        while (now := asyncio.get_running_loop().time()) < until:
            at = START + seconds(now)
            events, self.log = [decode(value) for value in self.log], []
            due = self.engine.next_wake()
            if due is not None and due <= at:
                events.append(Tick())
            effects = [effect for event in events for effect in self.engine.handle(event, at)]
            await self.wish(effects)
            await asyncio.sleep(0.1)

    async def fire(self, service: str) -> None:
        at = START + seconds(asyncio.get_running_loop().time())
        alert = Alert(labels={"service": service}, severity=Severity.ERROR, starts_at=at)
        await self.wish(self.engine.handle(AlertSeen(alert), at))

    async def wish(self, effects: list[Effect]) -> None:
        wished = [e.notification for e in effects if isinstance(e, Notify)]
        if wished:
            await self.take([msgspec.json.encode(each) for each in wished])

    async def take(self, values: list[bytes]) -> None:
        chunk = chunk_of(values)
        self.chunks.append(chunk)
        done = await self.outbox.handle(chunk)
        done.add_done_callback(lambda future: setattr(chunk, "done", not future.cancelled()))

    def check_bound(self) -> None:
        for lane in (turns.lane for turns in self.outbox._turns.values()):
            assert lane.count <= MOST + RESERVE
            assert lane.bytes <= MOST_BYTES + RESERVE_BYTES


def test_ten_minutes_without_slack_delay_no_mail_and_lose_no_page() -> None:
    async def story() -> None:
        town = Town()
        town.slack.lives.clear()
        for second in range(OUTAGE_S):
            await town.fire(f"s{second}")
            await town.pass_time(second + 1)
            town.check_bound()
        opened = {i.id: (i.opened_at - START).total_seconds() for i in town.engine.incidents()}
        assert len(opened) == OUTAGE_S
        assert not town.slack.took
        assert town.outbox.channels_down == ("slack",)
        town.slack.lives.set()
        await town.pass_time(OUTAGE_S + 300 + 60)  # the longest wait, and the group's interval
        assert max(town.email.took[i] - at for i, at in opened.items()) < 2
        assert set(town.slack.took) == set(opened)
        assert all(chunk.done for chunk in town.chunks)
        assert town.outbox.channels_down == ()
        assert town.slack.asked < OUTAGE_S + 150  # what was put off was no attempt

    run(story())


def test_thousands_for_a_dead_channel_are_answered_within_the_bound_of_memory() -> None:
    async def story() -> None:
        town = Town()
        town.slack.lives.clear()
        words = "x" * 100_000
        tracemalloc.start()
        for number in range(0, 3000, 10):
            await town.take([large(f"n{n}", words) for n in range(number, number + 10)])
            town.check_bound()
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_BYTES  # of 300 MB that came
        tracemalloc.stop()
        assert town.outbox.waiting["slack"] * len(words) <= MOST_BYTES
        await asyncio.sleep(100)
        assert all(chunk.done for chunk in town.chunks)
        assert town.receipts["slack", "failed_temporary"] == 3000
        assert town.outbox.waiting == {}

    run(story())


def test_chunk_is_done_when_the_last_of_its_notifications_has_a_receipt() -> None:
    async def story() -> None:
        town = Town()
        town.slack.lives.clear()
        mail = msgspec.structs.replace(notification("mail"), contact=ANA)
        await town.take([msgspec.json.encode(each) for each in (notification("page"), mail)])
        await asyncio.sleep(1)
        assert town.receipts == {("email", "sent"): 1}
        assert not town.chunks[0].done
        await asyncio.sleep(TIMEOUT_S)
        assert town.receipts == {("email", "sent"): 1, ("slack", "failed_temporary"): 1}
        assert town.chunks[0].done

    run(story())


def large(name: str, words: str) -> bytes:
    made = notification(name)
    return msgspec.json.encode(
        msgspec.structs.replace(made, incident=msgspec.structs.replace(made.incident, title=words))
    )


def test_kafka_that_takes_no_receipts_is_waited_for_instead_of_gathering_them() -> None:
    async def story() -> None:
        town = Town()
        town.slack.lives.clear()
        town.takes.clear()
        values = [msgspec.json.encode(notification(f"n{n}")) for n in range(2 * MOST)]
        taking = asyncio.ensure_future(town.take(values))
        await settle()
        assert not taking.done()
        assert len(town.outbox._running) == MOST + ANSWERS
        town.takes.set()
        await asyncio.sleep(100)
        assert taking.done()
        assert town.chunks[0].done

    run(story())


def test_receipt_that_exists_is_not_replaced_by_one_that_puts_off() -> None:
    async def story() -> None:
        town = Town()
        await town.take([msgspec.json.encode(notification("first"))])
        await asyncio.sleep(1)
        town.slack.lives.clear()
        again = ["first", *(f"n{n}" for n in range(MOST))]
        await town.take([msgspec.json.encode(notification(name)) for name in reversed(again)])
        await asyncio.sleep(100)
        assert town.receipts["slack", "sent"] == 2  # reported once more, and sent once
        assert town.ledger.receipts["first"].status is DeliveryStatus.SENT

    run(story())


def test_message_that_was_put_off_says_why_and_when_it_may_be_tried() -> None:
    async def story() -> None:
        town = Town()
        town.slack.lives.clear()
        for number in range(MOST + 1):
            await town.take([msgspec.json.encode(notification(f"n{number}"))])
        await settle()
        receipt = town.ledger.receipts[f"n{MOST}"]
        assert receipt.status is DeliveryStatus.FAILED_TEMPORARY
        assert receipt.detail == f"{MOST} other messages wait for slack"
        assert receipt.retry_after == timedelta(seconds=5)
        assert town.stats.notifications["slack"]["put_off"] == 1

    run(story())
