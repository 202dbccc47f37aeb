"""What a channel is: a way to say one thing to one address, once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from routing.notification import Notification
from routing.receipt import Receipt

Spend = Callable[[], float]


class Message(Struct, frozen=True, kw_only=True):
    """A rendered notification: the provider's own payload, ready to be sent.

    `at` is when it is sent, for providers that ask; whoever sends it sets it, `render` does not.
    `note` goes into the detail of its receipt when it was sent.
    """

    notification: Notification
    payload: dict[str, Any]
    at: datetime | None = None
    note: str = ""


class Channel(Protocol):
    """A configured channel. Its parameters are keyword-only arguments of its constructor.

    `send` makes one attempt within its timeout and never raises for anything the provider or the
    network does: that is what the receipt says. It does not sleep, and it does not retry.
    Its class may have a `pace` (`routing/pace.py`): what its provider takes in a time.
    """

    kind: str
    name: str

    def render(self, notification: Notification) -> Message:
        """The message; pure, and within the provider's limits whatever the labels hold."""

    async def send(self, message: Message) -> Receipt:
        """One attempt."""

    async def close(self) -> None:
        """Give back connections and threads."""


@runtime_checkable
class Spending(Protocol):
    """A channel that changes its messages also when it is not told to.

    `spend` is set by who keeps its pace: it takes a token for one such change and says 0, or
    says in how many seconds to ask again.
    """

    spend: Spend


def unpaced() -> float:
    """Where nobody keeps a pace there is room."""
    return 0.0
