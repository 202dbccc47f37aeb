"""Ingest: runs of samples that fit their messages."""

import asyncio
import json
from typing import Any

import numpy as np
from faust.types import TP

from config.settings import Input, Limits
from streams.chunk import Chunk
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


def test_run_of_very_many_samples_is_sent_in_messages_that_the_broker_takes() -> None:
    async def story() -> None:
        broker = Broker()
        source = Input(name="app", topic="app", limits=Limits(label_length=8_000))
        letters: Any = None
        ingest = Ingest(
            source,
            intake=Intake(source, dead_letters=letters, stats=Stats()),
            topic="samples",
            partitions=1,
            producer=broker,  # type: ignore[arg-type]
        )
        many = json.dumps([{"name": f"load{n}", "value": n} for n in range(9_000)]).encode()
        names = [f"{n:08}" * 1_000 for n in range(100)]
        wide = json.dumps([{"name": name, "value": 1} for name in names]).encode()
        values: list[bytes | None] = [*[many] * 60, *[wide] * 3]
        n = len(values)
        await ingest.handle(
            Chunk(
                tp=TP("app", 0),
                start=0,
                next_offset=n,
                values=values,
                keys=[None] * n,
                timestamps=[1_700_000_000_000] * n,
                offsets=range(n),
            )
        )
        assert len(broker.values) > 1
        assert max(map(len, broker.values)) < LARGEST
        messages = [unpack(value) for value in broker.values]
        seen = [m.keys[i] for m in messages for i in m.index]
        orders = np.concatenate([m.order for m in messages])
        assert np.all(np.diff(orders) > 0)
        assert len(seen) == 60 * 9_000 + 3 * 100
        assert seen[:9_000] == [f"load{n}" for n in range(9_000)]

    asyncio.run(story())
