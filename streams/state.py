"""State that survives: per partition, in memory, behind a Faust table's changelog.

A partition's state says which of its records changed (`snapshot`) and takes them back (`restore`).
They are written to the changelog before offsets are committed, and none is read while a chunk is
half applied: the state that a restart finds has every effect of the records it covers behind it.
`streams/store.py` tells which states outlive a rebalance.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Generic, TypeVar, cast

import faust
from aiokafka import AIOKafkaProducer
from faust.exceptions import ProducerSendError
from faust.types import TP

from streams.app import ChunkApp, ChunkSchema, Outlived, generation_handled
from streams.changelog import ChangelogWriter, Pauses, Records
from streams.store import Divided, Live, PartitionState, StateUnreadable, Store, Unreadable

__all__ = ["CHANGELOG", "PartitionState", "StateTable", "StateUnreadable", "state_table"]

CHANGELOG = {
    # The active segment is never compacted: keep it short.
    "cleanup.policy": "compact",
    "segment.ms": "300000",
    "segment.bytes": str(64 << 20),
    "min.cleanable.dirty.ratio": "0.2",
    "max.message.bytes": str(8 << 20),
}

State = TypeVar("State", bound=PartitionState)


class Torn(ProducerSendError):
    """A state was left half applied: it is never written."""


class StateTable(faust.Table[bytes, bytes], Generic[State]):
    """A table that holds :class:`PartitionState` beside the partitions of one source topic.

    `unreadable` says what becomes of records that `restore` refuses: the worker stops, or, where
    state is only what was learnt, goes on without them.
    """

    app: Any
    data: Any

    def __init__(
        self,
        app: Any,
        *,
        start: Callable[[int], State],
        source: str,
        unreadable: Unreadable = "stop",
        **kwargs: Any,
    ) -> None:
        self._start = start
        self._unreadable: Unreadable = unreadable
        self.source = source
        # Faust keeps that many chunks before it hands them over; a standby's are wanted at once.
        # One for the other buffer means something else to Faust.
        buffers = {"recovery_buffer_size": 2, "standby_buffer_size": 1}
        super().__init__(
            app,
            key_type=bytes,
            value_type=bytes,
            extra_topic_configs=CHANGELOG,
            **{"schema": ChunkSchema(), **buffers, **kwargs},
        )
        app.chunk_changelogs.add(self.changelog)

    def info(self) -> Mapping[str, Any]:
        """What a copy of this table is made with."""
        ours = {"start": self._start, "source": self.source, "unreadable": self._unreadable}
        return {**super().info(), **ours}

    def _new_store(self) -> Store:
        return Store(
            "memory://",
            self.app,
            self,
            table_name=self.name,
            loop=self.loop,
            start=self._start,
            changelog=self.changelog,
            unreadable=self._unreadable,
        )

    @property
    def changelog(self) -> str:
        """The changelog's topic name."""
        return str(self.changelog_topic.get_topic_name())

    @property
    def generation(self) -> int:
        """How often partitions were given out; what is not committed is read again after each."""
        return int(self.app.consumer_generation_id)

    @property
    def is_member(self) -> bool:
        """Whether nobody else can have our partitions; see `ChunkConsumer.is_member`."""
        return bool(self.app.consumer.is_member())

    def owned(self) -> list[int]:
        """The partitions that are this worker's now, with their state recovered."""
        if self.app.is_recovering:
            return []
        assigned = self.app.assignor.assigned_actives()
        return sorted(tp.partition for tp in assigned if tp.topic == self.source)

    def held(self) -> list[int]:
        """The partitions that have a live state here."""
        return sorted(self.data.live)

    def part(self, partition: int) -> State:
        """The state of a partition; one that nobody else will see where it is not ours."""
        return cast(State, self.data.part(partition).state)

    @asynccontextmanager
    async def applying(self, partition: int) -> AsyncIterator[State]:
        """The state, for applying records and sending their effects as one step.

        No snapshot is taken inside. If the step fails the state is torn: it is never written, the
        worker stops, and the records are applied again to what was written before. Raises
        :class:`Outlived` in the handler of a chunk whose partition has gone meanwhile, come back
        or not: who reads it again applies it.
        """
        while True:
            is_live, live = partition in self.data.live, self.data.part(partition)
            async with live.lock:
                if self._is_over(partition, live):
                    raise Outlived(f"{self.source}/{partition} was given out again")
                if is_live and self.data.live.get(partition) is not live:
                    continue  # it went while we waited for our turn
                _check_whole(TP(self.source, partition), live)
                try:
                    yield live.state
                except BaseException:
                    live.is_torn = True
                    raise
                return

    def owe(self, partition: int, acks: Iterable["asyncio.Future[Any]"]) -> None:
        """Effects of what is being applied were sent: the state is not written before the acks.

        Nor is anything of the partition committed: if one fails the state is torn.
        """
        live: Live = self.data.part(partition)
        for ack in acks:
            live.owed.add(ack)
            ack.add_done_callback(partial(_settle, live))

    def _is_over(self, partition: int, live: Live) -> bool:
        """Whether the chunk being handled is of a time before this state."""
        generation = generation_handled.get()
        if generation is None:
            return False
        return partition not in self.data.live or generation < live.born

    async def flush(self, producer: AIOKafkaProducer, commit: dict[TP, int]) -> None:
        """Write what changed in the partitions about to be committed, and wait for the acks.

        Raises ProducerSendError, upon which nothing is committed and the worker stops.
        """
        pauses = Pauses(self._is_urgent, asyncio.sleep)
        for tp in [tp for tp in commit if tp.topic == self.source]:
            live = self.data.live.get(tp.partition)
            if live is None:
                continue
            async with live.writing:
                try:
                    await self._flush(producer, tp, live, pauses)
                except Torn:
                    if not self.app.should_stop:
                        raise
                    del commit[tp]  # cut off at the end; the others may be committed
                except BaseException:
                    live.is_torn = True  # it takes for written what it gave and nobody has
                    raise

    def _is_urgent(self) -> bool:
        """Whether others wait for a flush: partitions are taken away, or the worker ends."""
        app = self.app
        return bool(app.rebalancing or app.should_stop or app.consumer.awaiting_seek)

    async def _flush(self, producer: AIOKafkaProducer, tp: TP, live: Live, pauses: Pauses) -> None:
        """Write a state, and go on applying work to it between the pieces that it is read in."""
        writer = self._writer(producer, tp.partition)
        async with live.lock:
            await _check_whole_and_told(tp, live)
            pieces = _pieces(live.state)
            piece, after = next(pieces, ()), next(pieces, None)
            seal = list(live.state.seal())
            if after is None:
                await writer.write(self._while_member(piece))
                await writer.write(self._while_member(seal))
                return
        while True:
            await writer.send(self._while_member(piece))
            if after is None:
                break
            await pauses.pause()
            async with live.lock:
                await _check_whole_and_told(tp, live)
                piece, after = after, next(pieces, None)
        await writer.settle()
        await writer.write(self._while_member(seal))

    def _while_member(self, records: Records) -> Iterator[tuple[bytes, bytes | None]]:
        for record in records:
            if not self.app.consumer.is_member():
                raise ProducerSendError(f"{self.source} may be another worker's by now")
            yield record

    async def write(self, producer: AIOKafkaProducer, partition: int, records: Records) -> None:
        """Write changelog records now, a few megabytes at a time, and wait for the acks."""
        await self._writer(producer, partition).write(records)

    def _writer(self, producer: AIOKafkaProducer, partition: int) -> ChangelogWriter:
        tp = TP(self.changelog, partition)

        def written(last: int) -> None:
            if partition in self.data.live:  # a copy must read its own way
                self.data.set_persisted_offset(tp, last)

        return ChangelogWriter(producer, tp, written)


