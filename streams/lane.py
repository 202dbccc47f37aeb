"""A lane: how much may wait for one channel, and when the channel is let alone for a while."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

AT_ONCE = 4  # attempts in flight
MOST = 1000  # notifications at hand, those in flight among them
MOST_BYTES = 8 << 20  # of them as records; one alone may be larger
RESERVE = 250  # and 2 MiB: room beyond that for what may not be kept out by the others
RESERVE_BYTES = 2 << 20
FEW = 10
HUNG_AFTER_S = 3.0  # a failure that took so long kept others waiting
PAUSE_S = 15.0
ROOM_AFTER_S = 5.0


class PutOff(NamedTuple):
    """Why a notification is not even tried now, and when it may be.

    `is_limited`: for want of room or of time, and not since the channel failed.
    """

    detail: str
    retry_after: timedelta
    is_limited: bool = False


class Lane:
    """What is at hand for one channel.

    As many hung attempts in a row as fit the lane close it: what comes is put off for
    :data:`PAUSE_S`, then one attempt is made to see whether the channel is back.
    """

    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.count = 0
        self.bytes = 0
        self._of: Counter[str] = Counter()
        self._name = name
        self._now = now
        self._hung = 0
        self._tries_at: float | None = None  # while the channel is let alone
        self._is_trying = False

    @property
    def is_paused(self) -> bool:
        """True while the channel is thought dead."""
        return self._tries_at is not None

    def admits(
        self,
        size: int,
        address: str,
        *,
        is_pressing: bool = False,
        room_after_s: float = ROOM_AFTER_S,
    ) -> PutOff | None:
        """Whether one more of this size may wait here: None, and it counts until :meth:`leave`.

        The reserve is open to what is pressing, and to addresses for which few wait.
        `room_after_s` is how long it will be full.
        """
        is_reserved = is_pressing or self._of[address] < FEW
        put_off = self._pause() or self._crowd(size, is_reserved=is_reserved)
        if put_off is not None and put_off.is_limited:
            put_off = put_off._replace(retry_after=timedelta(seconds=room_after_s))
        if put_off is None:
            self.count += 1
            self.bytes += size
            self._of[address] += 1
        return put_off

    def leave(self, size: int, address: str) -> None:
        """What was admitted is over."""
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]
        self.count -= 1
        self.bytes -= size

    def begins(self) -> PutOff | None:
        """Whether an attempt may begin: None, and :meth:`ended` is due afterwards."""
        put_off = self._pause()
        if put_off is None:
            self._is_trying = self.is_paused
        return put_off

    def ended(self, *, took_s: float, has_failed: bool) -> None:
        """An attempt is over; `has_failed` where another may do better."""
        self._is_trying = False
        if not has_failed or took_s < HUNG_AFTER_S:
            self.open()
            return
        self._hung += 1
        if self.is_paused or self._hung >= AT_ONCE:
            self._tries_at = self._now() + PAUSE_S

    def open(self) -> None:
        """Take the channel for alive."""
        self._hung = 0
        self._tries_at = None

    def _pause(self) -> PutOff | None:
        if self._tries_at is None:
            return None
        left = PAUSE_S if self._is_trying else self._tries_at - self._now()
        if left <= 0:
            return None
        detail = f"{self._name} does not answer: one message is tried every {PAUSE_S:.0f} s"
        return PutOff(detail, timedelta(seconds=left))

    def _crowd(self, size: int, *, is_reserved: bool) -> PutOff | None:
        most = MOST + is_reserved * RESERVE
        most_bytes = MOST_BYTES + is_reserved * RESERVE_BYTES
        if self.count < most and (not self.count or self.bytes + size <= most_bytes):
            return None
        detail = f"{self.count} other messages wait for {self._name}"
        return PutOff(detail, timedelta(seconds=ROOM_AFTER_S), is_limited=True)
