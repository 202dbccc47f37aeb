"""The chunked consumer: a Faust transport that delivers chunks for the topics that ask for them.

Faust keeps its own assignment, commit, rebalance and back-pressure; every other topic takes the
stock path through the same consumer. What is replaced, and why, is told method by method;
docs/adr/0004-chunked-consumer.md has the measurements.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, cast

from aiokafka.errors import ConsumerStoppedError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode import Service

from streams.chunk import Chunk
from streams.fetching import ChunkThread
from streams.watchdog import Look

log = logging.getLogger(__name__)

_message: Any = ConsumerMessage  # its annotations know only bytes for a value

_SHARE = 0.25  # of the time that hooks before a commit may take ...
_LONGEST_S = 15.0  # ... unless that puts off the next one for longer than this


class ChunkConsumer(driver.Consumer):
    """Faust's consumer, with chunks acknowledged as wholes and in order of arrival."""

    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.awaiting_seek = True
        self._outstanding: dict[TP, deque[tuple[Any, int]]] = {}
        self._committable: dict[TP, int] = {}
        self._expected: dict[TP, int | None] = {}
        self._jumped: dict[TP, int] = {}
        self._was_member = False
        self._hooks_took_s = 0.0
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ChunkThread:
        return ChunkThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """Messages as they come; a chunk that does not follow its predecessor is read again."""
        async for tp, message in super().getmany(timeout):
            if tp.topic in self.app.chunk_topics and not await self._follows(message):
                continue
            yield tp, message

    async def _follows(self, message: Any) -> bool:
        chunk, tp = message.value, message.tp
        expected = self._expected.get(tp)
        if expected is not None and chunk.start != expected:
            seen_before = self._jumped.get(tp) == expected
            self._jumped[tp] = expected
            log.warning("%s: expected offset %s, got %r", tp, expected, chunk)
            if not seen_before:
                self._outstanding[tp].pop()
                await cast(ChunkThread, self._thread).seek_back(tp, expected)
                return False
            # Twice the same: retention took the records in between; go on from here.
            if chunk.start < expected:
                self._begin_anew(tp)
        self._expected[tp] = chunk.next_offset
        return True

    def _begin_anew(self, tp: TP) -> None:
        # The topic was made anew and ends before the committed offset. Faust would drop what is
        # below that, and never commit it.
        self._read_offset[tp] = None
        self._committed_offset[tp] = None

    async def _drain_messages(self, fetcher: Any) -> None:
        # Faust's own makes four tasks of each message and has the loop go round three times for
        # it, which on a busy loop is some milliseconds until the next fetch.
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(0)
                found = [one async for one in self.getmany(timeout=1.0)]
                if found and not self.should_stop:
                    await self.wait_first(self._deliver(found), self.suspend_flow.wait())
        except (asyncio.CancelledError, ConsumerStoppedError):
            if not self.app.should_stop:
                raise

    async def _deliver(self, found: Iterable[tuple[TP, Any]]) -> None:
        for tp, message in found:
            read = self._read_offset[tp]
            if read is not None and message.offset < read:
                continue  # read before it was sought
            if read and message.offset > read + 1 and self.app.topics.acks_enabled_for(tp.topic):
                await self._add_gap(tp, read + 1, message.offset)
            await self.callback(message)
            self._read_offset[tp] = message.offset

    def _to_message(self, tp: Any, record: Any) -> Any:
        if not isinstance(record, Chunk):
            return super()._to_message(tp, record)
        message = _message(
            record.tp.topic,
            record.tp.partition,
            record.next_offset - 1,
            record.timestamps[-1] / 1000.0,
            0,
            (),
            None,
            record,
            None,
            0,
            0,
            record.tp,
            generation_id=self.app.consumer_generation_id,
        )
        if record.tp.topic in self.app.chunk_topics:  # changelogs are not committed
            self._advance(record.tp)
            self._outstanding.setdefault(record.tp, deque()).append((message, record.next_offset))
        return message

    def _advance(self, tp: TP) -> None:
        queue = self._outstanding.get(tp)
        while queue and queue[0][0].acked and queue[0][0].value.done:
            self._committable[tp] = queue.popleft()[1]

    def has_more(self, tp: TP, offset: int | None) -> bool:
        """Whether a chunked partition has records from an offset on, None: from its position."""
        position = self._expected.get(tp) if offset is None else offset
        return position is not None and (self.highwater(tp) or 0) > position

    def lag(self) -> int:
        """Records of chunk topics that are fetched or fetchable and not yet dealt with."""
        behind = 0
        for tp in self.assignment():
            if tp.topic in self.app.chunk_topics:
                self._advance(tp)
                reached = self._committable.get(tp, self._read_offset[tp]) or 0
                behind += max(0, (self.highwater(tp) or 0) - reached)
        return behind

    def oldest(self) -> dict[TP, float | None]:
        """When the oldest record at hand was written, in each partition of a chunk topic.

        In epoch seconds; None where nothing waits. Partitions that wait unread are left out.
        """
        found: dict[TP, float | None] = {}
        for tp in self.assignment():
            if tp.topic in self.app.chunk_topics:
                queue = self._outstanding.get(tp, ())
                chunk = next((m.value for m, _ in queue if not m.value.done), None)
                if chunk is not None:
                    found[tp] = chunk.timestamps[0] / 1000.0
                elif (self.highwater(tp) or 0) <= (self._expected.get(tp) or 0):
                    found[tp] = None
        return found

    def heard_at(self) -> float:
        """When a broker last answered a fetch, in epoch seconds; 0 before the first answer."""
        return cast(ChunkThread, self._thread).heard_at()

    def look(self) -> Look:
        """What a watchdog sees."""
        app, thread = self.app, cast(ChunkThread, self._thread)
        recovery = app.tables.recovery
        is_given_out = not (app.rebalancing or self.awaiting_seek or thread.needs_rejoin())
        recovered = sum(offset or 0 for offset in recovery.active_offsets.values())
        waiting = {tp: deque(m.value for m, _ in q) for tp, q in self._outstanding.items()}
        return Look(
            is_settled=is_given_out and not app.in_recovery,
            progress=(app.rebalancing_count, app.consumer_generation_id, recovered),
            has_coordinator=thread.has_coordinator(),
            places=thread.places(tp for tp in self._active_partitions or () if app.room(tp.topic)),
            handling=dict(app.handling),
            first={
                tp: chunk
                for tp, chunks in waiting.items()
                if (chunk := next((c for c in chunks if not c.done), None))
            },
        )

    async def ends(self) -> dict[TP, int | None]:
        """Where our partitions end, asked over a connection of its own; None is not there.

        Raises KafkaError when no broker answers.
        """
        thread = cast(ChunkThread, self._thread)
        return await thread.ends(self.assignment() if thread._consumer else set())

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        # Faust's gaps count records and commit an unacknowledged one that follows a gap.
        if tp.topic not in self.app.chunk_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self.app.chunk_topics:
            return super()._new_offset(tp)
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        self._advance(tp)
        return self._committable.get(tp)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        tps = set(super()._filter_tps_with_pending_acks(topics))
        tps.update(
            tp for tp in self._outstanding if topics is None or tp in topics or tp.topic in topics
        )
        return iter(tps)

    def is_member(self) -> bool:
        """Whether nobody else can have been given our partitions since we got them.

        The group forgets a member that it has not heard of for the session timeout: one that was
        stopped, or cut off. What such a one still writes would overwrite its successor's work.
        """
        return cast(ChunkThread, self._thread).is_member()

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit, unless the partitions may be another's by now."""
        is_member, self._was_member = self._was_member, self.is_member()
        if not self._was_member:
            if is_member:
                log.warning("not heard of by the group within its session: nothing is committed")
            return False
        return bool(await super().force_commit(topics, start_new_transaction))

    async def _handle_attached(self, commit_offsets: Mapping[TP, int]) -> None:
        # Runs after the offsets were chosen and before they are committed: what a hook makes
        # durable here covers at least what these offsets say was processed. What it takes out
        # of them is not committed.
        chosen, began = cast(dict[TP, int], commit_offsets), self.loop.time()
        await asyncio.gather(*(hook(chosen) for hook in self.app.before_commit))
        self._hooks_took_s = self.loop.time() - began
        await super()._handle_attached(commit_offsets)

    @Service.task
    async def _commit_handler(self) -> None:
        # Faust's own commits as often however long that takes.
        while not self.should_stop:
            await self.sleep(commit_after(self.commit_interval, self._hooks_took_s))
            if not self.should_stop:
                await self.commit()

    async def _commit_offsets(
        self, offsets: Mapping[TP, int], start_new_transaction: bool = True
    ) -> bool:
        # Faust takes what could not be committed for committed, and does not try again.
        before = {tp: self._committed_offset[tp] for tp in offsets}
        is_done = bool(await super()._commit_offsets(offsets, start_new_transaction))
        if not is_done:
            self._committed_offset.update(before)
        return is_done

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit before Faust throws away the acknowledgements of what is revoked."""
        self.awaiting_seek = True
        # A commit that is under way was chosen before what has been done since.
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()
        await super().on_partitions_revoked(revoked)
        self._forget(ensure_TP(tp) for tp in revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Hold source partitions back until Faust has sought them to the committed offset."""
        self.awaiting_seek = True
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, from which each partition must now go on."""
        await super().perform_seek()
        self._forget(list(self._outstanding))
        self._jumped.clear()
        self._expected = {
            ensure_TP(tp): offset
            for tp, offset in self._read_offset.items()
            if tp.topic in self.app.chunk_topics
        }

    def _forget(self, tps: Iterable[TP]) -> None:
        for tp in tps:
            self._outstanding.pop(tp, None)
            self._committable.pop(tp, None)


def commit_after(interval_s: float, hooks_took_s: float) -> float:
    """Seconds until the next commit: what is written for one is written more rarely if it is much.

    >>> [commit_after(5.0, took) for took in (0.1, 2.0, 30.0)]
    [5.0, 8.0, 15.0]
    """
    return max(interval_s, min(hooks_took_s / _SHARE, _LONGEST_S))


class ChunkTransport(driver.Transport):
    """The transport a :class:`streams.app.ChunkApp` uses."""

    Consumer = ChunkConsumer
