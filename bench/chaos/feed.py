"""The producer: history as fast as the broker takes it, then so many steps a second."""

import asyncio

from aiokafka import AIOKafkaProducer

from bench.chaos.plan import KINDS, Plan
from streams.topics import Topic, ensure_topics


async def make_topics(bootstrap: str, prefix: str) -> None:
    """The input topics."""
    topics = [Topic(f"{prefix}-{kind.topic}", kind.partitions) for kind in KINDS]
    await ensure_topics(bootstrap, topics)


class Feed:
    """Writes the steps of a plan; an outage of the broker delays them and takes none away."""

    def __init__(self, bootstrap: str, prefix: str, plan: Plan) -> None:
        self._prefix = prefix
        self._plan = plan
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,  # what is sent again after an outage is there once
            compression_type="lz4",
            linger_ms=5,
            request_timeout_ms=120_000,
        )
        self.records = 0

    async def __aenter__(self) -> "Feed":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def history(self) -> None:
        """What is there before anything happens."""
        for step in range(self._plan.history):
            await self._write(step)
        await self._producer.flush()

    async def live(self, steps_per_s: float) -> None:
        """The rest, at an even pace; it catches up with its clock after an outage."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(self._plan.live):
            await asyncio.sleep(max(0.0, began + number / steps_per_s - loop.time()))
            await self._write(self._plan.history + number)
        await self._producer.flush()

    async def _write(self, step: int) -> None:
        for topic, value, partition in self._plan.feed(step, self._prefix):
            await self._producer.send(topic, value, partition=partition)
            self.records += 1
