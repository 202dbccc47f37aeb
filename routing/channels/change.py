"""A change: what people did to what is watched, such as a deploy, for channels that show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct, field

from routing.receipt import Receipt


class Change(Struct, frozen=True, kw_only=True):
    """One change. `source` is what was changed, `links` are names and addresses."""

    id: str
    summary: str
    source: str
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()


@runtime_checkable
class Changing(Protocol):
    """A channel that may be told of changes."""

    name: str

    @property
    def told_of_changes(self) -> tuple[str, ...]:
        """The addresses that want to know; none where nobody does."""

    async def tell_change(self, change: Change, address: str) -> Receipt:
        """One attempt, as `Channel.send` makes it."""
