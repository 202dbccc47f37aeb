"""Deploys told to the channels that show them, each once, from the worker that has the ledger."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from config.marks.mark import Span
from config.marks.marks import Marks
from config.marks.words import subject
from routing.channels.change import Change, Changing
from routing.channels.channel import Channel
from routing.digest import digest
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt
from streams.ledger import Ledger

log = logging.getLogger(__name__)

LATEST = timedelta(hours=1)
"""A deploy that began longer ago is not told any more."""

MOST_ATTEMPTS = 3
AGAIN = timedelta(seconds=30)


class Wish(NamedTuple):
    """One deploy, to be told to one address."""

    change: Change
    contact: Contact
    attempt: int


class Deploys:
    """Tells of deploy marks.

    `ledger` gives what was told, or None where that is another worker's; `keep` enters a receipt.
    """

    def __init__(
        self,
        *,
        marks: Callable[[], Marks],
        channels: Callable[[], Mapping[str, Channel]],
        ledger: Callable[[], Ledger | None],
        keep: Callable[[Receipt], Awaitable[None]],
    ) -> None:
        self._marks = marks
        self._channels = channels
        self._ledger = ledger
        self._keep = keep
        self._again: dict[str, datetime] = {}
        self._telling: asyncio.Task[None] | None = None

    def tick(self, now: datetime) -> None:
        """Begin to tell what is due, unless that is going on; nobody waits for it.

        Raises what the last telling raised: that Kafka did not take a receipt.
        """
        if self._telling is not None:
            if not self._telling.done():
                return
            done, self._telling = self._telling, None
            if not done.cancelled():  # its channel was closed: it is told again
                done.result()
        ledger = self._ledger()
        wishes = list(self._due(ledger, now)) if ledger is not None else []
        if wishes:
            self._telling = asyncio.get_running_loop().create_task(self._tell(wishes, now))

    async def close(self) -> None:
        """Leave what is being told: it is told again elsewhere."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _due(self, ledger: Ledger, now: datetime) -> Iterator[Wish]:
        for span in self._marks().spans:
            if span.kind == "deploy" and timedelta(0) <= now - span.starts_at <= LATEST:
                yield from self._wishes(ledger, span, now)

    def _wishes(self, ledger: Ledger, span: Span, now: datetime) -> Iterator[Wish]:
        for name, channel in self._curious().items():
            for address in channel.told_of_changes:
                change = change_of(span, Contact(name, address))
                attempt = _attempt(ledger.receipts.get(change.id))
                if attempt and self._again.get(change.id, now) <= now:
                    yield Wish(change, Contact(name, address), attempt)

    def _curious(self) -> Mapping[str, Changing]:
        """The channels that may want to know."""
        known: Mapping[str, object] = self._channels()
        return {name: one for name, one in known.items() if isinstance(one, Changing)}

    async def _tell(self, wishes: list[Wish], now: datetime) -> None:
        self._again = {id_: at for id_, at in self._again.items() if at > now}
        for change, contact, attempt in wishes:
            channel = self._curious().get(contact.channel)
            if channel is None:
                continue
            self._again[change.id] = now + AGAIN * attempt
            told = await _told(channel, change, contact)
            receipt = replace(
                told,
                notification_id=change.id,
                incident_id=f"change-{change.id}",
                contact=contact,
                attempt=attempt,
                handle={},
            )
            await self._keep(receipt)


async def _told(channel: Changing, change: Change, contact: Contact) -> Receipt:
    """What the channel says of it; a channel that fails stops nobody's work."""
    try:
        return await channel.tell_change(change, contact.address)
    except Exception as error:
        log.exception("channel %s failed on change %s", contact.channel, change.id)
        return Receipt(
            notification_id=change.id,
            incident_id=f"change-{change.id}",
            contact=contact,
            status=DeliveryStatus.FAILED_PERMANENT,
            detail=f"the channel failed: {type(error).__name__}",
        )


def change_of(span: Span, contact: Contact) -> Change:
    """A deploy as one address is told of it. The same mark always gives the same id."""
    what = span.note or subject(span)
    return Change(
        id=digest("change", span.id, contact.channel, contact.address, chars=20),
        summary=f"Deploy of {what} ({span.by})",
        source=subject(span),
        at=span.starts_at,
        details={"series": subject(span), "by": span.by, "note": span.note, "mark": span.id},
    )


def _attempt(known: Receipt | None) -> int:
    """The how-manieth attempt is due, 0 for none."""
    if known is None:
        return 1
    is_open = known.status is DeliveryStatus.FAILED_TEMPORARY and known.attempt < MOST_ATTEMPTS
    return known.attempt + 1 if is_open else 0
