"""Detect: samples into banks, anomalies into the event log."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from aiokafka import AIOKafkaProducer

from config.settings import AlertTemplate, Config
from detectors.anomaly import Anomaly
from routing.event import AlertSeen, encode
from streams.alerts import alert_of
from streams.app import Handler
from streams.banks import PartitionBanks
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.intake import Intake
from streams.producer import send_all
from streams.samples import RECORD_BITS, Columns, unpack
from streams.shares import Offsets
from streams.state import StateTable
from streams.stats import Stats

log = logging.getLogger(__name__)

_AT_ONCE = 5000  # samples judged without giving way to anything else

Message = tuple[Offsets, Columns]


class Detect:
    """Judges samples partition by partition, and lets time pass there."""

    def __init__(
        self,
        table: StateTable[PartitionBanks],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats

    async def handle(self, chunk: Chunk) -> None:
        """A chunk of `tocsin.samples`; returns when its anomalies are in the event log."""
        messages: list[Message] = []
        bad: list[Bad] = []
        for position, value in enumerate(chunk.values):
            try:
                columns = unpack(value or b"")
            except ValueError as error:
                bad.append(Bad(position, "not_samples", str(error)))
            else:
                offset = np.int64(chunk.offsets[position])
                messages.append((np.full(len(columns.at), offset), columns))
        if bad:
            await self._dead_letters.bury(chunk, bad)
        for run in _runs(messages):
            await self._observe(chunk.tp.partition, run)
        await self._elapse(chunk.tp.partition)

    def keyed(self, intake: Intake) -> Handler:
        """What handles the chunks of an input whose series are in the partitions they belong to."""

        async def handle(chunk: Chunk) -> None:
            columns = await intake.take(chunk)
            if columns is not None:
                await self._observe(chunk.tp.partition, [(columns.order >> RECORD_BITS, columns)])
            await self._elapse(chunk.tp.partition)

        return handle

    async def _observe(self, partition: int, messages: list[Message]) -> None:
        async with self._table.applying(partition) as state:
            await self._announce(state.observe(messages), state.alerts)
        self._stats.samples += sum(len(columns.at) for _, columns in messages)
        await asyncio.sleep(0)  # commits, timers and other partitions go on

    async def tick(self) -> None:
        """Let time pass in every partition that is ours."""
        for partition in self._table.owned():
            await self._elapse(partition)

    async def _elapse(self, partition: int) -> None:
        async with self._table.applying(partition) as state:
            await self._announce(state.elapse(), state.alerts)

    async def adopt(self, config: Config) -> None:
        """A new configuration is in force."""
        for partition in self._table.held():  # in the midst of a rebalance as well
            async with self._table.applying(partition) as state:
                before = state.alerts
                await self._announce(state.adopt(config), before)

    async def _announce(
        self, anomalies: list[Anomaly], templates: Mapping[str, AlertTemplate]
    ) -> None:
        if not anomalies:
            return
        topic = self._config().topics.events
        events = [AlertSeen(alert_of(anomaly, templates[anomaly.profile])) for anomaly in anomalies]
        await send_all(self._producer, [(topic, None, encode(event), 0) for event in events])
        self._stats.anomalies += sum(1 for anomaly in anomalies if anomaly.is_open)


def _runs(messages: list[Message]) -> Iterator[list[Message]]:
    """The messages in runs of about :data:`_AT_ONCE` samples."""
    run: list[Message] = []
    samples = 0
    for message in messages:
        run.append(message)
        samples += len(message[1].at)
        if samples >= _AT_ONCE:
            yield run
            run, samples = [], 0
    if run:
        yield run
