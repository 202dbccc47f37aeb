"""State that survives: per partition, in memory, behind a Faust table's changelog.

A partition's state says which of its records changed (`snapshot`) and takes them back (`restore`).
They are written to the changelog before offsets are committed, and never while a chunk is half
applied: the state that a restart finds has every effect of the records it covers behind it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar, cast

import faust
from aiokafka import AIOKafkaProducer
from faust.exceptions import ProducerSendError
from faust.stores import base
from faust.types import TP

from streams.app import ChunkApp

CHANGELOG = {
    # The active segment is never compacted: keep it short.
    "cleanup.policy": "compact",
    "segment.ms": "300000",
    "segment.bytes": str(64 << 20),
    "min.cleanable.dirty.ratio": "0.2",
    "max.message.bytes": str(8 << 20),
}


class PartitionState(Protocol):
    """What is kept for one partition."""

    def snapshot(self) -> Iterable[tuple[bytes, bytes | None]]:
        """What changed since the last call, as changelog records; None deletes a key."""

    def seal(self) -> Iterable[tuple[bytes, bytes | None]]:
        """What may only be written once the records of the snapshot are: what they depend on."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back a record of an earlier snapshot or seal."""


State = TypeVar("State", bound=PartitionState)


class _Store(base.Store[Any, Any]):
    """Partition number -> state, with how far each changelog is reflected in memory."""

    def __init__(self, *args: Any, start: Callable[[int], PartitionState], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.start_state = start
        self.parts: dict[int, PartitionState] = {}
        self.offsets: dict[TP, int] = {}

    def part(self, partition: int) -> PartitionState:
        if partition not in self.parts:
            self.parts[partition] = self.start_state(partition)
        return self.parts[partition]

    def persisted_offset(self, tp: TP) -> int | None:
        return self.offsets.get(tp)

    def set_persisted_offset(self, tp: TP, offset: int, recovery: bool = False) -> None:
        self.offsets[tp] = max(offset, self.offsets.get(tp, -1))

    def apply_changelog_batch(self, batch: Iterable[Any], *_: Any, **__: Any) -> None:
        for event in batch:
            message = event.message
            if message.value is not None:
                self.part(message.partition).restore(message.key, message.value)
            self.set_persisted_offset(message.tp, message.offset)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget what goes and what comes: it is another worker's, or was until now.

        What comes may be here already, made by work that was still going on when it went; to
        restore onto that, or from where that was written on, would mix two states.
        """
        changelog = cast(StateTable[Any], self.table).changelog
        for tp in revoked | newly_assigned:
            if tp.topic == changelog:
                self.offsets.pop(tp, None)
                self.parts.pop(tp.partition, None)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        kept = active_tps | standby_tps
        self.offsets = {tp: offset for tp, offset in self.offsets.items() if tp in kept}
        partitions = {tp.partition for tp in kept}
        self.parts = {p: part for p, part in self.parts.items() if p in partitions}

    def reset_state(self) -> None:
        """Nothing is kept outside memory."""

    async def backup_partition(self, *_: Any, **__: Any) -> None:
        """Nothing is kept outside memory."""

    def restore_backup(self, *_: Any, **__: Any) -> None:
        """Nothing is kept outside memory."""

    # The dict protocol of a table is not what this one is used by.
    def __getitem__(self, key: Any) -> Any:
        raise KeyError(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("state is written by flush()")

    def __delitem__(self, key: Any) -> None:
        raise TypeError("state is written by flush()")

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def _clear(self) -> None:
        self.parts.clear()


class StateTable(faust.Table[bytes, bytes], Generic[State]):
    """A table that holds :class:`PartitionState` beside the partitions of one source topic."""

    data: Any

    def __init__(
        self, app: Any, *, start: Callable[[int], State], source: str, **kwargs: Any
    ) -> None:
        self._start = start
        self.source = source
        self._locks: dict[int, asyncio.Lock] = {}
        self._torn: set[int] = set()
        super().__init__(
            app, key_type=bytes, value_type=bytes, extra_topic_configs=CHANGELOG, **kwargs
        )

    def info(self) -> Mapping[str, Any]:
        """What a copy of this table is made with."""
        return {**super().info(), "start": self._start, "source": self.source}

    def _new_store(self) -> _Store:
        return _Store(
            "memory://",
            self.app,
            self,
            table_name=self.name,
            loop=self.loop,
            start=self._start,
        )

    @property
    def changelog(self) -> str:
        """The changelog's topic name."""
        return str(self.changelog_topic.get_topic_name())

    @property
    def generation(self) -> int:
        """How often partitions were given out; what is not committed is read again after each."""
        return int(self.app.consumer_generation_id)

    def owned(self) -> list[int]:
        """The partitions that are this worker's now, with their state recovered."""
        if self.app.rebalancing or not self.app.tables.actives_ready:
            return []
        assigned = self.app.assignor.assigned_actives()
        return sorted(tp.partition for tp in assigned if tp.topic == self.source)

    def held(self) -> list[int]:
        """The partitions that have a state here, recovered or still on the way."""
        return sorted(self.data.parts)

    def part(self, partition: int) -> State:
        """The state of a partition, made afresh when there is none."""
        return cast(State, self.data.part(partition))

    @asynccontextmanager
    async def applying(self, partition: int) -> AsyncIterator[State]:
        """The state, for applying records and sending their effects as one step.

        No snapshot is taken inside. If the step fails the state is torn: it is never written, the
        worker stops, and the records are applied again to what was written before.
        """
        async with self._locks.setdefault(partition, asyncio.Lock()):
            try:
                yield self.part(partition)
            except BaseException:
                self._torn.add(partition)
                raise

    async def flush(self, producer: AIOKafkaProducer, commit: Mapping[TP, int]) -> None:
        """Write what changed in the partitions about to be committed, and wait for the acks.

        Raises ProducerSendError, upon which nothing is committed and the worker stops.
        """
        for partition in {tp.partition for tp in commit if tp.topic == self.source}:
            async with self._locks.setdefault(partition, asyncio.Lock()):
                if partition in self._torn:
                    raise ProducerSendError(f"{self.source}/{partition} was left half applied")
                part = self.data.parts.get(partition)
                if part is not None:
                    records, seal = list(part.snapshot()), list(part.seal())
                    await self.write(producer, partition, records)
                    await self.write(producer, partition, seal)

    async def write(
        self,
        producer: AIOKafkaProducer,
        partition: int,
        records: Iterable[tuple[bytes, bytes | None]],
    ) -> None:
        """Write changelog records now, and wait for the acks."""
        try:
            sent = [
                await producer.send(self.changelog, value, key=key, partition=partition)
                for key, value in records
            ]
            for ack in await asyncio.gather(*sent):
                self.data.set_persisted_offset(TP(self.changelog, partition), ack.offset)
        except Exception as error:
            raise ProducerSendError(f"{self.changelog}/{partition}: {error}") from error


def state_table(
    app: ChunkApp,
    producer: AIOKafkaProducer,
    *,
    name: str,
    source: str,
    partitions: int,
    start: Callable[[int], State],
) -> StateTable[State]:
    """A table flushed before each commit of `source`, which has as many partitions as itself."""
    table = StateTable(
        app, name=name, source=source, start=start, partitions=partitions, beacon=app.beacon
    )
    app.tables.add(table)

    async def flush(commit: Mapping[TP, int]) -> None:
        await table.flush(producer, commit)

    app.before_commit.append(flush)
    return table
