"""Ingest: runs of samples that fit their messages."""

import asyncio
import json
from collections.abc import Sequence
from contextvars import copy_context
from typing import Any

import numpy as np
import pytest
from aiokafka.errors import KafkaTimeoutError
from faust.types import TP

from config.settings import Input, Limits
from streams.app import Outlived, generation_handled
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.ingest import Ingest
from streams.intake import Intake
from streams.samples import unpack
from streams.stats import Stats

LARGEST = 8 << 20  # bytes, a record that the broker takes


class Broker:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        self.values.append(value)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent


class Graveyard:
    """Keeps letters only once it may."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()

    async def bury(self, _: Chunk, __: list[Bad]) -> None:
        await self.is_open.wait()


def chunk(values: Sequence[bytes | None], start: int = 0) -> Chunk:
    n = len(values)
    return Chunk(
        tp=TP("app", 0),
        start=start,
        next_offset=start + n,
        values=[*values],
        keys=[None] * n,
        timestamps=[1_700_000_000_000] * n,
        offsets=range(start, start + n),
    )


def ingest_of(source: Input, broker: Broker, letters: Any = None, **others: Any) -> Ingest:
    return Ingest(
        source,
        intake=Intake(source, dead_letters=letters, stats=Stats()),
        topic="samples",
        partitions=1,
        producer=broker,  # type: ignore[arg-type]
        **others,
    )


def test_run_of_very_many_samples_is_sent_in_messages_that_the_broker_takes() -> None:
    async def story() -> None:
        broker = Broker()
        source = Input(name="app", topic="app", limits=Limits(label_length=8_000))
        ingest = ingest_of(source, broker)
        many = json.dumps([{"name": f"load{n}", "value": n} for n in range(9_000)]).encode()
        names = [f"{n:08}" * 1_000 for n in range(100)]
        wide = json.dumps([{"name": name, "value": 1} for name in names]).encode()
        values: list[bytes | None] = [*[many] * 60, *[wide] * 3]
        await ingest.handle(chunk(values))
        assert len(broker.values) > 1
        assert max(map(len, broker.values)) < LARGEST
        messages = [unpack(value) for value in broker.values]
        seen = [m.keys[i] for m in messages for i in m.index]
        orders = np.concatenate([m.order for m in messages])
        assert np.all(np.diff(orders) > 0)
        assert len(seen) == 60 * 9_000 + 3 * 100
        assert seen[:9_000] == [f"load{n}" for n in range(9_000)]

    asyncio.run(story())


def test_chunk_that_outlives_its_partition_does_not_overtake_those_before_it() -> None:
    async def story() -> None:
        broker, letters, generation = Broker(), Graveyard(), 1
        source = Input(name="app", topic="app")
        all_held = {"behind": lambda _: [TP("app", 1)], "generation": lambda: generation}
        ingest = ingest_of(source, broker, letters, **all_held)
        generation_handled.set(generation)
        first = await ingest.handle(chunk([b'{"name": "load", "value": 1}']))
        later = asyncio.create_task(
            ingest.handle(chunk([b'{"name": "load", "value": 2}', b"?"], 1))
        )
        await asyncio.sleep(0)
        generation += 1
        letters.is_open.set()
        with pytest.raises(Outlived):
            await later
        assert not first.done()
        assert broker.values == []

    copy_context().run(asyncio.run, story())


def test_moment_that_cannot_be_sent_fails_whatever_the_fault_is() -> None:
    class Gone(Broker):
        async def send(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("Unrecognized partition")  # aiokafka's word for it

    async def story() -> None:
        source, letters = Input(name="app", topic="app"), Graveyard()
        ingest = ingest_of(source, Gone(), letters)
        sent = await ingest.handle(chunk([b'{"name": "load", "value": 1}']))
        with pytest.raises(AssertionError, match="Unrecognized"):
            await asyncio.wait_for(sent, 5)

    asyncio.run(story())


def test_nothing_overtakes_a_moment_that_failed_or_its_repeat_would_count_as_known() -> None:
    class Torn(Broker):
        """Loses the first message, and would take all others."""

        async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
            if self.values:
                return await super().send(_, value)
            self.values.append(value)
            lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            lost.set_exception(KafkaTimeoutError())
            return lost

    async def story() -> None:
        source, broker, letters = Input(name="app", topic="app"), Torn(), Graveyard()
        ingest = ingest_of(source, broker, letters)
        for number in range(2):
            one = chunk([b'{"name": "load", "value": 1}'], start=number)
            sent = await ingest.handle(one)
            with pytest.raises(KafkaTimeoutError):
                await asyncio.wait_for(sent, 5)
        assert len(broker.values) == 1

    asyncio.run(story())