def _pieces(state: PartitionState) -> Iterator[Records]:
    return state.pieces() if isinstance(state, Divided) else iter([state.snapshot()])


def _check_whole(tp: TP, live: Live) -> None:
    if live.is_torn:
        raise Torn(f"{tp} was left half applied")


async def _check_whole_and_told(tp: TP, live: Live) -> None:
    """Wait until the effects of what was applied are acknowledged, in the lock."""
    _check_whole(tp, live)
    while live.owed:
        await asyncio.wait(live.owed)
    _check_whole(tp, live)


def _settle(live: Live, ack: "asyncio.Future[Any]") -> None:
    live.owed.discard(ack)
    if ack.cancelled() or ack.exception() is not None:
        live.is_torn = True


def state_table(
    app: ChunkApp,
    producer: AIOKafkaProducer,
    *,
    name: str,
    source: str,
    partitions: int,
    start: Callable[[int], State],
    unreadable: Unreadable = "stop",
) -> StateTable[State]:
    """A table flushed before each commit of `source`, which has as many partitions as itself."""
    table = StateTable(
        app,
        name=name,
        source=source,
        start=start,
        partitions=partitions,
        unreadable=unreadable,
        beacon=app.beacon,
    )
    app.tables.add(table)
    app.before_commit.append(partial(table.flush, producer))
    return table
