"""A moment whose end does not come is judged all the same, after a while, and counted."""

import asyncio
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from faust.types import TP

from streams.banks import PartitionBanks
from streams.deadletter import DeadLetters
from streams.detect import Detect
from streams.samples import RECORD_BITS, Columns, pack
from streams.state import StateTable, state_table
from streams.stats import Stats
from tests.streams.in_loop import machine, until
from tests.streams.memory_log import MemoryLog, MemoryProducer
from tests.streams.test_detect import Here


def beginning(samples: int) -> bytes:
    """A message that says that the rest of its moment follows."""
    index = np.arange(samples, dtype=np.int32)
    order = np.arange(samples, dtype=np.int64) << RECORD_BITS
    at = np.full(samples, 1.79e9)
    keys = [f"s{number}" for number in range(samples)]
    return pack(
        Columns("app", "app/0", 1.79e9, keys, index, at, np.ones(samples), order, is_followed=True)
    )


def test_what_was_waited_for_in_vain_is_judged_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.detect.LONGEST_S", 0.05)
    config, stats = Here(tmp_path).config(), Stats()

    async def story() -> None:
        log = MemoryLog()
        log.append("samples", beginning(7))
        async with machine("ours", log) as m:
            producer = cast(Any, MemoryProducer(log))
            table: StateTable[PartitionBanks] = state_table(
                m.app,
                producer,
                name="detectors",
                source="samples",
                partitions=1,
                start=lambda _: PartitionBanks(config, lambda: 0.0, stats),
            )
            detect = Detect(
                table,
                config=lambda: config,
                producer=producer,
                state_producer=producer,
                dead_letters=DeadLetters(producer, "dead", stats),
                stats=stats,
            )
            m.app.chunk_agent("samples", detect.handle)
            await m.start()
            await m.rebalance(TP("samples", 0), TP("t-detectors-changelog", 0))
            await m.ready()
            await until(lambda: TP("samples", 0) not in m.app.handling and detect._begun)
            assert stats.samples == 0
            await asyncio.sleep(0.06)
            await detect._give_up_waiting(0)
            assert (stats.samples, stats.input("app").samples, table.part(0).series) == (7, 7, 7)

    asyncio.run(asyncio.wait_for(story(), 10))
