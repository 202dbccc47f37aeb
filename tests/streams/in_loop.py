"""A Faust app in one event loop over a log in memory: the stock one, or ours.

Conductor, agents, tables, recovery and the drivers of the consumer are the real ones. What is left
out is the thread of the consumer, the group protocol and the network: a test gives partitions out
and takes them away when it likes, and sees what was committed.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.assignor.client_assignment import ClientAssignment
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import notify

from streams.app import ChunkApp
from streams.consumer import ChunkConsumer
from streams.fetching import ChunkThread
from tests.streams import memory_log
from tests.streams.memory_log import MemoryLog


class _InLoop:
    """A consumer's thread that is none."""

    async def call_thread(self, fun: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)  # the hop to a thread and back
        result = fun(*args, **kwargs)
        return await result if asyncio.iscoroutine(result) else result


class StockThread(_InLoop, driver.AIOKafkaConsumerThread):
    """As Faust has it."""


class OurThread(_InLoop, ChunkThread):
    """As we have it."""


class StockConsumer(driver.Consumer):
    """As Faust has it."""

    def _new_consumer_thread(self) -> Any:
        return StockThread(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)


class OurConsumer(ChunkConsumer):
    """As we have it."""

    def _new_consumer_thread(self) -> Any:
        return OurThread(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)


class StockTransport(driver.Transport):
    Consumer = StockConsumer


class OurTransport(driver.Transport):
    Consumer = OurConsumer


class StockApp(faust.App):
    """As Faust has it."""

    def _new_transport(self) -> Any:
        return StockTransport(self.conf.broker_consumer, self)


class OurApp(ChunkApp):
    """As we have it."""

    def _new_transport(self) -> Any:
        return OurTransport(self.conf.broker_consumer, self)


KINDS: dict[str, Any] = {"stock": StockApp, "ours": OurApp}


class Machine:
    """An app, started as far as it goes without a cluster."""

    def __init__(self, kind: str, log: MemoryLog, **settings: Any) -> None:
        self.kind, self.log = kind, log
        self.app = KINDS[kind](
            "t",
            broker="kafka://127.0.0.1:9",
            datadir=tempfile.mkdtemp(),
            topic_disable_leader=True,
            topic_allow_declare=False,
            table_standby_replicas=0,
            stream_wait_empty=False,
            broker_request_timeout=10.0,
            broker_session_timeout=5.0,
            **settings,
        )
        self.seen: dict[str, list[int]] = {}

    @property
    def consumer(self) -> Any:
        return self.app.consumer

    @property
    def thread(self) -> Any:
        return self.app.consumer._thread

    def read(self, topic: str, handle: Any = None, *, at_once: int = 1) -> None:
        """An agent that notes the offsets that it is given, and calls `handle(offsets)`."""
        seen = self.seen.setdefault(topic, [])

        async def take(offsets: list[int]) -> None:
            seen.extend(offsets)
            if handle is not None:
                await handle(offsets)

        async def begin(chunk: Any) -> Any:
            taken = asyncio.ensure_future(take(list(chunk.offsets)))
            return taken if at_once > 1 else await taken

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                await take([event.message.offset])

        if self.kind == "ours":
            self.app.chunk_agent(topic, begin)
        else:
            agent.__name__ = f"read_{topic}"
            source = self.app.topic(topic, value_type=bytes, value_serializer="raw")
            self.app.agent(source, concurrency=at_once)(agent)

    async def start(self, *topics: str) -> None:
        app = self.app
        app.finalize()
        self.thread._consumer = AIOKafkaConsumer(
            bootstrap_servers="127.0.0.1:9", group_id="t", enable_auto_commit=False
        )
        memory_log.connect(self.thread._consumer, self.log)
        self.thread.time_started = 0.0
        # Where nothing may be read Faust looks again after a second.
        self.consumer.sleep = lambda _: asyncio.sleep(0.001)
        await self.consumer._method_queue.start()
        await app.agents.start()
        await app.tables._update_channels()
        names = await app.topics._update_indices()
        await self.thread.subscribe([*names, *topics])
        notify(app.topics._subscription_done)
        await app.tables.recovery.start()

    async def rebalance(self, *actives: TP, standbys: tuple[TP, ...] = ()) -> None:
        """Take away what there was, and give out these; returns before recovery."""
        before = self.consumer.assignment()
        listener = self.thread._rebalance_listener
        self.thread._consumer._subscription.begin_reassignment()
        await listener.on_partitions_revoked(before)
        assignment = ClientAssignment(actives=_by_topic(actives), standbys=_by_topic(standbys))
        self.app.assignor._assignment = assignment
        partitions = {TopicPartition(*tp) for tp in (*actives, *standbys)}
        memory_log.assign(self.thread._consumer, self.log, partitions)
        await listener.on_partitions_assigned(partitions)

    async def ready(self) -> None:
        """Return when the partitions that were given out are being read."""
        await until(lambda: not self.app.rebalancing)

    async def commit(self) -> None:
        """Commit, once what agents have finished is acknowledged."""
        await asyncio.sleep(0.01)
        if self.kind == "ours":
            with suppress(TimeoutError):  # where something is not to be finished
                await until(lambda: not self.consumer.lag(), within_s=0.2)
        await self.consumer.commit()

    def committed(self, topic: str, partition: int = 0) -> int | None:
        return self.log.committed.get(TopicPartition(topic, partition))

    async def stop(self) -> None:
        app = self.app
        app._stopped.set()
        app.consumer._stopped.set()
        await app._fetcher.stop()
        await app.tables.recovery.stop()
        for table in app.tables.values():
            await table.stop()
        await app.agents.stop()
        await app.consumer._method_queue.stop()
        await self.thread._consumer._fetcher.close()
        self.thread._consumer._closed = True


@asynccontextmanager
async def machine(kind: str, log: MemoryLog, **settings: Any) -> AsyncIterator[Machine]:
    """A machine that is stopped in the end; the block declares agents and tables, and starts it."""
    made = Machine(kind, log, **settings)
    try:
        yield made
    finally:
        await made.stop()


async def until(holds: Any, *, within_s: float = 5.0) -> None:
    """Let the loop run until something is true."""
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.001)


def _by_topic(tps: tuple[TP, ...]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for tp in tps:
        found.setdefault(tp.topic, []).append(tp.partition)
    return found
