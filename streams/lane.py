"""A lane: how much may wait for one channel, and when the channel is let alone for a while."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

AT_ONCE = 4  # attempts in flight
MOST = 1000  # notifications at hand, those in flight among them
MOST_BYTES = 8 << 20  # of them as records; one alone may be larger
HUNG_AFTER_S = 3.0  # a failure that took so long kept others waiting
PAUSE_S = 15.0
ROOM_AFTER_S = 5.0


class PutOff(NamedTuple):
    """Why a notification is not even tried now, and when it may be."""

    detail: str
    retry_after: timedelta


class Lane:
    """What is at hand for one channel.

    As many hung attempts in a row as fit the lane close it: what comes is put off for
    :data:`PAUSE_S`, then one attempt is made to see whether the channel is back.
    """

    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.count = 0
        self.bytes = 0
        self._name = name
        self._now = now
        self._hung = 0
        self._tries_at: float | None = None  # while the channel is let alone
        self._is_trying = False

    @property
    def is_paused(self) -> bool:
        """True while the channel is thought dead."""
        return self._tries_at is not None

    def admits(self, size: int) -> PutOff | None:
        """Whether one more of this size may wait here: None, and it counts until :meth:`leave`."""
        put_off = self._pause() or self._crowd(size)
        if put_off is None:
            self.count += 1
            self.bytes += size
        return put_off

    def leave(self, size: int) -> None:
        """What was admitted is over."""
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

    def _crowd(self, size: int) -> PutOff | None:
        if self.count < MOST and (not self.count or self.bytes + size <= MOST_BYTES):
            return None
        detail = f"{self.count} other messages wait for {self._name}"
        return PutOff(detail, timedelta(seconds=ROOM_AFTER_S))
