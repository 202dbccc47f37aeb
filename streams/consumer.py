"""The chunked consumer: a Faust transport that delivers chunks for the topics that ask for them.

Faust keeps its own assignment, commit, rebalance and back-pressure; every other topic (changelogs
among them) takes the stock path through the same consumer. What is replaced, and why, is told
method by method; docs/adr/0004-chunked-consumer.md has the measurements.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, cast

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError
from aiokafka.protocol.fetch import FetchRequest
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.chunk import Chunk, take

log = logging.getLogger(__name__)

_message: Any = ConsumerMessage  # its annotations know only bytes for a value
_POLL_S = 0.01


class ChunkThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer."""

    app: Any
    consumer: Any

    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust hard-codes 1.5 s, and a broker that does not wake a waiting fetch when a record
        # arrives (Tansu sleeps half of it) turns that into latency.
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_max_wait_ms
        return consumer

    def heard_at(self) -> float:
        """See :meth:`ChunkConsumer.heard_at`."""
        # Asked from another thread than the one that gives partitions out: look once.
        subscription = self._consumer._subscription.subscription if self._consumer else None
        assignment = subscription.assignment if subscription else None
        if assignment is None:
            return 0.0
        polls = (assignment.state_value(tp).timestamp for tp in assignment.tps)
        return max((at or 0 for at in polls), default=0) / 1000.0

    async def _highwaters(self, partitions: Any) -> dict[TP, int]:
        # Tansu's ListOffsets(latest) answers the base of the last batch plus one, so that recovery
        # of a table would stop early and lose state. The mark in a Fetch answer is right.
        marks: dict[TP, int] = dict(await super()._highwaters(partitions))
        client = self._ensure_consumer()._client
        by_node: dict[int, dict[str, list[tuple[int, int, int]]]] = {}
        for tp, offset in marks.items():
            node = client.cluster.leader_for_partition(driver.ensure_aiokafka_TP(tp))
            by_node.setdefault(node, {}).setdefault(tp.topic, []).append(
                (tp.partition, offset or 0, 1)
            )
        for node, topics in by_node.items():
            request = FetchRequest(1, 0, 1, 0, list(topics.items()), rack_id="")
            answer = await client.send(node, request)
            for topic, parts in answer.topics:
                for partition, error, highwater, *_ in parts:
                    tp = TP(topic, partition)
                    if not error and highwater > (marks.get(tp) or 0):
                        marks[tp] = highwater
        return marks

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[Any]]:
        parent = self.consumer
        if parent.awaiting_seek:
            # Faust resumes source partitions before it seeks them to the committed offset: what
            # is fetched in between would arrive out of order. Changelogs may be read meanwhile.
            changelogs = parent.app.tables.changelog_topics
            active_partitions = {tp for tp in active_partitions or () if tp.topic in changelogs}
            if not active_partitions:
                await asyncio.sleep(_POLL_S)
                return {}
        if not parent.flow_active:
            return {}
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        deadline = self.thread_loop.time() + (timeout or 0)
        with fetcher._subscriptions.fetch_context():
            while True:
                if fetcher._subscriptions.reassignment_in_progress:
                    await fetcher._subscriptions.wait_for_assignment()
                found = self._take_chunks(fetcher, active_partitions)
                stock = self._stock_partitions(fetcher, active_partitions)
                if stock:
                    found.update(
                        await fetcher.fetched_records(stock, timeout=0, max_records=max_records)
                    )
                left = deadline - self.thread_loop.time()
                if found or left <= 0:
                    return found
                waiter = fetcher._create_fetch_waiter()
                ready, _ = await asyncio.wait([waiter], timeout=left)
                if not ready or fetcher._closed:
                    waiter.cancel()
                    return {}
                waiter.result()

    def _take_chunks(self, fetcher: Any, active: set[TP]) -> dict[TP, list[Any]]:
        app = self.consumer.app
        found: dict[TP, list[Any]] = {}
        for tp in list(fetcher._records):
            if active and tp not in active:
                if not fetcher._subscriptions.is_assigned(tp):
                    del fetcher._records[tp]
                continue
            fetched = fetcher._records[tp]
            if tp.topic not in app.chunk_topics or type(fetched) is not FetchResult:
                continue
            chunk = take(
                fetched, tp, max_records=app.chunk_max_records, check_crcs=fetcher._check_crcs
            )
            if not fetched.has_more():
                del fetcher._records[tp]
                fetcher._notify(fetcher._wait_consume_future)
            if chunk is not None:
                found[tp] = [chunk]
        return found

    def _stock_partitions(self, fetcher: Any, active: set[TP]) -> set[TP]:
        # What the stock code may touch: other topics, and fetch errors of any topic.
        chunked = self.consumer.app.chunk_topics
        return {
            tp
            for tp in fetcher._records
            if (not active or tp in active)
            and (tp.topic not in chunked or type(fetcher._records[tp]) is not FetchResult)
        }


class ChunkConsumer(driver.Consumer):
    """Faust's consumer, with chunks acknowledged as wholes and in order of arrival."""

    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.awaiting_seek = True
        self._outstanding: dict[TP, deque[tuple[Any, int]]] = {}
        self._committable: dict[TP, int] = {}
        self._expected: dict[TP, int | None] = {}
        self._jumped: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ChunkThread:
        return ChunkThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """Messages as they come; a chunk that does not follow its predecessor is read again."""
        async for tp, message in super().getmany(timeout):
            value: Any = message.value
            if isinstance(value, Chunk) and not await self._follows(message):
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
                await self._seek(tp, expected)
                return False
            # Twice the same: retention took the records in between; go on from here.
        self._expected[tp] = chunk.next_offset
        return True

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

    async def _handle_attached(self, commit_offsets: Mapping[TP, int]) -> None:
        # Runs after the offsets were chosen and before they are committed: what a hook makes
        # durable here covers at least what these offsets say was processed.
        await asyncio.gather(*(hook(commit_offsets) for hook in self.app.before_commit))
        await super()._handle_attached(commit_offsets)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit before Faust throws away the acknowledgements of what is revoked."""
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
        self._expected = {
            ensure_TP(tp): offset
            for tp, offset in self._read_offset.items()
            if tp.topic in self.app.chunk_topics
        }

    def _forget(self, tps: Iterable[TP]) -> None:
        for tp in tps:
            self._outstanding.pop(tp, None)
            self._committable.pop(tp, None)


class ChunkTransport(driver.Transport):
    """The transport a :class:`streams.app.ChunkApp` uses."""

    Consumer = ChunkConsumer
