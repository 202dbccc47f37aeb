"""The chunked consumer over a log in memory; test_stock_faults.py has what Faust gets wrong."""

import asyncio
from collections.abc import Coroutine
from itertools import groupby
from typing import Any

import pytest
from aiokafka.errors import CommitFailedError
from faust.exceptions import ImproperlyConfigured
from faust.types import TP

from streams.app import ChunkApp
from streams.chunk import Chunk
from tests.streams.in_loop import machine, until
from tests.streams.memory_log import MemoryLog

HERE, THERE = TP("in", 0), TP("in", 1)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


def test_partitions_that_lost_records_to_retention_all_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.committed = {HERE: 5, THERE: 7}
        for tp in (HERE, THERE):
            log.begins[tp] = 100
            log.append("in", b"a", b"b", partition=tp.partition, start=100)
        async with machine("ours", log) as m:
            m.read("in")
            await m.start()
            await m.rebalance(HERE, THERE)
            await until(lambda: len(m.seen["in"]) == 4)
            await m.commit()
            assert (m.committed("in", 0), m.committed("in", 1)) == (102, 102)

    run(story())
    for tp, offset in ((HERE, 5), (THERE, 7)):  # looked again, then went on
        assert caplog.text.count(f"{tp}: expected offset {offset}") == 2


def test_topic_that_was_made_anew_is_read_and_committed_from_its_beginning() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.committed = {HERE: 5000}
        log.append("in", b"a", b"b")
        async with machine("ours", log) as m:
            m.read("in")
            await m.start()
            await m.rebalance(HERE)
            await until(lambda: m.seen["in"] == [0, 1])
            await m.commit()
            assert m.committed("in", 0) == 2

    run(story())


def test_gap_in_one_assignment_is_not_taken_for_known_in_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.committed = {HERE: 5}
        log.begins[HERE] = 100
        log.append("in", b"a", start=100)
        async with machine("ours", log) as m:
            m.read("in")
            await m.start()
            await m.rebalance(HERE)
            await until(lambda: m.seen["in"] == [100])
            refused = CommitFailedError("the group has already rebalanced")
            m.thread._consumer._coordinator.refused = refused  # nothing past the gap
            await m.rebalance(HERE)
            await until(lambda: len(m.seen["in"]) == 2)

    run(story())
    assert caplog.text.count("expected offset 5") == 4


def test_nothing_is_committed_once_the_group_may_have_forgotten_us() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b")
        async with machine("ours", log) as m:
            m.read("in")
            await m.start()
            await m.rebalance(HERE)
            await until(lambda: len(m.seen["in"]) == 2)
            m.thread._member_at -= m.app.conf.broker_session_timeout
            assert not m.consumer.is_member()
            await m.consumer.commit()
            assert m.committed("in") is None
            m.thread._member_at += m.app.conf.broker_session_timeout  # a heartbeat was answered
            await m.commit()
            assert m.committed("in") == 2

    run(story())


def test_chunks_that_wait_of_several_partitions_are_handled_side_by_side() -> None:
    began: list[tuple[int, int]] = []

    async def story() -> None:
        log, both = MemoryLog(), asyncio.Barrier(2)
        for tp in (HERE, THERE):
            log.append("in", b"a", b"b", b"c", partition=tp.partition)
        async with machine("ours", log) as m:

            async def handler(chunk: Chunk) -> None:
                began.append((chunk.tp.partition, chunk.start))
                await both.wait()
                if (chunk.tp, chunk.start) == (THERE, 1):
                    raise ValueError("no")

            m.app.chunk_max_records = 1
            m.app.chunk_agent("in", handler, abreast=2)
            await m.start()
            await m.rebalance(HERE, THERE)
            await until(lambda: len(began) == 4 and not m.app.handling)
            await m.commit()
            assert (m.committed("in", 0), m.committed("in", 1)) == (2, 1)
            assert [sorted(began[:2]), sorted(began[2:])] == [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]

    run(story())


def test_topic_whose_agent_has_its_fill_keeps_no_other_waiting() -> None:
    async def story() -> None:
        log, goes_on = MemoryLog(), asyncio.Event()
        for number in range(12):
            log.append("in", b"a", partition=number % 2)

        async def wait(_: list[int]) -> None:
            await goes_on.wait()

        async with machine("ours", log, chunk_max_records=1) as m:
            m.read("in", wait)
            m.read("after")
            await m.start()
            await m.rebalance(HERE, THERE, TP("after", 0))
            outstanding = m.consumer._outstanding
            await until(lambda: sum(map(len, outstanding.values())) >= 5)
            for count in range(1, 6):
                log.append("after", b"b")
                await until(lambda count=count: len(m.seen["after"]) == count)
            waiting = len(outstanding[HERE]) + len(outstanding[THERE])
            goes_on.set()
            await until(lambda: len(m.seen["in"]) == 12)
            assert waiting == 5  # one that is handled, and four

    run(story())


def test_what_is_done_while_a_commit_is_under_way_is_committed_before_partitions_go() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a")
        written = asyncio.Event()

        async def write(_: dict[TP, int]) -> None:
            await written.wait()

        async with machine("ours", log) as m:
            m.app.before_commit.append(write)
            m.read("in")
            await m.start()
            await m.rebalance(HERE)
            await until(lambda: len(m.seen["in"]) == 1)
            under_way = asyncio.create_task(m.consumer.commit())
            log.append("in", b"b")
            await until(lambda: len(m.seen["in"]) == 2)
            going = asyncio.create_task(m.rebalance())
            await asyncio.sleep(0.01)
            written.set()
            await asyncio.gather(under_way, going)
            assert m.committed("in") == 2

    run(story())


def test_hook_can_keep_a_partition_out_of_a_commit() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a")
        log.append("in", b"b", partition=1)

        async def hook(offsets: dict[TP, int]) -> None:
            offsets.pop(HERE, None)

        async with machine("ours", log) as m:
            m.app.before_commit.append(hook)
            m.read("in")
            await m.start()
            await m.rebalance(HERE, THERE)
            await until(lambda: len(m.seen["in"]) == 2)
            await m.commit()
            assert (m.committed("in", 0), m.committed("in", 1)) == (None, 1)

    run(story())


def test_partitions_take_turns_in_having_a_batch_expanded() -> None:
    async def story() -> None:
        log = MemoryLog()
        for tp in (HERE, THERE):
            for _ in range(2):
                log.append("in", *[bytes(100)] * 40, partition=tp.partition)
        order: list[int] = []
        async with machine("ours", log, chunk_max_bytes=1000) as m:
            m.app.chunk_agent("in", lambda chunk: note(order, chunk))
            await m.start()
            await m.rebalance(HERE, THERE)
            await until(lambda: len(order) == 16)
        runs = [partition for partition, _ in groupby(order)]
        assert len(runs) == 4, order  # never two batches at once, and each in its turn
        assert runs[:2] == runs[2:]

    run(story())


async def note(order: list[int], chunk: Chunk) -> None:
    order.append(chunk.tp.partition)


def test_exactly_once_is_refused() -> None:
    app = ChunkApp("t", broker="kafka://127.0.0.1:9", processing_guarantee="exactly_once")
    with pytest.raises(ImproperlyConfigured, match="exactly_once"):
        app._new_transport()
