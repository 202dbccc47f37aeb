"""Dues: which of many things is due next."""

import heapq
from collections.abc import Mapping
from datetime import datetime


class Dues:
    """One instant for each key, in order. It is derived from state, and costs O(log n) a change.

    >>> from datetime import UTC, datetime
    >>> early, late = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    >>> dues = Dues({"a": late, "b": early})
    >>> dues.put("b", late)
    >>> dues.take(early), dues.take(late)
    (None, (datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone.utc), 'a'))
    """

    __slots__ = ("_at", "_queue")

    def __init__(self, at: Mapping[str, datetime]) -> None:
        self._at = dict(at)
        self._queue = [(due, key) for key, due in at.items()]
        heapq.heapify(self._queue)

    def put(self, key: str, at: datetime) -> None:
        """The key is due at `at`, and no more at any instant given before."""
        if self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._queue, (at, key))

    def drop(self, key: str) -> None:
        """The key is due no more."""
        self._at.pop(key, None)

    def first(self) -> datetime | None:
        """The instant at which the first key is due."""
        while self._queue and self._at.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def take(self, now: datetime) -> tuple[datetime, str] | None:
        """The first key due by `now`, and when it was; it is due no more."""
        due = self.first()
        if due is None or due > now:
            return None
        _, key = heapq.heappop(self._queue)
        del self._at[key]
        return due, key
