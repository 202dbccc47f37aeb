"""The aiokafka side of the chunked consumer: what runs in the thread that talks to Kafka."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError
from aiokafka.protocol.fetch import FetchRequest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.chunk import is_large, take
from streams.watchdog import Place

_POLL_S = 0.01


class ChunkThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer."""

    app: Any
    consumer: Any
    _member_at: float = float("-inf")

    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust hard-codes 1.5 s, and a broker that does not wake a waiting fetch when a record
        # arrives (Tansu sleeps half of it) turns that into latency.
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_max_wait_ms
        return consumer

    async def on_start(self) -> None:
        """Connect, and from then on note when the group last heard of us."""
        await super().on_start()
        consumer = self._ensure_consumer()
        # Others are not to wait for a partition of which more was fetched than is taken now.
        consumer._fetcher._prefetch_backoff = 0.0
        coordinator = consumer._coordinator
        if coordinator is None:  # a client without a group
            return
        beat = coordinator._do_heartbeat

        async def noted() -> bool:
            """A heartbeat; note when one was sent that was taken."""
            sent_at = self.thread_loop.time()  # the broker counts from when it arrives: later
            is_known = bool(await beat())
            if is_known:
                self._member_at = sent_at
            return is_known

        coordinator._do_heartbeat = noted

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """The group has just heard of us."""
        self._member_at = self.thread_loop.time()
        await super().on_partitions_assigned(assigned, generation_id)

    def is_member(self) -> bool:
        """See :meth:`ChunkConsumer.is_member`."""
        coordinator = self._consumer._coordinator if self._consumer else None
        if coordinator is None or coordinator.generation != self.app.consumer_generation_id:
            return False
        session = self.app.conf.broker_session_timeout
        return bool(self.thread_loop.time() - self._member_at < session)

    def heard_at(self) -> float:
        """See :meth:`ChunkConsumer.heard_at`."""
        # Asked from another thread than the one that gives partitions out: look once.
        subscription = self._consumer._subscription.subscription if self._consumer else None
        assignment = subscription.assignment if subscription else None
        if assignment is None:
            return 0.0
        polls = (assignment.state_value(tp).timestamp for tp in assignment.tps)
        return max((at or 0 for at in polls), default=0) / 1000.0

    def places(self, wanted: Iterable[TP]) -> dict[TP, Place]:
        """Where partitions are."""
        subscription = self._consumer._subscription.subscription if self._consumer else None
        assignment = subscription.assignment if subscription else None
        found = {tp: assignment and assignment.state_value(tp) for tp in wanted}
        return {
            tp: Place(state._position, state.highwater, state.timestamp)
            for tp, state in found.items()
            if state
        }

    def has_coordinator(self) -> bool:
        """Whether the task that keeps us in the group is alive, or not yet begun."""
        coordinator = self._consumer._coordinator if self._consumer else None
        return coordinator is None or not coordinator._coordination_task.done()

    def needs_rejoin(self) -> bool:
        """Whether the group wants us to join it again."""
        coordinator = self._consumer._coordinator if self._consumer else None
        return coordinator is not None and bool(coordinator._rejoin_needed_fut.done())

    async def ends(self, partitions: Collection[TP]) -> dict[TP, int | None]:
        """See :meth:`ChunkConsumer.ends`."""
        transport: Any = self.transport
        asking = self._create_client_consumer(transport)
        try:
            await asking.start()
            cluster = await asking._client.fetch_all_metadata()
            there = [tp for tp in partitions if tp.partition in _numbers(cluster, tp.topic)]
            await asking._client.set_topics({tp.topic for tp in there})
            told = await asking.end_offsets([driver.ensure_aiokafka_TP(tp) for tp in there])
            found = await ends(asking, told)
        finally:
            await asking.stop()
        return {tp: found.get(tp) for tp in partitions}

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """See :func:`seek_to_committed`."""
        topics = self.app.chunk_topics
        offsets: Mapping[TP, int] = await self.call_thread(
            seek_to_committed, self._ensure_consumer(), topics
        )
        return offsets

    async def seek_back(self, tp: TP, offset: int) -> None:
        """Read a partition again from an offset on."""
        await self.call_thread(self._seek_back, tp, offset)

    async def _seek_back(self, tp: TP, offset: int) -> None:
        self.seek(driver.ensure_aiokafka_TP(tp), offset)

    async def _highwaters(self, partitions: Any) -> dict[TP, int]:
        return await ends(self._ensure_consumer(), await super()._highwaters(partitions))

    def _wanted(self, active_partitions: Iterable[TP]) -> set[TP]:
        """The partitions that may be read at this moment.

        Faust's own set changes while a fetch waits, and empty it stands for all partitions, the
        paused ones too. It also resumes source partitions before it seeks them to the committed
        offset: what is fetched in between would arrive out of order. Changelogs may be read then.
        """
        wanted = set(active_partitions)
        if self.consumer.awaiting_seek:
            changelogs = self.app.tables.changelog_topics
            wanted = {tp for tp in wanted if tp.topic in changelogs}
        return wanted

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP] | None,
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[Any]]:
        if active_partitions is None:  # a client without a group
            everything: Any = None
            found = await super()._fetch_records(consumer, everything, timeout, max_records)
            return dict(found)
        if not self.consumer.flow_active:
            return {}
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        deadline = self.thread_loop.time() + (timeout or 0)
        with fetcher._subscriptions.fetch_context():
            while True:
                if fetcher._subscriptions.reassignment_in_progress:
                    await fetcher._subscriptions.wait_for_assignment()
                    return {}  # what we were asked for may not be ours any more
                wanted = self._wanted(active_partitions)
                if not wanted:
                    await asyncio.sleep(_POLL_S)
                    return {}
                found = self._take_chunks(fetcher, wanted)
                stock = self._stock_partitions(fetcher, wanted)
                if stock:
                    found.update(
                        await fetcher.fetched_records(stock, timeout=0, max_records=max_records)
                    )
                left = deadline - self.thread_loop.time()
                if found or left <= 0:
                    return found
                waiter = fetcher._create_fetch_waiter()
                is_full = any(not self.app.room(tp.topic) for tp in wanted)
                ready, _ = await asyncio.wait([waiter], timeout=_POLL_S if is_full else left)
                if not ready:
                    waiter.cancel()
                if fetcher._closed or not (ready or is_full):
                    return {}
                if ready:
                    waiter.result()

    def _take_chunks(self, fetcher: Any, active: set[TP]) -> dict[TP, list[Any]]:
        found: dict[TP, list[Any]] = {}
        chunked = {tp: one for tp, one in fetcher._records.items() if self._is_chunked(tp, one)}
        # Of each topic one partition at a time may have much of a batch expanded.
        large = {tp.topic: tp for tp, fetched in chunked.items() if is_large(fetched)}
        # An agent that has all it may have waiting keeps nobody else from theirs.
        room = {tp.topic: self.app.room(tp.topic) for tp in chunked}
        for tp, fetched in chunked.items():
            if not fetcher._subscriptions.is_assigned(tp):
                del fetcher._records[tp]
            elif tp in active and room[tp.topic] and large.get(tp.topic, tp) == tp:
                chunk = take(
                    fetched,
                    tp,
                    max_records=self.app.chunk_max_records,
                    max_bytes=self._most_bytes(tp),
                    check_crcs=fetcher._check_crcs,
                )
                if is_large(fetched):
                    large[tp.topic] = tp
                if fetched.has_more():
                    fetcher._records.move_to_end(tp)
                else:
                    del fetcher._records[tp]
                    fetcher._notify(fetcher._wait_consume_future)
                if chunk is not None:
                    found[tp] = [chunk]
                    room[tp.topic] -= 1
        return found

    def _stock_partitions(self, fetcher: Any, active: set[TP]) -> set[TP]:
        # What the stock code may touch: other topics, and fetch errors of any topic.
        found = fetcher._records.items()
        return {tp for tp, fetched in found if tp in active and not self._is_chunked(tp, fetched)}

    def _most_bytes(self, tp: TP) -> int:
        app = self.app
        is_changelog = tp.topic in app.chunk_changelogs
        return int(app.changelog_max_bytes if is_changelog else app.chunk_max_bytes)

    def _is_chunked(self, tp: TP, fetched: Any) -> bool:
        app = self.app
        is_wanted = tp.topic in app.chunk_topics or tp.topic in app.chunk_changelogs
        return is_wanted and type(fetched) is FetchResult


