"""What a state table holds of its changelog: live states, and copies of what was written.

A partition is in one of three forms here. *Live*: a state that work is applied to; its partition is
ours, and it runs ahead of the changelog. *Copied*: the newest record of each key, just as it was
read; a standby, or a partition on its way to us. *Nothing*.

A copy holds nothing but records of the changelog and how far it was read, so it can be read on from
there whatever happened since: a standby that is promoted reads only the tail. A live state can be
kept only by the worker that has had the partition all the time: once another may have had it, what
was applied here and not written is another history. So live states are kept from one generation of
the group to the very next, and never turned into copies: who loses a partition and is its standby
from then on reads the changelog from the beginning.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from faust.stores import base
from faust.types import TP

from streams.chunk import Chunk

log = logging.getLogger(__name__)

_AT_ONCE = 4 << 20  # bytes that are restored without giving way to anything else

Unreadable = Literal["stop", "afresh"]


class PartitionState(Protocol):
    """What is kept for one partition."""

    def snapshot(self) -> Iterable[tuple[bytes, bytes | None]]:
        """What changed since the last call, as changelog records; None deletes a key.

        It may be a generator: it is read to its end while nothing is applied to the state.
        """

    def seal(self) -> Iterable[tuple[bytes, bytes | None]]:
        """What may only be written once the records of the snapshot are: what they depend on.

        It is asked for in the same instant, before the records are read.
        """

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back the newest record of a key, in the order in which they were written."""


@runtime_checkable
class Divided(Protocol):
    """A state so large that work on it goes on while it is written."""

    def pieces(self) -> Iterator[Iterable[tuple[bytes, bytes | None]]]:
        """The snapshot in pieces: lists, each of what is the state when it is asked for.

        What was changed when the first was asked for is in one of them, as it was then or later.
        While there is a single piece, which need be no list, and its seal, nothing is applied.
        """


