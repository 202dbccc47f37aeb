"""Pace: how much a channel may be told in a time, as its provider has it."""

from datetime import timedelta

from msgspec import Struct


class Rate(Struct, frozen=True):
    """At most `count` in any time of the length `per`; a tenth of them may come at once.

    >>> Rate(120, timedelta(minutes=1)).at_once
    12
    >>> Rate(1, timedelta(seconds=1)).every_s
    1.0
    """

    count: int
    per: timedelta

    @property
    def at_once(self) -> int:
        """How many may go without a wait after a calm time."""
        return max(1, self.count // 10)

    @property
    def every_s(self) -> float:
        """How far apart they are then: no window holds more than `count`, those at once included.

        A window has room for one more, since messages reach their provider a little late.
        """
        return self.per.total_seconds() / max(1, self.count - self.at_once)


class Pace(Struct, frozen=True, kw_only=True):
    """The rates of a channel; None where its provider sets none.

    `address`: what one address is told. `channel`: all of them together. `changes`: later messages
    of an incident, to all addresses, where they change what the first one made. With `is_shared` a
    refusal for too many messages speaks for all addresses, else for the one it came from.
    """

    address: Rate | None = None
    channel: Rate | None = None
    changes: Rate | None = None
    is_shared: bool = False


UNPACED = Pace()


def a_minute(count: int) -> Rate:
    """So many a minute."""
    return Rate(count, timedelta(minutes=1))
