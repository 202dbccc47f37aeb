"""Turns: who of those that wait for a channel is sent next, and when.

An address has a line of its own; in it the first pages of critical incidents come before other
first pages, and those before what follows. What is newer of the same talk takes the place of what
waits. A turn begins when one of the few at once is free and the pace has a token for it.
"""

import asyncio
import enum
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from routing.alert import Severity
from routing.incident import IncidentState
from routing.notification import Notification
from routing.pace import Pace, Rate
from routing.policy import Contact
from streams.bucket import Bucket
from streams.lane import AT_ONCE, Lane

_SOON_S = 1e-6  # timers are no more exact

Talk = tuple[str, Contact]

WAITS_S = 60.0  # what waits longer goes back to the engine, or it would keep offsets uncommitted


class Rank(enum.IntEnum):
    """What comes before what to one address."""

    PRESSING = 0
    FIRST = 1
    LATER = 2


class Verdict(enum.Enum):
    """How waiting ends: with a turn, or without since a newer one has the place, it took too long,
    or the same notification is at hand once more.
    """

    GO = enum.auto()
    SUPERSEDED = enum.auto()
    LATE = enum.auto()
    TWIN = enum.auto()


@dataclass(slots=True, eq=False, kw_only=True)
class Place:
    """One notification that waits, or is being sent. `order` grows within its talk."""

    id: str
    talk: Talk
    order: tuple[int, int]
    generation: int
    rank: Rank
    number: int = 0
    verdict: asyncio.Future[Verdict] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    over: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def decide(self, verdict: Verdict) -> None:
        """End the wait, where it has not ended."""
        if not self.verdict.done():
            self.verdict.set_result(verdict)


def rank_of(notification: Notification, *, is_told: bool) -> Rank:
    """The rank; `is_told` where its contact has heard of the incident."""
    incident = notification.incident
    if is_told or notification.handle:
        return Rank.LATER
    is_pressing = (
        incident.severity is Severity.CRITICAL and incident.state is not IncidentState.RESOLVED
    )
    return Rank.PRESSING if is_pressing else Rank.FIRST


