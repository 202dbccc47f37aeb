"""A bench: a channel, its provider, and the trouble between them, for the conformance suite."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from routing.channels.channel import Channel
from routing.channels.samples import OPENED, notification
from routing.channels.trouble import Fault, Trouble, mail_trouble, web_trouble
from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt

PATIENT_S = 10.0


class Peer(Protocol):
    """A stand-in of a provider: where it listens, and how often people were told something new."""

    @property
    def port(self) -> int:
        """Of the loopback address."""

    @property
    def told(self) -> int:
        """How many pages people see: a repeat that the provider recognises is none."""


class Bench(Struct, frozen=True, kw_only=True):
    """What the suite has to know of a channel.

    `secrets` are the texts that may appear nowhere. `is_read`: a good status with a senseless body
    is no yes. `is_told_why`: the channel learns why a message was refused. `knows_repeats`: one
    whose answer was lost is not told twice. `at` is when messages are sent, where the provider
    compares that with its clock.
    """

    address: str
    peer: Callable[[], AbstractAsyncContextManager[Peer]]
    make: Callable[[int, float], Channel]
    secrets: tuple[str, ...]
    speaks: Literal["http", "smtp"] = "http"
    is_read: bool = True
    is_told_why: bool = True
    knows_repeats: bool = True
    at: datetime = OPENED


class Scene(Struct, frozen=True, kw_only=True):
    """A channel, its provider, and the trouble between them."""

    bench: Bench
    peer: Peer
    trouble: Trouble
    channel: Channel

    async def tell(self, given: Notification | None = None) -> Receipt:
        """One notification, sent."""
        given = given or notification(self.bench.address)
        return await self.channel.send(replace(self.channel.render(given), at=self.bench.at))

    async def meet(self, fault: Fault, *, only: int | None = None) -> Receipt:
        """What becomes of a notification that meets the fault."""
        self.trouble.make(fault, only=only)
        return await self.tell()


@contextlib.asynccontextmanager
async def scene(bench: Bench, *, timeout_s: float = PATIENT_S) -> AsyncIterator[Scene]:
    """The channel and its provider, with nothing between them yet."""
    between = web_trouble if bench.speaks == "http" else mail_trouble
    async with bench.peer() as peer, between(peer.port) as trouble:
        channel = bench.make(trouble.port, timeout_s)
        try:
            yield Scene(bench=bench, peer=peer, trouble=trouble, channel=channel)
        finally:
            await channel.close()


def expect(
    receipt: Receipt,
    wanted: DeliveryStatus,
    bench: Bench,
    what: str,
    *,
    or_else: DeliveryStatus | None = None,
) -> None:
    """A receipt of this status, which people can read and which holds no secret."""
    assert receipt.status in (wanted, or_else), (
        f"{what} became {receipt.status}, not {wanted} ({receipt.detail})"
    )
    has_failed = receipt.status is not DeliveryStatus.SENT
    assert receipt.detail or not has_failed, f"{what} has no detail for people"
    assert len(receipt.detail) <= 300, f"the detail of {what} is longer than 300 characters"
    assert receipt.detail.isprintable(), f"the detail of {what} is not one clean line"
    text = msgspec.json.encode(receipt).decode()
    assert not [s for s in bench.secrets if s in text], f"a secret is in the receipt of {what}"


@contextlib.contextmanager
def logged() -> Iterator[list[str]]:
    """All that is logged meanwhile, whoever logs it, with the stacks of errors."""
    lines: list[str] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
