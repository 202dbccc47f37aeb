"""Detect: samples into banks, anomalies into the event log."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata
from faust.types import TP

from config.settings import AlertTemplate, Config
from detectors.anomaly import Anomaly
from routing.event import AlertSeen, encode
from streams.alerts import alert_of, anomaly_id
from streams.app import Handler
from streams.banks import PartitionBanks
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.court import Court
from streams.deadletter import DeadLetters
from streams.intake import Intake
from streams.moments import LONGEST_S, Begun, runs
from streams.producer import begin_all
from streams.samples import unpack
from streams.shares import Message
from streams.state import StateTable
from streams.stats import Stats

log = logging.getLogger(__name__)

_TURNS = 6  # of the loop after each run: a request to a broker takes several, a run may take long


class Detect:
    """Judges samples partition by partition, and lets time pass there."""

    def __init__(
        self,
        table: StateTable[PartitionBanks],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        state_producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._state_producer = state_producer
        self._dead_letters = dead_letters
        self._stats = stats
        self._court = Court()
        self._begun: dict[int, Begun] = {}

    async def handle(self, chunk: Chunk) -> "asyncio.Future[None] | None":
        """A chunk of `tocsin.samples`; its anomalies are in the event log before it is committed.

        Messages of a moment whose end is not there yet wait for it, and the chunk with them.
        """
        partition = chunk.tp.partition
        messages = await self._messages(chunk)
        begun = self._take_begun(partition)
        for run, is_whole in runs([*(begun.messages if begun else ()), *messages]):
            if not is_whole:
                return self._wait_for_more(partition, run, begun)
            await self._observe(partition, run)
            if begun is not None:
                begun.done.set_result(None)
                begun = None
        await self._elapse(partition)
        return None

    def _take_begun(self, partition: int) -> Begun | None:
        begun = self._begun.pop(partition, None)
        if begun is None or begun.generation != self._table.generation:
            return None  # what was not committed is read again
        return begun

    def _wait_for_more(
        self, partition: int, run: list[Message], begun: Begun | None
    ) -> "asyncio.Future[None]":
        if begun is None:
            loop = asyncio.get_running_loop()
            begun = Begun([], loop.create_future(), loop.time(), self._table.generation)
        begun.messages = run
        self._begun[partition] = begun
        return begun.done

    async def _messages(self, chunk: Chunk) -> list[Message]:
        messages: list[Message] = []
        bad: list[Bad] = []
        for position, value in enumerate(chunk.values):
            try:
                columns = unpack(value or b"")
            except ValueError as error:
                bad.append(Bad(position, "not_samples", str(error)))
            else:
                messages.append(Message(columns, chunk.offsets[position]))
        if bad:
            await self._dead_letters.bury(chunk, bad)
        return messages

    def keyed(self, intake: Intake) -> Handler:
        """What handles the chunks of an input whose series are in the partitions they belong to."""

        async def handle(chunk: Chunk) -> None:
            columns = await intake.take(chunk)
            if columns is not None:
                await self._observe(chunk.tp.partition, [Message(columns)])
            await self._elapse(chunk.tp.partition)

        return handle

    async def _observe(self, partition: int, messages: list[Message]) -> None:
        await self._bring_marks_in_force(partition)
        async with self._table.applying(partition) as state:
            await self._judge(partition, state, messages)
        for _ in range(_TURNS):  # commits, timers and other partitions go on
            await asyncio.sleep(0)

    async def _judge(self, partition: int, state: PartitionBanks, messages: list[Message]) -> None:
        found = await self._court.judge(state.observing(messages))
        self._table.owe(partition, await self._begin(found, state.alerts, state.notes))
        for message in messages:
            columns = message.columns
            self._stats.samples += len(columns.at)
            self._stats.input(columns.input).samples += len(columns.at)

    async def _bring_marks_in_force(self, partition: int) -> None:
        """Save the state, if there are other marks: what comes is judged under them, for good.

        The next commit would do so as well, but may be far: of a partition that has been silent, or
        of a backlog, it comes after samples that the marks are about. No offset is committed.
        """
        if self._table.part(partition).has_new_marks and self._table.is_member:
            written = {TP(self._table.source, partition): 0}
            await self._table.flush(self._state_producer, written)

    async def tick(self) -> None:
        """Let time pass in every partition that is ours."""
        for partition in self._table.owned():
            await self._bring_marks_in_force(partition)
            await self._give_up_waiting(partition)
            await self._elapse(partition)

    async def _give_up_waiting(self, partition: int) -> None:
        begun = self._begun.get(partition)
        if begun is None or asyncio.get_running_loop().time() - begun.since < LONGEST_S:
            return
        async with self._table.applying(partition) as state:
            begun = self._take_begun(partition)  # only now: nothing may overtake it
            if begun is not None:
                await self._judge(partition, state, begun.messages)
                begun.done.set_result(None)

    async def _elapse(self, partition: int) -> None:
        async with self._table.applying(partition) as state:
            await self._announce(state.elapse(), state.alerts, state.notes)

    async def adopt(self, config: Config) -> None:
        """A new configuration is in force."""
        for partition in self._table.held():  # in the midst of a rebalance as well
            async with self._table.applying(partition) as state:
                before = state.alerts
                await self._announce(state.adopt(config), before, lambda _: ())

    async def _announce(
        self,
        anomalies: list[Anomaly],
        templates: Mapping[str, AlertTemplate],
        notes: Callable[[Anomaly], Sequence[str]],
    ) -> None:
        await asyncio.gather(*await self._begin(anomalies, templates, notes))

    async def _begin(
        self,
        anomalies: list[Anomaly],
        templates: Mapping[str, AlertTemplate],
        notes: Callable[[Anomaly], Sequence[str]],
    ) -> "list[asyncio.Future[RecordMetadata]]":
        """Have anomalies told, in their order; when they are is for somebody else to wait for."""
        if not anomalies:
            return []
        topic = self._config().topics.events
        events = [
            AlertSeen(
                alert_of(anomaly, templates[anomaly.profile], notes(anomaly)), anomaly_id(anomaly)
            )
            for anomaly in anomalies
        ]
        self._stats.anomalies += sum(1 for anomaly in anomalies if anomaly.is_open)
        return await begin_all(
            self._producer, [(topic, None, encode(event), 0) for event in events]
        )