class Turns:
    """The turns of one channel."""

    def __init__(self, lane: Lane, pace: Pace) -> None:
        self.lane = lane
        self._loop = asyncio.get_running_loop()
        self._lines: dict[str, dict[Rank, dict[Talk, Place]]] = {}
        self._busy: dict[Talk, Place] = {}
        self._paused: dict[str, float] = {}  # addresses, "" for all of them, and until when
        self._count = 0
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_still = asyncio.Event()
        self._is_still.set()
        self._pace = pace
        self._began = self._loop.time()
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def adopt(self, pace: Pace) -> None:
        """Keep another pace from now on."""
        if pace != self._pace:
            self._pace = pace
            self._began = self._loop.time()
            self._buckets.clear()
            self._go_on()

    def waiting(self, address: str) -> int:
        """How many wait for an address."""
        return sum(map(len, self._lines.get(address, {}).values()))

    def wait_s(self, address: str) -> float:
        """About how long one more would wait, as far as the pace of its address says."""
        rate = self._pace.address
        return min(WAITS_S, self.waiting(address) * rate.every_s) if rate else 0.0

    @asynccontextmanager
    async def turn(self, place: Place) -> AsyncIterator[Verdict]:
        """Wait; what is sent is sent within."""
        timer = self._loop.call_later(WAITS_S, self._end_wait, place)
        self._join(place)
        self._go_on()
        try:
            yield await place.verdict
        finally:
            timer.cancel()
            self._leave(place)

    @asynccontextmanager
    async def stillness(self) -> AsyncIterator[None]:
        """A time in which nothing is being sent, and nothing begins."""
        self._held += 1
        try:
            await self._is_still.wait()
            yield
        finally:
            self._held -= 1
            self._go_on()

    def told(self, talk: Talk) -> None:
        """The contact has heard of the incident: what waits of it is no first page any more."""
        place = self._waiting(talk)
        if place is not None and place.rank is not Rank.LATER:
            self._take_out(place)
            place.rank = Rank.LATER
            self._put_in(place)

    def pause(self, address: str, for_s: float) -> None:
        """The provider wants no more for so long."""
        whom = "" if self._pace.is_shared else address
        until = self._loop.time() + for_s
        self._paused[whom] = max(until, self._paused.get(whom, 0.0))

    def spend(self) -> float:
        """Take the token for a change that has no turn; else in how many seconds to ask again.

        Messages that wait come first.
        """
        rate, now = self._pace.changes, self._loop.time()
        if rate is None:
            return 0.0
        bucket = self._bucket(("changes", ""), rate)
        if bucket.ready_at > now + _SOON_S:
            return bucket.ready_at - now
        if any(line[Rank.LATER] for line in self._lines.values()):
            return rate.every_s
        bucket.take(now)
        return 0.0

    def send_away(self) -> None:
        """End all waiting."""
        for line in self._lines.values():
            for places in line.values():
                for place in places.values():
                    place.decide(Verdict.TWIN)

    def _end_wait(self, place: Place) -> None:
        if self._waiting(place.talk) is place and place.talk not in self._busy:
            place.decide(Verdict.LATE)

    def _join(self, place: Place) -> None:
        self._count += 1
        place.number = self._count
        old = self._waiting(place.talk)
        twin = next(
            (one for one in (self._busy.get(place.talk), old) if _is_twin(one, place)), None
        )
        if twin is not None:
            twin.over.add_done_callback(lambda _: place.decide(Verdict.TWIN))
        elif old is None or old.verdict.done() or old.generation != place.generation:
            self._replace(old, place, Verdict.TWIN)
        elif place.order < old.order:
            place.decide(Verdict.SUPERSEDED)
        else:
            self._replace(old, place, Verdict.SUPERSEDED)

    def _replace(self, old: Place | None, place: Place, verdict: Verdict) -> None:
        """The newer one keeps the place in the line where the rank is the same."""
        if old is not None:
            old.decide(verdict)
            place.number = old.number
            if old.rank is not place.rank:
                self._take_out(old)
        self._put_in(place)

    def _waiting(self, talk: Talk) -> Place | None:
        line = self._lines.get(talk[1].address, {})
        return next((places[talk] for places in line.values() if talk in places), None)

    def _put_in(self, place: Place) -> None:
        line = self._lines.setdefault(place.talk[1].address, {rank: {} for rank in Rank})
        line[place.rank][place.talk] = place

    def _take_out(self, place: Place) -> None:
        address = place.talk[1].address
        line = self._lines.get(address)
        if line is not None and line[place.rank].get(place.talk) is place:
            del line[place.rank][place.talk]
            if not any(line.values()):
                del self._lines[address]

    def _leave(self, place: Place) -> None:
        self._take_out(place)
        if self._busy.get(place.talk) is place:
            del self._busy[place.talk]
        if not self._busy:
            self._is_still.set()
        if not place.over.done():
            place.over.set_result(None)
        self._go_on()

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while not self._held and len(self._busy) < AT_ONCE:
            place, at = self._next()
            if place is None:
                if at < math.inf:
                    self._timer = self._loop.call_at(at, self._go_on)
                return
            self._begin(place)

    def _begin(self, place: Place) -> None:
        self._take_out(place)
        if not self.lane.is_paused:
            for bucket in self._needed(place):
                bucket.take(self._loop.time())
        self._busy[place.talk] = place
        self._is_still.clear()
        place.decide(Verdict.GO)

    def _next(self) -> tuple[Place | None, float]:
        """Who may begin now, else when somebody may."""
        now, found, at = self._loop.time(), None, math.inf
        for line in self._lines.values():
            place = self._first(line)
            if place is None:
                continue
            ready_at = self._ready_at(place)
            if ready_at > now + _SOON_S:
                at = min(at, ready_at)
            elif found is None or (place.rank, place.number) < (found.rank, found.number):
                found = place
        return found, at

    def _first(self, line: dict[Rank, dict[Talk, Place]]) -> Place | None:
        for rank in Rank:
            for place in line[rank].values():
                if place.talk not in self._busy and not place.verdict.done():
                    return place
        return None

    def _ready_at(self, place: Place) -> float:
        """A channel that does not answer has no pace: who waits is to hear so at once."""
        if self.lane.is_paused:
            return -math.inf
        pauses = (self._paused.get(whom, -math.inf) for whom in ("", place.talk[1].address))
        return max([*pauses, *(bucket.ready_at for bucket in self._needed(place))])

    def _needed(self, place: Place) -> list[Bucket]:
        address, is_later = place.talk[1].address, place.rank is Rank.LATER
        rates = {
            ("address", address): self._pace.address,
            ("channel", ""): self._pace.channel,
            ("changes", ""): self._pace.changes if is_later else None,
        }
        return [self._bucket(key, rate) for key, rate in rates.items() if rate is not None]

    def _bucket(self, key: tuple[str, str], rate: Rate) -> Bucket:
        return self._buckets.get(key) or self._buckets.setdefault(key, Bucket(rate, self._began))


def _is_twin(one: Place | None, other: Place) -> bool:
    return one is not None and (one.id, one.generation) == (other.id, other.generation)
