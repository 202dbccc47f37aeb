"""A watchdog: notices that a worker reads no more, or hangs, so that its parent starts it again.

Faust's own detection cannot fire (it takes epoch seconds from monotonic ones), and two states of
aiokafka last for ever: a coordinator that never rejoins after a broker's restart, and a position
beyond the end of a log that was begun anew. Before anything is given up for lost the brokers are
asked, over a connection of its own: while none answers there is nothing to do but to wait.
"""

import asyncio
import faulthandler
import logging
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP
from mode import Service

from streams.chunk import Chunk

log = logging.getLogger(__name__)

_ANSWER_WITHIN_S = 15.0


class Stalled(Exception):
    """The worker reads no more and will not by itself. One line: what was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long what may last, in seconds.

    `stalled_s`: no record is read of a partition that has some; `starved_s`: the same while others
    are read, for a worker that is far behind comes round to each of them in turn. `settles_s`: a
    rebalance or a recovery makes no progress. `slow_s`: a chunk is in its handler, and told of.
    `stuck_s`: it is still there, or the event loop does not turn, and the worker is stopped.
    """

    every_s: float = 5.0
    stalled_s: float = 60.0
    starved_s: float = 300.0
    settles_s: float = 180.0
    slow_s: float = 60.0
    stuck_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition is: the next offset, the end that was told last, and when it was told."""

    position: int | None
    end: int | None
    told_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What can be seen of a consumer at one instant.

    `places` has the partitions that should be read now. `progress` changes while partitions are
    given out and tables recover. `handling` has the chunks in handlers; `first` the first chunk of
    each partition that is not done with.
    """

    is_settled: bool = True
    progress: Hashable = None
    has_coordinator: bool = True
    places: Mapping[TP, Place] = field(default_factory=dict)
    handling: Mapping[TP, Chunk] = field(default_factory=dict)
    first: Mapping[TP, Chunk] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What looks wrong. Where `suspects` or `is_unsettled` say so, the brokers have to be asked."""

    slow: tuple[str, ...] = ()
    grave: str = ""
    suspects: Mapping[TP, int | None] = field(default_factory=dict)
    is_unsettled: bool = False

    @property
    def needs_asking(self) -> bool:
        """Whether only the brokers can tell."""
        return bool(self.suspects) or self.is_unsettled


class Vigil:
    """Judges looks. `now` is any monotonic clock in seconds.

    >>> vigil, tp = Vigil(Patience(stalled_s=60)), TP("in", 0)
    >>> look = Look(places={tp: Place(position=5, end=9, told_ms=0)})
    >>> vigil.judge(look, now=0.0).needs_asking
    False
    >>> vigil.judge(look, now=61.0).suspects
    {TP(topic='in', partition=0): 5}
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since: dict[Hashable, tuple[Hashable, float]] = {}
        self._told: set[Hashable] = set()

    def judge(self, look: Look, now: float) -> Concern:
        """What is of concern after this look and the ones before."""
        lasts = _Lasting(self._since, now)
        suspects = self._suspects(lasts, look.places) if look.is_settled else {}
        unsettled = 0.0 if look.is_settled else lasts.seconds("progress", look.progress)
        slow, stuck = self._chunks(lasts, look)
        self._since = lasts.seen
        return Concern(
            slow=slow,
            grave=stuck if look.has_coordinator else "the group's coordination has ended",
            suspects=suspects,
            is_unsettled=unsettled >= self._patience.settles_s,
        )

    def begin_again(self) -> None:
        """The brokers were asked: wait as long before they are asked again."""
        self._since = {key: of for key, of in self._since.items() if isinstance(key, Chunk)}

    def _suspects(self, lasts: "_Lasting", places: Mapping[TP, Place]) -> dict[TP, int | None]:
        where = frozenset((tp, place.position) for tp, place in places.items())
        stands_still = lasts.seconds("positions", where) >= self._patience.stalled_s
        patience = self._patience.stalled_s if stands_still else self._patience.starved_s
        return {
            tp: place.position
            for tp, place in places.items()
            if self._is_suspect(lasts, tp, place, patience)
        }

    def _is_suspect(self, lasts: "_Lasting", tp: TP, place: Place, patience_s: float) -> bool:
        unread = lasts.seconds(("position", tp), place.position) >= patience_s
        untold = lasts.seconds(("told", tp), place.told_ms) >= self._patience.stalled_s
        is_at_end = place.position is not None and place.position == place.end
        return unread and (untold or not is_at_end)

    def _chunks(self, lasts: "_Lasting", look: Look) -> tuple[tuple[str, ...], str]:
        """What to tell of chunks that take long, and of one that takes too long."""
        slow, stuck = [], ""
        stages = dict(_stages(look))
        for chunk, (stage, may_last) in stages.items():
            seconds = lasts.seconds(chunk, stage)
            if seconds >= self._patience.stuck_s and not may_last:
                stuck = f"{chunk!r} was not {stage} for {seconds:.0f} s"
            elif seconds >= self._patience.slow_s and chunk not in self._told:
                self._told.add(chunk)
                slow.append(f"{chunk!r} was not {stage} for {seconds:.0f} s as yet")
        self._told &= stages.keys()
        return tuple(slow), stuck


