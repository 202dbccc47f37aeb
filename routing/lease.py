"""Leases: alerts that end by themselves unless they are told again, as Prometheus sends them.

An alert whose end lies in the future fires until then. `is_timeout` marks an end that nobody said,
because the source left it out: any later word about the alert replaces it. Merging is that of
Alertmanager: the earliest start, the newest text, and the later of two ends that were said.
"""

import heapq
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from routing.alert import Alert


class Lease(Struct, frozen=True):
    """Until when an alert fires, and whether nobody said so."""

    ends_at: datetime
    is_timeout: bool = False


class Leases:
    """The leases by fingerprint, which are state, and the order in which they end."""

    __slots__ = ("_queue", "by_fingerprint")

    def __init__(self, by_fingerprint: dict[str, Lease]) -> None:
        self.by_fingerprint = by_fingerprint
        self._queue = [(lease.ends_at, fp) for fp, lease in by_fingerprint.items()]
        heapq.heapify(self._queue)

    def put(self, fingerprint: str, lease: Lease) -> None:
        """Note until when an alert fires."""
        self.by_fingerprint[fingerprint] = lease
        heapq.heappush(self._queue, (lease.ends_at, fingerprint))

    def drop(self, fingerprint: str) -> None:
        """The alert has ended, or fires until it is said to end."""
        self.by_fingerprint.pop(fingerprint, None)

    def next_end(self) -> datetime | None:
        """The instant at which the first lease ends."""
        while self._queue and not self._is_current():
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def take_ended(self, now: datetime) -> tuple[datetime, str] | None:
        """The first lease that has ended by `now`, and whose it was."""
        due = self.next_end()
        if due is None or due > now:
            return None
        _, fingerprint = heapq.heappop(self._queue)
        del self.by_fingerprint[fingerprint]
        return due, fingerprint

    def _is_current(self) -> bool:
        due, fingerprint = self._queue[0]
        lease = self.by_fingerprint.get(fingerprint)
        return lease is not None and lease.ends_at == due


def merged(old: Alert, lease: Lease | None, new: Alert, now: datetime) -> Alert:
    """The newest form of an alert, with what it takes from an older one that overlaps with it.

    `lease` is that of the old form while it fires. Alerts without any end are not merged.
    """
    ends_at = lease.ends_at if lease is not None else old.ends_at
    if ends_at is None or new.ends_at is None:
        return new
    if not _overlap(old.starts_at, ends_at, new):
        return new
    was_ended = ends_at <= now
    is_said = lease is None or not lease.is_timeout
    keeps_end = was_ended if new.ends_at <= now else is_said
    later = max(ends_at, new.ends_at) if keeps_end else new.ends_at
    return replace(new, starts_at=min(old.starts_at, new.starts_at), ends_at=later)


def _overlap(starts_at: datetime, ends_at: datetime, new: Alert) -> bool:
    is_inside = new.ends_at is not None and starts_at < new.ends_at < ends_at
    return is_inside or starts_at < new.starts_at < ends_at