@runtime_checkable
class Numerous(Protocol):
    """A state of so many records that it takes them back many at a time."""

    def restore_all(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """As `restore` of each; where it raises, they are given back one by one."""


class StateUnreadable(Exception):
    """A state in the changelog is not one of ours. One line: which, and what to do."""

    def __init__(self, table: str, changelog: TP, key: bytes, error: BaseException) -> None:
        super().__init__(
            f"state of table {table} was written by another version: {changelog.topic}/"
            f"{changelog.partition}, key {key!r}: {error}; start the version that wrote it, or "
            f"stop all workers and delete the topic {changelog.topic} to begin afresh"
        )


class Live:
    """A state that work is applied to, in one generation of the group and the next ones.

    Who has `lock` applies work, or reads a piece to write; who has `writing` writes it. `owed` are
    the acknowledgements of effects that were sent: nothing is read to write until they are there.
    """

    __slots__ = ("born", "is_torn", "lock", "owed", "state", "writing")

    def __init__(self, state: Any, born: int) -> None:
        self.state = state
        self.born = born
        self.lock = asyncio.Lock()
        self.writing = asyncio.Lock()
        self.owed: set[asyncio.Future[Any]] = set()
        self.is_torn = False


class Store(base.Store[Any, Any]):
    """Partition number -> its live state or its copy, and how far the changelog was read."""

    app: Any

    def __init__(
        self,
        *args: Any,
        start: Callable[[int], PartitionState],
        changelog: str,
        unreadable: Unreadable,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._start = start
        self._changelog = changelog
        self._unreadable = unreadable
        self.live: dict[int, Live] = {}
        self.copies: dict[int, dict[bytes, bytes]] = {}
        self.offsets: dict[TP, int] = {}
        self.read: Counter[int] = Counter()  # changelog records read since the last rebalance
        self.actives: set[int] = set()
        self.generation = 0

    def part(self, partition: int) -> Live:
        """The live state of a partition; where there is none, one that nobody else will see."""
        return self.live.get(partition) or Live(self._start(partition), self.generation)

    def persisted_offset(self, tp: TP) -> int | None:
        """Up to where Faust need not read a changelog."""
        return self.offsets.get(tp)

    def set_persisted_offset(self, tp: TP, offset: int, recovery: bool = False) -> None:
        """A record is reflected here."""
        self.offsets[tp] = max(offset, self.offsets.get(tp, -1))

    def apply_changelog_batch(self, batch: Iterable[Any], *_: Any, **__: Any) -> None:
        """Copy chunks of the changelog."""
        for event in batch:
            chunk: Chunk = event.value
            partition = chunk.tp.partition
            if partition in self.live:
                log.warning("%r: somebody else wrote it: ignored", chunk)
            else:
                _copy(chunk, self.copies.setdefault(partition, {}))
            self.read[partition] += len(chunk)
            self.set_persisted_offset(chunk.tp, chunk.next_offset - 1)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Keep what is certain to be right still, and forget the rest."""
        recovery = self.app.tables.recovery
        recovery.flush_buffers()  # what was read for the assignment that is over
        actives, standbys = self._roles()
        follows = generation_id == self.generation + 1
        came = {tp.partition for tp in newly_assigned if tp.topic == self._changelog}
        stays = (self.actives & actives) - came if follows else set()
        self.live = {p: live for p, live in self.live.items() if p in stays}
        wanted = (actives | standbys) - set(self.live)
        self.copies = {p: copy for p, copy in self.copies.items() if p in wanted}
        for tp in [tp for tp in self.offsets if tp.partition not in {*self.live, *self.copies}]:
            del self.offsets[tp]
            recovery.revoke(tp)  # Faust would read on from where it was
        self.actives, self.generation = actives, generation_id
        self.read.clear()

    def _roles(self) -> tuple[set[int], set[int]]:
        """The partitions whose changelog is ours to write, and to copy."""
        assignor = self.app.assignor
        actives, standbys = (
            {tp.partition for tp in tps if tp.topic == self._changelog}
            for tps in (assignor.assigned_actives(), assignor.assigned_standbys())
        )
        return actives, standbys - actives

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Make live states out of what was read of the partitions that are ours."""
        if self.app.tables.recovery.ended != self.generation:
            return  # of the assignment before: of this one nothing or a part has been read
        for tp in active_tps:
            if tp.partition not in self.live:
                await self._revive(tp)

    async def _revive(self, tp: TP) -> None:
        generation, loop = self.generation, asyncio.get_running_loop()
        began_at = loop.time()
        copy = self.copies.pop(tp.partition, {})
        live, keys = Live(self._start(tp.partition), generation), len(copy)
        unread: dict[bytes, Exception] = {}
        for records in _portions(copy):
            unread |= take_back(live.state, records)
            await asyncio.sleep(0)
        if generation != self.generation:  # it was given out again meanwhile
            return
        self.live[tp.partition] = live
        if unread:
            await self._report(tp, live, unread, keys)
        took = loop.time() - began_at
        read = self.read[tp.partition]
        log.info("%s: %d records read, %d keys restored in %.2f s", tp, read, keys, took)

    async def _report(self, tp: TP, live: Live, unread: dict[bytes, Exception], keys: int) -> None:
        key, error = next(iter(unread.items()))
        if self._unreadable == "afresh":
            log.warning(
                "state of table %s, partition %d: %d of %d keys cannot be read (%r: %s); "
                "what they held is learnt afresh",
                self.table_name, tp.partition, len(unread), keys, key, error,
            )  # fmt: skip
            return
        live.is_torn = True  # nothing is applied to it, and nothing of it is written
        fault = StateUnreadable(self.table_name, tp, key, error)
        fault.__cause__ = error
        self.app.give_up(fault)

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
        self.live.clear()


def _portions(copy: dict[bytes, bytes]) -> Iterator[list[tuple[bytes, bytes]]]:
    """The records of a copy, which is empty in the end: no two forms of all of it at a time."""
    portion: list[tuple[bytes, bytes]] = []
    size = 0
    for key in list(copy):
        portion.append((key, copy.pop(key)))
        size += len(portion[-1][1])
        if size >= _AT_ONCE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def take_back(
    state: PartitionState, records: Sequence[tuple[bytes, bytes]]
) -> dict[bytes, Exception]:
    """Give records back; what those lead to that cannot be read."""
    if isinstance(state, Numerous):
        try:
            state.restore_all(records)
        except Exception:  # noqa: BLE001 - one of them: which, is to be told
            pass
        else:
            return {}
    unread: dict[bytes, Exception] = {}
    for key, value in records:
        try:
            state.restore(key, value)
        except Exception as error:  # noqa: BLE001 - whatever another version's bytes lead to
            unread[key] = error
    return unread


def _copy(chunk: Chunk, copy: dict[bytes, bytes]) -> None:
    """Take the records of a chunk into a copy, whose order is that of the newest records."""
    for key, value in zip(chunk.keys, chunk.values, strict=True):
        assert key is not None
        copy.pop(key, None)
        if value is not None:
            copy[key] = value
