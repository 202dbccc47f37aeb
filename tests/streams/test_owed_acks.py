"""Acknowledgements that a state is owed: before they are there it is not written."""

import asyncio
from typing import Any, cast

import pytest
from faust.exceptions import ProducerSendError

from tests.streams.in_loop import until
from tests.streams.memory_log import MemoryLog
from tests.streams.sums import IN, LOG, counting
from tests.streams.test_state import changelog, run


def test_state_is_written_once_its_effects_are_acknowledged() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            acks = [asyncio.get_running_loop().create_future() for _ in range(2)]
            counter.table.owe(0, acks)
            commit = asyncio.create_task(counter.m.consumer.commit())
            acks[1].set_result(None)
            await until(counter.table.data.live[0].lock.locked)
            await asyncio.wait([commit], timeout=0.02)
            assert (changelog(log), counter.m.committed("in")) == (0, None)
            acks[0].set_result(None)
            await commit
            assert (changelog(log) > 0, counter.m.committed("in")) == (True, 2)

    run(story())


def test_state_whose_effects_were_lost_is_never_written() -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a", b"b")
        async with counting(log, IN, LOG) as counter:
            await counter.counted(2)
            ack = asyncio.get_running_loop().create_future()
            counter.table.owe(0, [ack])
            flush = asyncio.create_task(counter.table.flush(cast(Any, counter.producer), {IN: 2}))
            await until(counter.table.data.live[0].lock.locked)
            ack.set_exception(ConnectionError())
            with pytest.raises(ProducerSendError, match="half applied"):
                await flush
            assert changelog(log) == 0

    run(story())