def _stages(look: Look) -> Iterator[tuple[Chunk, tuple[str, bool]]]:
    """Chunks, what is due to happen to each, and whether that may take as long as it likes.

    A handler that leaves a future behind knows what it waits for.
    """
    topics = {tp.topic for tp in look.handling}
    for chunk in look.handling.values():
        yield chunk, ("handled", False)
    for tp, chunk in look.first.items():
        if chunk.is_taken and chunk is not look.handling.get(tp):
            yield chunk, ("finished", True)
        elif tp.topic not in topics:
            yield chunk, ("taken up", False)


class _Lasting:
    """For how long values have been the same; what is not asked for in a look is forgotten."""

    def __init__(self, before: Mapping[Hashable, tuple[Hashable, float]], now: float) -> None:
        self._before = before
        self._now = now
        self.seen: dict[Hashable, tuple[Hashable, float]] = {}

    def seconds(self, key: Hashable, value: Hashable) -> float:
        """How long ago a value was first what it is."""
        before = self._before.get(key)
        since = before[1] if before is not None and before[0] == value else self._now
        self.seen[key] = (value, since)
        return self._now - since


def finding(
    concern: Concern, ends: Mapping[TP, int | None], changelogs: set[str], patience: Patience
) -> str:
    """What the brokers' answer makes of a concern; nothing where all is well after all.

    `ends` has None for a partition that is not there. A topic that is read may come back; without
    a changelog nothing can go on.
    """
    gone = sorted({tp.topic for tp, end in ends.items() if end is None and tp.topic in changelogs})
    if gone:
        return f"topic {gone[0]} is gone"
    if concern.is_unsettled:
        return f"neither rebalance nor recovery has moved on for {patience.settles_s:.0f} s"
    for tp, position in concern.suspects.items():
        end = ends.get(tp)
        if end is None or position == end:
            continue
        where = f"{tp.topic}/{tp.partition}: offset {position}"
        if position is None or position < end:
            return f"{where} of {end} was not read for {patience.stalled_s:.0f} s"
        return f"{where} is beyond the end, {end}"
    return ""


class Watchdog(Service):
    """Looks after an app from its start to its end; where it stalls it is crashed, and says why."""

    def __init__(self, app: Any, patience: Patience, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._app = app
        self._patience = patience
        self._vigil = Vigil(patience)

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            # All stacks are dumped, and the exit code is 1, if the loop does not turn for so long.
            faulthandler.dump_traceback_later(self._patience.stuck_s, exit=True)
            await self.tick()
            await self.sleep(self._patience.every_s)

    async def on_stop(self) -> None:
        """The app is about to end."""
        faulthandler.cancel_dump_traceback_later()

    async def tick(self) -> None:
        """Look once, and act upon it."""
        concern = self._vigil.judge(self._app.consumer.look(), self.loop.time())
        for words in concern.slow:
            log.warning("%s", words)
        grave = concern.grave
        if not grave and concern.needs_asking:
            grave = await self._ask(concern)
            self._vigil.begin_again()
        if grave:
            self._app.give_up(Stalled(f"stalled: {grave}"))

    async def _ask(self, concern: Concern) -> str:
        consumer = self._app.consumer
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                ends = await consumer.ends()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("nothing is read, and no broker answers: %r", error)
            return ""
        return finding(concern, ends, self._app.tables.changelog_topics, self._patience)
