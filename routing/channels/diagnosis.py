"""Diagnosis: what can be known of a channel without telling anybody anything."""

from collections.abc import Awaitable, Collection, Iterable
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from routing.channels.attempt import Delivered, attempt
from routing.channels.channel import Message
from routing.channels.samples import notification
from routing.receipt import DeliveryStatus
from routing.secret import Secret

Health = Literal["good", "bad", "unsure"]


class Finding(Struct, frozen=True):
    """One thing that was looked at: an address, or the channel itself where `about` is empty.

    `text` says what was found, and what to do where it is not good.
    """

    about: str
    health: Health
    text: str


@runtime_checkable
class Examined(Protocol):
    """A channel that can be looked into."""

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """What is found of it and of these addresses; it tells nobody, and never raises."""


async def look(
    about: str,
    work: Awaitable[str | Finding],
    *,
    timeout_s: float,
    secrets: Iterable[Secret],
    network_errors: tuple[type[Exception], ...] = (),
) -> Finding:
    """The finding that some work comes to: what it says is good, and what it raises is bad."""
    doubts: list[Finding] = []

    async def done() -> Delivered:
        """The work's finding as what a channel has delivered; doubts are kept aside."""
        found = await work
        if isinstance(found, Finding):
            doubts.append(found)
            return Delivered(detail=found.text)
        return Delivered(detail=found)

    receipt = await attempt(
        Message(notification=notification(about), payload={}),
        done(),
        timeout_s=timeout_s,
        secrets=secrets,
        network_errors=network_errors,
    )
    if receipt.status is not DeliveryStatus.SENT:
        return Finding(about, "bad", receipt.detail)
    return Finding(about, doubts[0].health if doubts else "good", receipt.detail)


def unsure(text: str) -> Finding:
    """What only a real message could tell."""
    return Finding("", "unsure", text)