async def seek_to_committed(consumer: Any, topics: Collection[str]) -> dict[TP, int]:
    """Seek the partitions of a consumer to where they are committed; gives those offsets.

    aiokafka leaves a partition of which nothing is committed yet where it is: what was fetched of
    it before a rebalance, and dropped for that, would never be read. It is sought to its beginning
    if it is of one of `topics`.
    """
    offsets: dict[TP, int] = dict(await consumer.seek_to_committed())
    unread = [tp for tp, offset in offsets.items() if not offset and tp.topic in topics]
    if unread:
        for tp, offset in (await consumer.beginning_offsets(unread)).items():
            consumer.seek(tp, offset)
    return offsets


async def ends(consumer: Any, told: Mapping[TP, int | None]) -> dict[TP, int]:
    """Where partitions end, at least where ListOffsets told.

    Tansu's ListOffsets(latest) answers the base of the last batch plus one, so that recovery of a
    table would stop early and lose state. The mark in a Fetch answer is right.
    """
    marks = {tp: offset or 0 for tp, offset in told.items()}
    for node, topics in _by_node(consumer, marks).items():
        request = FetchRequest(1, 0, 1, 0, list(topics.items()), rack_id="")
        answer = await consumer._client.send(node, request)
        for topic, parts in answer.topics:
            for partition, error, highwater, *_ in parts:
                tp = TP(topic, partition)
                if not error and highwater > marks.get(tp, 0):
                    marks[tp] = highwater
    return marks


def _numbers(cluster: Any, topic: str) -> Collection[int]:
    return cluster.partitions_for_topic(topic) or ()


def _by_node(
    consumer: Any, marks: Mapping[TP, int]
) -> dict[int, dict[str, list[tuple[int, int, int]]]]:
    by_node: dict[int, dict[str, list[tuple[int, int, int]]]] = {}
    for tp, offset in marks.items():
        node = consumer._client.cluster.leader_for_partition(driver.ensure_aiokafka_TP(tp))
        by_node.setdefault(node, {}).setdefault(tp.topic, []).append((tp.partition, offset, 1))
    return by_node
