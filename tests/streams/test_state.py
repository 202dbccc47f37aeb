"""State tables over a log in memory: what outlives a rebalance, and what must not."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, cast

import pytest
from faust.exceptions import ProducerSendError

from streams.chunk import Chunk
from streams.state import StateUnreadable
from tests.streams.in_loop import machine, until
from tests.streams.memory_log import MemoryLog
from tests.streams.sums import (
    IN,
    LOG,
    THERE,
    THERE_LOG,
    Counter,
    DividedSums,
    counting,
    packed,
)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


def changelog(log: MemoryLog) -> int:
    return log.ends[LOG]


def test_state_is_written_before_its_offsets_are_committed_and_found_again() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(3)
            await counter.m.consumer.commit()
            assert (changelog(log), counter.m.committed("in")) == (2, 3)
        log.append("in", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(4)
            assert counter.counts() == {b"a": 3, b"b": 1}

    run(story())


def test_partition_that_stays_keeps_its_state_and_reads_none_of_the_changelog() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(3)
            await counter.m.rebalance(IN, LOG)
            await counter.m.ready()
            log.append("in", b"c")
            await counter.counted(4)
            assert counter.table.data.read[0] == 0

    run(story())


def test_promoted_standby_reads_only_the_tail() -> None:
    async def story() -> None:
        log = MemoryLog()
        for number in range(30):
            log.write(LOG.topic, (b"%d" % (number % 3), packed(number + 1, number // 3 + 1)))
        log.append("in", *[b"x"] * 30)
        log.committed[IN] = 30
        async with counting(log) as counter:
            await counter.m.rebalance(standbys=(LOG,))
            await counter.m.ready()
            await until(lambda: counter.table.data.read[0] == 30)
            log.write(LOG.topic, (b"0", packed(31, 11)))  # the other worker's last words
            log.append("in", b"0", b"1")
            await until(lambda: counter.table.data.offsets.get(LOG) == 30)
            await counter.m.rebalance(IN, LOG)
            await counter.m.ready()
            await counter.counted(32)
            assert counter.counts() == {b"0": 11, b"1": 11, b"2": 10}
            assert counter.table.data.read[0] <= 1

    run(story())


def test_worker_that_becomes_a_standby_forgets_what_was_not_written() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            await counter.m.consumer.commit()
            counter.table.part(0).counts[b"half"] = 1  # applied, and cut off before it was written
            await counter.m.rebalance(standbys=(LOG,))
            await counter.m.ready()
            log.write(LOG.topic, (b"b", packed(3, 1)))  # another worker has gone on
            await until(lambda: counter.table.data.read[0] == 2)
            await counter.m.rebalance(IN, LOG)
            await counter.m.ready()
            assert counter.counts() == {b"a": 2, b"b": 1}

    run(story())


def test_changelog_is_read_by_chunks_of_which_few_are_in_memory() -> None:
    async def story() -> None:
        log = MemoryLog()
        for start in range(0, 3000, 1000):
            log.write(
                LOG.topic, *((b"%d" % n, packed(n + 1, 1)) for n in range(start, start + 1000))
            )
        for number in range(3000, 3012):
            log.write(LOG.topic, (b"%d" % number, packed(number + 1, 1) + bytes(300_000)))
        chunks: list[Chunk] = []

        async def note(event: Any) -> None:
            chunks.append(event.value)

        async with machine("ours", log) as m:
            counter = Counter(m)
            counter.table._on_changelog_event = note
            await m.start()
            await m.rebalance(IN, LOG)
            await m.ready()
            assert len(counter.counts()) == 3012
            assert counter.table.data.read[0] == 3012
        assert len(chunks) < 20
        assert max(sum(len(value or b"") for value in one.values) for one in chunks) < 1_500_000

    run(story())


def test_recovery_that_ends_after_the_next_has_begun_gives_no_state() -> None:
    """Its tables would take for whole what the next one has only begun to read."""

    async def story() -> None:
        log = MemoryLog()
        for number in range(30):
            log.write(LOG.topic, (b"%d" % (number % 3), packed(number + 1, number // 3 + 1)))
        log.append("in", *[b"x"] * 30)
        log.committed[IN] = 30
        async with counting(log) as counter:
            before = counter.table.generation
            await counter.m.rebalance(IN, LOG)
            assert counter.table.generation != before
            await counter.m.app.tables.recovery.on_recovery_completed(before)
            await counter.m.ready()
            assert counter.counts() == {b"0": 10, b"1": 10, b"2": 10}

    run(story())


def test_state_that_another_may_have_had_meanwhile_is_read_again() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            await counter.m.consumer.commit()
            counter.m.thread._consumer._coordinator.generation += 1  # while we were not there
            log.write(LOG.topic, (b"a", packed(4, 4)))
            log.append("in", b"a", b"a", b"a")
            log.committed[IN] = 4
            await counter.m.rebalance(IN, LOG)
            await counter.m.ready()
            await counter.counted(5)

    run(story())


def test_work_that_outlives_its_partition_is_not_applied_to_the_state_that_comes_back() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b", b"c", b"d")
        async with counting(log) as counter:
            counter.hold = asyncio.Event()
            await counter.m.rebalance(IN, LOG)
            await until(lambda: counter.held == 1)  # a and b are applied, c and d are to come
            await counter.m.rebalance()
            await counter.m.ready()
            await counter.m.rebalance(IN, LOG)
            await counter.m.ready()
            counter.hold.set()
            await counter.counted(4)  # c and d first would have hidden a and b
            await counter.m.consumer.commit()
            assert counter.m.committed("in") == 4
            assert not counter.m.app.crashed

    run(story())


def test_writes_of_late_work_do_not_hide_the_changelog_from_a_standby() -> None:
    async def story() -> None:
        log = MemoryLog()
        for number in range(5):
            log.write(LOG.topic, (b"%d" % number, packed(number + 1, 1)))
        async with counting(log) as counter:
            await counter.table.write(cast(Any, counter.producer), 0, [(b"late", packed(9, 9))])
            await counter.m.rebalance(standbys=(LOG,))
            await counter.m.ready()
            await until(lambda: counter.table.data.read[0] == 6)
            assert len(counter.table.data.copies[0]) == 6

    run(story())


def test_deleted_keys_stay_deleted_and_old_forms_are_never_read() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.write(LOG.topic, (b"a", b"of another version"), (b"b", packed(1, 1)))
        log.write(LOG.topic, (b"a", packed(2, 1)), (b"b", None))
        async with counting(log, IN, LOG) as counter:
            assert counter.counts() == {b"a": 1}
            assert not counter.m.app.crashed

    run(story())


def test_unreadable_state_stops_the_worker_with_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.write(LOG.topic, (b"a", b"of another version"))
        log.append("in", b"b", b"c")
        async with machine("ours", log) as m:
            counter = Counter(m)
            await m.start()
            await m.rebalance(IN, LOG)
            await until(lambda: m.app.crashed)
            assert isinstance(m.app.crash_reason, StateUnreadable)
            with pytest.raises(ProducerSendError):  # nothing is applied to half a state
                async with counter.table.applying(0):
                    pass

    run(story())
    (line,) = [record for record in caplog.records if record.levelno >= logging.CRITICAL]
    assert line.getMessage() == (
        "state of table sums was written by another version: t-sums-changelog/0, key b'a': "
        "version 2 is not 1; start the version that wrote it, or stop all workers and delete the "
        "topic t-sums-changelog to begin afresh"
    )


def test_unreadable_state_that_was_only_learnt_is_learnt_afresh(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.write(LOG.topic, (b"a", b"of another version"), (b"b", packed(0, 5)))
        log.append("in", b"a", b"b")
        async with counting(log, IN, LOG, unreadable="afresh") as counter:
            await counter.counted(7)
            assert counter.counts() == {b"a": 1, b"b": 6}

    run(story())
    assert "1 of 2 keys cannot be read (b'a': version 2 is not 1)" in caplog.text


def test_torn_state_is_never_written() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"a")
        log.append("in", b"b", b"b", partition=1)
        async with counting(log, IN, LOG, THERE, THERE_LOG) as counter:
            await counter.counted(2)
            await counter.counted(2, partition=1)
            with pytest.raises(ZeroDivisionError):
                async with counter.table.applying(0):
                    raise ZeroDivisionError
            with pytest.raises(ProducerSendError, match="half applied"):
                await counter.table.flush(cast(Any, counter.producer), {IN: 2, THERE: 2})
            assert changelog(log) == 0
            counter.m.app._stopped.set()  # at the end the others are committed all the same
            commit = {IN: 2, THERE: 2}
            await counter.table.flush(cast(Any, counter.producer), commit)
            assert commit == {THERE: 2}

    run(story())


def test_worker_that_is_no_member_any_more_writes_no_state() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"a")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            counter.m.thread._member_at -= 60
            with pytest.raises(ProducerSendError, match="another worker's"):
                await counter.table.flush(cast(Any, counter.producer), {IN: 2})
            assert changelog(log) == 0

    run(story())


def test_state_of_which_a_flush_was_cut_off_is_never_committed() -> None:
    """What the flush took out of it is known to nobody: the records are to be applied again."""

    async def story(*, is_cancelled: bool) -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            counter.producer.breaks = asyncio.CancelledError if is_cancelled else ConnectionError
            with pytest.raises((ProducerSendError, asyncio.CancelledError)):
                await counter.table.flush(cast(Any, counter.producer), {IN: 2})
            counter.producer.breaks = None
            counter.m.app._stopped.set()  # and at the end there is a last commit
            commit = {IN: 2}
            await counter.table.flush(cast(Any, counter.producer), commit)
            assert commit == {}

    for is_cancelled in (False, True):
        run(story(is_cancelled=is_cancelled))


def test_work_goes_on_while_a_divided_state_is_written() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b")
        async with counting(log, IN, LOG, start=lambda _: DividedSums()) as counter:
            await counter.counted(2)
            gate = counter.producer.gate = asyncio.Event()
            flush = asyncio.create_task(counter.m.consumer.commit())
            await until(lambda: counter.table.data.live[0].writing.locked())
            async with counter.table.applying(0) as state:
                state.add([2, 3], [b"b", b"c"])
            assert not flush.done()
            gate.set()
            await flush
        kept = dict(log.records(LOG))
        assert kept[b"all"] == packed(2, 2)  # of the instant in which it began
        assert kept[b"a"] == packed(2, 1)
        assert b"c" not in kept

    run(story())


@pytest.mark.parametrize("is_ending", [False, True])
def test_state_torn_while_it_is_written_is_not_committed(is_ending: bool) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b", b"c")
        async with counting(log, IN, LOG, start=lambda _: DividedSums()) as counter:
            await counter.counted(3)
            gate, commit = asyncio.Event(), {IN: 3}
            counter.producer.gate = gate
            flush = asyncio.create_task(counter.table.flush(cast(Any, counter.producer), commit))
            await until(lambda: counter.table.data.live[0].writing.locked())
            with pytest.raises(ZeroDivisionError):
                async with counter.table.applying(0):
                    raise ZeroDivisionError
            if is_ending:
                counter.m.app._stopped.set()
            gate.set()
            if is_ending:
                await flush
                assert commit == {}
            else:
                with pytest.raises(ProducerSendError, match="half applied"):
                    await flush
            assert b"all" not in dict(log.records(LOG))

    run(story())


def test_large_flush_is_written_a_few_megabytes_at_a_time() -> None:
    async def story() -> None:
        log = MemoryLog()
        async with counting(log, IN, LOG) as counter:
            records = ((b"%d" % number, bytes(1 << 20)) for number in range(40))
            await counter.table.write(cast(Any, counter.producer), 0, records)
            assert changelog(log) == 40
            assert counter.producer.most_under_way <= 6 << 20

    run(story())
