"""The outbox: one attempt for each notification, and a receipt for each attempt.

Before a message leaves, the intent is in the ledger; after it left, the receipt is in the event
log and in the ledger. A crash in between leaves an intent without a receipt: the next attempt is
then made as a second one, upon which channels look first whether the message is already there.

What waits for a channel is bounded (`streams/lane.py`), and goes at the pace its provider allows
(`streams/turns.py`). What finds no room, or a channel that does not answer, gets a receipt that
says so at once, and the engine tries again with how things stand then:
docs/adr/0014-outbox-backlog.md, docs/adr/0023-pace.md.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from config.settings import Config
from routing.channels.channel import Channel, Spending
from routing.event import ReceiptSeen, encode
from routing.notification import Notification
from routing.pace import UNPACED
from routing.receipt import DeliveryStatus, Receipt
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.entries import Entries
from streams.lane import ROOM_AFTER_S, Lane
from streams.ledger import Ledger
from streams.own_receipts import as_put_off, without_a_turn
from streams.producer import send_all
from streams.state import StateTable
from streams.stats import Stats
from streams.turns import Rank, Turns, rank_of
from streams.wish import Wish

log = logging.getLogger(__name__)

LONGEST_S = 60.0  # over the channel's own timeout
ANSWERS = 100  # receipts on their way to Kafka of what was put off
PUT_OFF = "put_off"  # how that is counted, beside what became of the attempts
LIMITED_S = 5.0  # the pause of an address whose provider wants one and does not say how long
MEMBER_EVERY_S = 0.1  # how often is looked whether the group has heard of us again
GRACE_S = 2.0  # at the end, for attempts in flight; what is cut off is looked for and made again

_notification = msgspec.json.Decoder(Notification)


class Outbox:
    """Handles the chunks of `tocsin.notifications`."""

    def __init__(
        self,
        table: StateTable[Ledger],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats
        self._entries = Entries(table, producer)
        self._turns: dict[str, Turns] = {}
        self._channels = self._made(config())
        self._answers = asyncio.Semaphore(ANSWERS)
        self._closing: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Future[None]] = set()
        self._is_closed = False

    async def handle(self, chunk: Chunk) -> "asyncio.Future[None]":
        """Start on each notification; the future is done when all have receipts.

        This waits while Kafka does not take receipts, and never for a channel.
        """
        bad: list[Bad] = []
        started: list[asyncio.Future[None]] = []
        for position, value in enumerate(chunk.values):
            try:
                notification = _notification.decode(value or b"")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                bad.append(Bad(position, "not_a_notification", str(error)))
            else:
                started.append(await self._start(chunk.tp.partition, notification, value or b""))
        if bad:
            await self._dead_letters.bury(chunk, bad)
        chunk.let_go()
        return self._run(_all(started))

    @property
    def waiting(self) -> dict[str, int]:
        """How many notifications are at hand for each channel that has any."""
        return {name: one.lane.count for name, one in self._turns.items() if one.lane.count}

    @property
    def channels_down(self) -> tuple[str, ...]:
        """The channels that do not answer, as far as it is ours to know."""
        turns = self._turns if self._table.owned() else {}
        return tuple(sorted(name for name, one in turns.items() if one.lane.is_paused))

    def adopt(self, config: Config) -> None:
        """Make the channels anew; the old ones close when what they have in flight is done."""
        old, self._channels = self._channels, self._made(config)
        for name, turns in self._turns.items():
            turns.lane.open()
            turns.adopt(config.paces.get(name, UNPACED))
        task = asyncio.get_running_loop().create_task(self._close(old))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Start nothing more, give what is in flight a moment, and close the channels."""
        self._is_closed = True
        for turns in self._turns.values():
            turns.send_away()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE_S)
            for running in late:
                running.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._close(self._channels)

    def _made(self, config: Config) -> Mapping[str, Channel]:
        channels = config.channels()
        for name, channel in channels.items():
            if isinstance(channel, Spending):
                channel.spend = partial(self._spend, name)
        return channels

    def _spend(self, channel: str) -> float:
        return self._turns_of(channel).spend()

    async def _close(self, channels: Mapping[str, Channel]) -> None:
        """All at once, so that none waits for another while what takes its place is at work."""
        await asyncio.gather(*(self._close_one(name, each) for name, each in channels.items()))

    async def _close_one(self, name: str, channel: Channel) -> None:
        async with self._turns_of(name).stillness():
            try:
                await channel.close()
            except Exception:
                log.exception("channel %s did not close", name)

    def _turns_of(self, channel: str) -> Turns:
        turns = self._turns.get(channel)
        if turns is None:
            lane = Lane(channel, asyncio.get_running_loop().time)
            pace = self._config().paces.get(channel, UNPACED)
            turns = self._turns[channel] = Turns(lane, pace)
        return turns

    def _run(self, work: Coroutine[Any, Any, None]) -> "asyncio.Future[None]":
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    async def _start(
        self, partition: int, notification: Notification, value: bytes
    ) -> "asyncio.Future[None]":
        turns = self._turns_of(notification.contact.channel)
        wish = self._wish(partition, notification, value)
        address = notification.contact.address
        put_off = turns.lane.admits(
            len(value),
            address,
            is_pressing=wish.rank is Rank.PRESSING,
            room_after_s=max(ROOM_AFTER_S, turns.wait_s(address)),
        )
        if put_off is None:
            running = self._run(self._deliver(turns, wish))
            running.add_done_callback(lambda _: turns.lane.leave(len(value), address))
            return running
        receipt = as_put_off(notification, put_off)
        await self._answers.acquire()
        running = self._run(self._answer(wish._replace(value=b""), receipt))
        running.add_done_callback(lambda _: self._answers.release())
        return running

    def _wish(self, partition: int, notification: Notification, value: bytes) -> Wish:
        talk = (notification.incident.id, notification.contact)
        is_told = bool(self._table.part(partition).handles.get(talk))
        return Wish(
            notification.id,
            talk,
            value,
            partition,
            self._table.generation,
            (notification.sequence, notification.attempt),
            rank_of(notification, is_told=is_told),
        )

    async def _deliver(self, turns: Turns, wish: Wish) -> None:
        if await self._is_settled(wish):
            return
        async with turns.turn(wish.place()) as verdict:
            if await self._is_settled(wish):
                return
            notification = _notification.decode(wish.value)
            receipt = without_a_turn(notification, verdict)
            if receipt is None:
                put_off = turns.lane.begins()
                receipt = as_put_off(notification, put_off) if put_off else None
            if receipt is not None:
                await self._answer(wish, receipt)
                return
            await self._send(turns, wish, notification)

    async def _send(self, turns: Turns, wish: Wish, notification: Notification) -> None:
        notification = self._as_known(wish, notification)
        await self._entries.enter(wish.partition, notification.receipt(DeliveryStatus.PENDING))
        receipt = await self._timed(turns.lane, notification)
        if receipt.is_limited:
            wait = receipt.retry_after or timedelta(seconds=LIMITED_S)
            turns.pause(wish.talk[1].address, wait.total_seconds())
        if receipt.status is DeliveryStatus.SENT:
            turns.told(wish.talk)
        await self._report(receipt)
        await self._entries.enter(wish.partition, receipt)

    async def _answer(self, wish: Wish, receipt: Receipt) -> None:
        """A receipt without an attempt, where there is none yet."""
        if not await self._is_settled(wish):
            is_put_off = receipt.status is not DeliveryStatus.SUPERSEDED
            self._stats.told(receipt.contact.channel, PUT_OFF if is_put_off else receipt.status)
            await self._report(receipt)
            await self._entries.enter(wish.partition, receipt)

    async def _is_settled(self, wish: Wish) -> bool:
        """True where a receipt exists: it is reported again, for it may not be in the log.

        A worker that was stopped for long waits until it knows whether this is still its to send.
        """
        while not (self._is_closed or self._table.is_member):
            await asyncio.sleep(MEMBER_EVERY_S)
        if self._is_closed or wish.generation != self._table.generation:
            raise asyncio.CancelledError  # it is not committed: whoever reads it again sends it
        known = self._table.part(wish.partition).receipts.get(wish.id)
        if known is None or known.status is DeliveryStatus.PENDING:
            return False
        await self._report(known)
        return True

    def _as_known(self, wish: Wish, notification: Notification) -> Notification:
        """The notification with what the ledger knows of it, and of its talk."""
        ledger = self._table.part(wish.partition)
        handle = ledger.handles.get(wish.talk)
        if wish.id in ledger.receipts or handle == {}:  # it may be there: look before repeating
            attempt = max(2, notification.attempt)
            notification = msgspec.structs.replace(notification, attempt=attempt)
        if not handle:
            return notification
        return msgspec.structs.replace(notification, handle={**notification.handle, **handle})

    async def _timed(self, lane: Lane, notification: Notification) -> Receipt:
        loop, was_paused = asyncio.get_running_loop(), lane.is_paused
        began = loop.time()
        receipt = await self._attempt(notification)
        has_failed = receipt.status is DeliveryStatus.FAILED_TEMPORARY
        lane.ended(took_s=loop.time() - began, has_failed=has_failed)
        if lane.is_paused is not was_paused:
            state = "does not answer, it is let alone" if lane.is_paused else "answers again"
            log.warning("channel %s %s", notification.contact.channel, state)
        return receipt

    async def _attempt(self, notification: Notification) -> Receipt:
        name = notification.contact.channel
        channel = self._channels.get(name)
        if channel is None:
            missing = f"no channel {name!r} is configured"
            return notification.receipt(DeliveryStatus.FAILED_PERMANENT, missing)
        try:
            message = msgspec.structs.replace(channel.render(notification), at=clock.now())
            receipt = await asyncio.wait_for(channel.send(message), LONGEST_S)
        except TimeoutError:
            detail = f"no answer within {LONGEST_S:.0f} s"
            receipt = notification.receipt(DeliveryStatus.FAILED_TEMPORARY, detail)
        except Exception as error:
            log.exception("channel %s failed on notification %s", name, notification.id)
            detail = f"the channel failed: {type(error).__name__}"
            receipt = notification.receipt(DeliveryStatus.FAILED_PERMANENT, detail)
        self._stats.told(name, receipt.status)
        return receipt

    async def _report(self, receipt: Receipt) -> None:
        events = self._config().topics.events
        await send_all(self._producer, [(events, None, encode(ReceiptSeen(receipt)), 0)])

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels as they are now."""
        return self._channels

    def ledger(self) -> Ledger | None:
        """What was told, where that is this worker's to know."""
        return self._table.part(0) if 0 in self._table.owned() else None

    async def keep(self, receipt: Receipt) -> None:
        """Enter a receipt of something that was told beside notifications."""
        await self._entries.enter(0, receipt)


async def _all(running: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*running)
