"""The outbox: one attempt for each notification, and a receipt for each attempt.

Before a message leaves, the intent is in the ledger; after it left, the receipt is in the event
log and in the ledger. A crash in between leaves an intent without a receipt: the next attempt is
then made as a second one, upon which channels look first whether the message is already there.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from aiokafka import AIOKafkaProducer

from config.settings import Config
from routing.channels.channel import Channel
from routing.event import ReceiptSeen, encode
from routing.notification import Notification
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.producer import send_all
from streams.state import StateTable
from streams.stats import Stats

log = logging.getLogger(__name__)

AT_ONCE = 4  # attempts in flight per channel
LONGEST_S = 60.0  # over the channel's own timeout
KEPT = 20_000  # receipts the ledger remembers
GRACE_S = 2.0  # at the end, for attempts in flight; what is cut off is looked for and made again

_notification = msgspec.json.Decoder(Notification)
_receipt = msgspec.json.Decoder(Receipt)


class Ledger:
    """Notification id -> its receipt, `PENDING` from the intent on; and each talk's handle."""

    def __init__(self) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.handles: dict[tuple[str, Contact], dict[str, str]] = {}

    def enter(self, receipt: Receipt) -> None:
        """Note a receipt, the newest state of its notification."""
        self.receipts[receipt.notification_id] = receipt
        if receipt.handle:
            self.handles[receipt.incident_id, receipt.contact] = receipt.handle

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
        self._channels: Mapping[str, Channel] = config().channels()
        self._lanes: dict[str, asyncio.Semaphore] = {}
        self._talks: WeakValueDictionary[tuple[str, Contact], asyncio.Lock] = WeakValueDictionary()
        self._closing: set[asyncio.Task[None]] = set()
        self._turn_to_close = asyncio.Lock()  # two who each held half a lane would wait for ever
        self._running: set[asyncio.Future[None]] = set()
        self._is_closed = False

    async def handle(self, chunk: Chunk) -> "asyncio.Future[None]":
        """Start an attempt for each notification; the future is done when all have receipts."""
        bad: list[Bad] = []
        attempts: list[Coroutine[Any, Any, None]] = []
        partition, generation = chunk.tp.partition, self._table.generation
        for position, value in enumerate(chunk.values):
            try:
                notification = _notification.decode(value or b"")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                bad.append(Bad(position, "not_a_notification", str(error)))
            else:
                attempts.append(self._deliver(partition, generation, notification))
        if bad:
            await self._dead_letters.bury(chunk, bad)
        running = asyncio.ensure_future(_all(attempts))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    def adopt(self, config: Config) -> None:
        """Make the channels anew; the old ones close when what they have in flight is done."""
        old, self._channels = self._channels, config.channels()
        task = asyncio.get_running_loop().create_task(self._close(old))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Start nothing more, give what is in flight a moment, and close the channels."""
        self._is_closed = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE_S)
            for running in late:
                running.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._close(self._channels)

    async def _close(self, channels: Mapping[str, Channel]) -> None:
        async with self._turn_to_close:
            for name, channel in channels.items():
                lane = self._lane(name)
                for _ in range(AT_ONCE):
                    await lane.acquire()
                try:
                    await channel.close()
                except Exception:
                    log.exception("channel %s did not close", name)
                finally:
                    for _ in range(AT_ONCE):
                        lane.release()

    def _lane(self, channel: str) -> asyncio.Semaphore:
        return self._lanes.setdefault(channel, asyncio.Semaphore(AT_ONCE))

    async def _deliver(self, partition: int, generation: int, notification: Notification) -> None:
        talk = (notification.incident.id, notification.contact)
        lock = self._talks.setdefault(talk, asyncio.Lock())
        async with lock, self._lane(notification.contact.channel):
            if self._is_closed or generation != self._table.generation:
                raise asyncio.CancelledError  # it is not committed: whoever reads it again sends it
            ledger = self._table.part(partition)
            known = ledger.receipts.get(notification.id)
            if known is not None and known.status is not DeliveryStatus.PENDING:
                await self._report(known)  # the receipt may not have reached the log
                return
            if known is not None:  # an intent without a receipt: look before repeating
                attempt = max(2, notification.attempt)
                notification = msgspec.structs.replace(notification, attempt=attempt)
            handle = ledger.handles.get(talk)
            if handle:
                handle = {**notification.handle, **handle}
                notification = msgspec.structs.replace(notification, handle=handle)
            await self._enter(partition, _receipt_of(notification, DeliveryStatus.PENDING))
            receipt = await self._attempt(notification)
            await self._report(receipt)
            await self._enter(partition, receipt)

    async def _attempt(self, notification: Notification) -> Receipt:
        name = notification.contact.channel
        channel = self._channels.get(name)
        if channel is None:
            return _receipt_of(
                notification, DeliveryStatus.FAILED_PERMANENT, f"no channel {name!r} is configured"
            )
        try:
            message = channel.render(notification)
            receipt = await asyncio.wait_for(channel.send(message), LONGEST_S)
        except TimeoutError:
            detail = f"no answer within {LONGEST_S:.0f} s"
            receipt = _receipt_of(notification, DeliveryStatus.FAILED_TEMPORARY, detail)
        except Exception as error:
            log.exception("channel %s failed on notification %s", name, notification.id)
            detail = f"the channel failed: {type(error).__name__}"
            receipt = _receipt_of(notification, DeliveryStatus.FAILED_PERMANENT, detail)
        self._stats.told(name, receipt.status)
        return receipt

    async def _report(self, receipt: Receipt) -> None:
        events = self._config().topics.events
        await send_all(self._producer, [(events, None, encode(ReceiptSeen(receipt)), 0)])

    async def _enter(self, partition: int, receipt: Receipt) -> None:
        self._table.part(partition).enter(receipt)
        record = (receipt.notification_id.encode(), msgspec.json.encode(receipt))
        await self._table.write(self._producer, partition, [record])


def _receipt_of(notification: Notification, status: DeliveryStatus, detail: str = "") -> Receipt:
    return Receipt(
        notification_id=notification.id,
        incident_id=notification.incident.id,
        contact=notification.contact,
        status=status,
        attempt=notification.attempt,
        detail=detail,
        handle=notification.handle,
    )


async def _all(attempts: list[Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*attempts)
