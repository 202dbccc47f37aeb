"""Re-keying: from any key and partition to one message per partition of `tocsin.samples`."""

import asyncio
import json

from faust.types import TP

from config.settings import Input
from streams import clock
from streams.chunk import Chunk
from streams.deadletter import DeadLetters
from streams.ingest import Ingest
from streams.intake import Intake
from streams.producer import new_producer
from streams.samples import Columns, unpack
from streams.stats import Stats
from streams.topics import Topic, ensure_topics
from tests.streams.log import Log


def chunk(*samples: dict[str, object]) -> Chunk:
    values: list[bytes | None] = [json.dumps(sample).encode() for sample in samples]
    n = len(values)
    return Chunk(
        tp=TP("shop", 3),
        start=0,
        next_offset=n,
        values=values,
        keys=[None] * n,
        timestamps=[int(clock.epoch_s() * 1000)] * n,
        offsets=range(n),
    )


async def rekeyed(bootstrap: str, prefix: str, source: Input, run: Chunk) -> list[Columns]:
    """What ingest writes for a chunk into a topic of one partition."""
    topic = f"{prefix}.samples"
    await ensure_topics(bootstrap, [Topic(topic), Topic(f"{prefix}.dead")])
    producer, stats = new_producer(bootstrap, "test"), Stats()
    await producer.start()
    try:
        async with Log(bootstrap, topic) as log:
            ingest = Ingest(
                source,
                intake=Intake(
                    source,
                    dead_letters=DeadLetters(producer, f"{prefix}.dead", stats),
                    stats=stats,
                ),
                topic=topic,
                partitions=1,
                producer=producer,
            )
            await ingest.handle(run)
            await log.read_until(lambda: bool(log.records[topic]))
            return [unpack(record.value) for record in log.records[topic]]
    finally:
        await producer.stop()


def test_a_run_becomes_one_message_with_its_samples_in_order(bootstrap: str, prefix: str) -> None:
    now = clock.epoch_s()
    run = chunk(
        {"name": "a", "value": 1, "timestamp": now - 3},
        {"name": "b", "value": 2, "timestamp": now - 2},
        {"name": "a", "value": 3, "timestamp": now - 1},
    )
    source = Input(name="shop", topic="shop", labels={"env": "test"})
    (columns,) = asyncio.run(rekeyed(bootstrap, prefix, source, run))
    assert columns.source == "shop/3"
    assert [columns.keys[i] for i in columns.index] == [
        'a{env="test"}',
        'b{env="test"}',
        'a{env="test"}',
    ]
    assert columns.value.tolist() == [1, 2, 3]
    assert columns.reached == now - 1


def test_a_clock_that_is_ahead_does_not_move_time_for_the_others(
    bootstrap: str, prefix: str
) -> None:
    now = clock.epoch_s()
    run = chunk({"name": "a", "value": 1, "timestamp": now + 500})
    source = Input(name="shop", topic="shop")
    (columns,) = asyncio.run(rekeyed(bootstrap, prefix, source, run))
    assert columns.at.tolist() == [now + 500]  # within `latest_ahead`, so it is taken
    assert columns.reached <= clock.epoch_s()
