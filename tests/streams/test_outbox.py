"""The outbox: what is in flight while channels, partitions and the worker change."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from faust.types import TP

from routing.alert import Severity
from routing.channels.channel import Message
from routing.incident import Incident, NotifyReason
from routing.notification import Notification
from routing.pace import Pace
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt
from streams.chunk import Chunk
from streams.lane import AT_ONCE
from streams.ledger import KEPT, Ledger
from streams.outbox import Outbox
from streams.stats import Stats
from tests.streams import virtual

OPS = Contact("slack", "#ops")


class Slow:
    """A channel whose attempts end when they are let go."""

    kind = name = "slack"

    def __init__(self, *, closes_badly: bool = False) -> None:
        self.asked: list[str] = []
        self.attempts: dict[str, int] = {}
        self.go = asyncio.Semaphore(0)
        self.is_closed = False
        self._closes_badly = closes_badly

    def render(self, notification: Notification) -> Message:
        return Message(notification=notification, payload={})

    async def send(self, message: Message) -> Receipt:
        self.asked.append(message.notification.id)
        self.attempts[message.notification.id] = message.notification.attempt
        await self.go.acquire()
        return receipt(message.notification.id)

    async def close(self) -> None:
        self.is_closed = True
        if self._closes_badly:
            raise OSError("no connection to close")


class Works:
    """An outbox, with as much around it as it needs: table, producer and configuration."""

    def __init__(self, channel: Slow) -> None:
        self.channel = channel
        self.ledger = Ledger()
        self.generation = 1
        self.is_member = True
        self.reported: list[bytes] = []
        self.batches: list[int] = []
        self.topics = self
        self.events = "events"
        self.paces: dict[str, Pace] = {}
        self.outbox = Outbox(
            self,  # type: ignore[arg-type]
            config=lambda: self,  # type: ignore[arg-type, return-value]
            producer=self,  # type: ignore[arg-type]
            dead_letters=None,  # type: ignore[arg-type]
            stats=Stats(),
        )

    def channels(self) -> dict[str, Slow]:
        return {"slack": self.channel}

    def part(self, _: int) -> Ledger:
        return self.ledger

    async def write(self, _: Any, __: int, records: list[Any]) -> None:
        """The changelog takes it."""
        self.batches.append(len(records))
        await asyncio.sleep(0)

    async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        self.reported.append(value)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def take(self, names: Iterable[str]) -> "asyncio.Future[None]":
        return await self.take_all([notification(name) for name in names])

    async def take_all(self, given: Iterable[Notification]) -> "asyncio.Future[None]":
        values: list[bytes | None] = [msgspec.json.encode(each) for each in given]
        n = len(values)
        running = await self.outbox.handle(
            Chunk(
                tp=TP("notifications", 0),
                start=0,
                next_offset=n,
                values=values,
                keys=[None] * n,
                timestamps=[0] * n,
                offsets=range(n),
            )
        )
        await settle()
        return running

    def adopt(self, channel: Slow) -> None:
        self.channel = channel
        self.outbox.adopt(self)  # type: ignore[arg-type]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def notification(name: str, incident: str = "") -> Notification:
    return Notification(
        id=name,
        incident=Incident(
            id=incident or name,
            group_key="",
            route="",
            receiver="",
            group_labels={},
            severity=Severity.ERROR,
            title="",
            opened_at=datetime(2026, 1, 1, tzinfo=UTC),
            alerts={},
        ),
        contact=OPS,
        reason=NotifyReason.FIRST,
    )


def receipt(name: str, incident: str = "") -> Receipt:
    return Receipt(
        notification_id=name,
        incident_id=incident or name,
        contact=OPS,
        status=DeliveryStatus.SENT,
        handle={"ts": incident or name},
    )


def test_two_edits_while_a_channel_is_busy_leave_its_lane_open() -> None:
    async def story() -> None:
        first, second, third = Slow(), Slow(), Slow()
        works = Works(first)
        running = await works.take(f"n{i}" for i in range(AT_ONCE - 1))
        works.adopt(second)
        works.adopt(third)
        for _ in range(AT_ONCE - 1):
            await settle()
            first.go.release()
        await running
        await settle()
        assert (first.is_closed, second.is_closed) == (True, True)
        third.go.release()
        await asyncio.wait_for(await works.take(["last"]), 5)
        assert third.asked == ["last"]

    asyncio.run(story())


def test_channel_that_fails_to_close_leaves_its_lane_open() -> None:
    async def story() -> None:
        works = Works(Slow(closes_badly=True))
        works.adopt(new := Slow())
        await settle()
        new.go.release()
        await asyncio.wait_for(await works.take(["n"]), 5)
        assert new.asked == ["n"]

    asyncio.run(story())


def test_attempt_still_waiting_when_partitions_are_given_out_anew_is_left_to_the_next_reader() -> (
    None
):
    async def story() -> None:
        works = Works(channel := Slow())
        running = await works.take(f"n{i}" for i in range(AT_ONCE + 1))
        works.generation += 1
        for _ in range(AT_ONCE + 1):
            channel.go.release()
        await asyncio.wait({running})
        assert running.cancelled()  # and so is not committed
        assert channel.asked == [f"n{i}" for i in range(AT_ONCE)]

    asyncio.run(story())


def test_worker_that_the_group_may_have_forgotten_sends_only_once_it_is_known_again() -> None:
    async def story() -> None:
        works = Works(channel := Slow())
        works.is_member = False
        running = await works.take(["a"])
        await asyncio.sleep(60.0)
        assert channel.asked == []
        works.is_member = True
        await asyncio.sleep(1.0)
        assert channel.asked == ["a"]
        channel.go.release()
        await running

    virtual.run(story())


def test_worker_whose_partitions_are_found_to_be_given_out_anew_sends_nothing() -> None:
    async def story() -> None:
        works = Works(channel := Slow())
        works.is_member = False
        running = await works.take(["a"])
        works.generation += 1
        works.is_member = True
        await asyncio.wait({running})
        assert running.cancelled()
        assert channel.asked == []

    virtual.run(story())


def test_end_waits_neither_for_a_dead_channel_nor_for_what_is_queued_behind_it() -> None:
    async def story() -> None:
        works = Works(channel := Slow())
        running = await works.take(f"n{i}" for i in range(3 * AT_ONCE))
        await asyncio.wait_for(works.outbox.close(), 10)
        assert running.cancelled()
        assert channel.is_closed
        assert len(channel.asked) == AT_ONCE

    asyncio.run(story())


def test_handle_of_a_talk_lives_as_long_as_its_newest_receipt() -> None:
    ledger = Ledger()
    ledger.enter(receipt("old", incident="long"))
    ledger.enter(receipt("over"))
    for i in range(KEPT):
        ledger.enter(receipt(f"n{i}"))
    ledger.enter(receipt("new", incident="long"))
    assert ledger.forget() == [(b"old", None), (b"over", None), (b"n0", None)]
    assert ledger.handles["long", OPS] == {"ts": "long"}
    assert ("over", OPS) not in ledger.handles


def test_talk_with_an_attempt_of_unknown_fate_goes_on_as_a_repeat_which_looks_first() -> None:
    async def story() -> None:
        works = Works(channel := Slow())
        unknown = receipt("n", incident="one")
        lost = msgspec.structs.replace(unknown, status=DeliveryStatus.FAILED_TEMPORARY, handle={})
        works.ledger.enter(lost)
        works.ledger.enter(msgspec.structs.replace(lost, incident_id="two", is_limited=True))
        channel.go.release()
        channel.go.release()
        for name, incident in (("next", "one"), ("other", "two")):
            await works.take_all([notification(name, incident)])
        await settle()
        assert channel.attempts == {"next": 2, "other": 1}

    asyncio.run(story())


def test_receipts_of_one_moment_are_written_together() -> None:
    async def story() -> None:
        works = Works(channel := Slow())
        for _ in range(2 * AT_ONCE):
            channel.go.release()
        running = await works.take(f"n{i}" for i in range(AT_ONCE))
        await asyncio.wait_for(running, 5)
        assert len(works.batches) < sum(works.batches) == 2 * AT_ONCE

    asyncio.run(story())


def test_a_channel_that_is_made_anew_waits_for_no_other() -> None:
    async def story() -> None:
        busy, idle = Slow(), Slow()
        works = Works(busy)
        both = {"slack": busy, "other": idle}
        works.channels = lambda: both  # type: ignore[method-assign]
        works.adopt(busy)
        await settle()
        busy.is_closed = False
        running = await works.take(["n"])
        both = {"slack": Slow(), "other": Slow()}
        works.outbox.adopt(works)  # type: ignore[arg-type]
        await settle()
        assert (busy.is_closed, idle.is_closed) == (False, True)
        busy.go.release()
        await asyncio.wait_for(running, 5)

    asyncio.run(story())
