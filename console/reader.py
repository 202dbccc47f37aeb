"""Feeds the projection from Kafka, and knows how fresh it is."""

import asyncio
import enum
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from config.connection import client_options
from config.settings import Kafka
from console import clients
from console.bell import Bell
from console.errors import CannotStart
from console.projection import Projection

CHECK_EVERY_S = 2.0
ANSWER_WITHIN_S = 5.0


class Freshness(enum.StrEnum):
    """How far the projection may be trusted."""

    STARTING = "starting"
    LIVE = "live"
    AWAY = "away"


class Health(Struct, frozen=True):
    """The freshness, and in a sentence what is wrong and what to do."""

    freshness: Freshness
    reason: str = ""

    @property
    def is_live(self) -> bool:
        """True while what the console shows is what the topics say."""
        return self.freshness is Freshness.LIVE


class LogBeganAnew(Exception):
    """The topics are not those read before: they are shorter, or gone."""


class Reader:
    """Reads the projection's topics from their beginning, for ever.

    It belongs to no consumer group. A broker that goes away is waited for; topics that begin anew
    (an in-memory broker that was restarted) clear the projection.
    """

    def __init__(self, projection: Projection, kafka: Kafka, bell: Bell) -> None:
        self._projection = projection
        self._kafka = kafka
        self._bell = bell
        self._consumer: Any = None
        self._positions: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self.health = Health(Freshness.STARTING, "the topics are being read from the beginning")

    async def connect(self) -> None:
        """Reach the broker once. Raises `CannotStart` when it does not answer."""
        try:
            await self._open()
        except clients.UNREACHABLE as error:
            raise CannotStart(await clients.why(self._kafka, error)) from error

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                await self._read_one_log()
        finally:
            await self._close()

    async def _read_one_log(self) -> None:
        try:
            if self._consumer is None:
                await self._open()
            await self._follow()
        except LogBeganAnew:
            self._begin_anew()
        except clients.UNREACHABLE as error:
            self._say(Freshness.AWAY, await clients.why(self._kafka, error))
            await asyncio.sleep(CHECK_EVERY_S)
        finally:
            await self._close()

    def _begin_anew(self) -> None:
        self._projection.clear()
        self._positions.clear()
        self._ends.clear()
        self._say(Freshness.STARTING, "the topics began anew and are being read")

    async def _open(self) -> None:
        self._consumer = await clients.start(self._client(), within_s=2 * ANSWER_WITHIN_S)

    def _client(self) -> Any:
        return AIOKafkaConsumer(
            **client_options(self._kafka),
            client_id="tocsin-console",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=200,
            request_timeout_ms=int(1000 * ANSWER_WITHIN_S),
            retry_backoff_ms=250,
        )

    async def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await clients.stop(consumer)

    async def _follow(self) -> None:
        """Read until there are new partitions, or raise what stands against it."""
        partitions = await self._check()
        self._assign(partitions)
        loop = asyncio.get_running_loop()
        check_at = loop.time() + CHECK_EVERY_S
        while True:
            await self._read_some()
            if not self.health.is_live:
                self._notice_caught_up()
            if loop.time() > check_at:
                if await self._check() != partitions:
                    return
                check_at = loop.time() + CHECK_EVERY_S

    async def _check(self) -> set[TopicPartition]:
        """The partitions there are. Raises `LogBeganAnew` when they are not those read before."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            partitions = await self._partitions()
            if not partitions >= set(self._positions):
                raise LogBeganAnew
            ends = await self._consumer.end_offsets(partitions) if partitions else {}
        if any(end < self._ends.get(partition, 0) for partition, end in ends.items()):
            raise LogBeganAnew
        self._ends = ends
        return partitions

    def _assign(self, partitions: set[TopicPartition]) -> None:
        if not partitions:
            return
        self._consumer.assign(sorted(partitions))
        for partition in partitions:
            self._consumer.seek(partition, self._positions.setdefault(partition, 0))

    async def _read_some(self) -> None:
        if not self._consumer.assignment():
            await asyncio.sleep(0.5)
            return
        run = await self._consumer.getmany(timeout_ms=500, max_records=500)
        at = asyncio.get_running_loop().time()
        for partition, records in run.items():
            for record in records:
                self._projection.apply(
                    record.topic, record.key, record.value, at, written_ms=record.timestamp
                )
            self._positions[partition] = records[-1].offset + 1
        if run:
            self._bell.ring()

    def _notice_caught_up(self) -> None:
        """The embedded broker reports an end inside its last batch, never beyond the true end."""
        missing = sorted(set(self._projection.topics) - {p.topic for p in self._ends})
        if missing:
            self._say(
                Freshness.STARTING, f"no topic {missing[0]} yet: start a worker (tocsin worker)"
            )
        elif all(self._positions.get(p, 0) >= end for p, end in self._ends.items()):
            self._say(Freshness.LIVE)

    async def _partitions(self) -> set[TopicPartition]:
        # Not `partitions_for_topic`: it knows only the topics that are assigned already.
        there = await self._consumer._client.fetch_all_metadata()
        return {
            TopicPartition(topic, number)
            for topic in self._projection.topics
            for number in there.partitions_for_topic(topic) or ()
        }

    def _say(self, freshness: Freshness, reason: str = "") -> None:
        health = Health(freshness, reason)
        if health != self.health:
            self.health = health
            self._bell.ring()
