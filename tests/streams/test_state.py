"""State of a partition that leaves and comes back."""

import asyncio
import tempfile
from typing import Any

from faust.types import TP

from streams.app import ChunkApp
from streams.state import StateTable

CHANGELOG = TP("t-words-changelog", 0)


class Words:
    """A state: the words it was given, all of them in each snapshot."""

    def __init__(self) -> None:
        self.words: list[bytes] = []

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        return [(word, word) for word in self.words]

    def restore(self, key: bytes, value: bytes) -> None:
        self.words.append(value)


class Broker:
    """A producer whose records are acknowledged with rising offsets."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes]] = []

    async def send(self, _: str, value: bytes, *, key: bytes, partition: int) -> Any:
        self.records.append((key, value))
        sent: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        sent.set_result(Acknowledged(len(self.records) - 1))
        return sent


class Acknowledged:
    def __init__(self, offset: int) -> None:
        self.offset = offset


class Message:
    def __init__(self, offset: int, key: bytes, value: bytes) -> None:
        self.tp, self.partition, self.offset = CHANGELOG, 0, offset
        self.key, self.value = key, value
        self.message = self


def words_table() -> StateTable[Words]:
    app = ChunkApp("t", broker="kafka://nowhere:9", datadir=tempfile.mkdtemp())
    return StateTable(app, name="words", source="in", start=lambda _: Words(), partitions=1)


async def recover(table: StateTable[Words], broker: Broker) -> None:
    """What Faust does: the changelog from the persisted offset on."""
    after = table.persisted_offset(CHANGELOG)
    batch = [Message(offset, *record) for offset, record in enumerate(broker.records)]
    table.data.apply_changelog_batch([m for m in batch if after is None or m.offset > after])
    await table.on_recovery_completed({CHANGELOG}, set())


def test_work_that_outlives_its_partition_hides_none_of_the_changelog() -> None:
    async def story() -> None:
        table, broker = words_table(), Broker()
        await table.on_rebalance({CHANGELOG}, set(), {CHANGELOG}, 1)
        await recover(table, broker)
        await table.write(broker, 0, [(b"early", b"early")])  # type: ignore[arg-type]
        await table.on_rebalance(set(), {CHANGELOG}, set(), 2)
        await table.on_recovery_completed(set(), set())
        table.part(0).words.append(b"late")  # a step that began before the partition went
        await table.write(broker, 0, [(b"late", b"late")])  # type: ignore[arg-type]
        await table.on_rebalance({CHANGELOG}, set(), {CHANGELOG}, 3)
        await recover(table, broker)
        assert table.part(0).words == [b"early", b"late"]

    asyncio.run(story())


def test_partition_that_stays_keeps_its_state_over_a_rebalance() -> None:
    async def story() -> None:
        table, broker = words_table(), Broker()
        await table.on_rebalance({CHANGELOG}, set(), {CHANGELOG}, 1)
        await recover(table, broker)
        table.part(0).words.append(b"unwritten")
        await table.write(broker, 0, [(b"written", b"written")])  # type: ignore[arg-type]
        await table.on_rebalance({CHANGELOG}, set(), set(), 2)
        await recover(table, broker)
        assert table.part(0).words == [b"unwritten"]

    asyncio.run(story())
