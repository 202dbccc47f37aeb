"""The stages of a record's way in one Faust app, supplied with time and configuration."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from faust.types import TP

from config.editing import learnt_afresh
from config.settings import Config, Input
from routing.incident import IncidentState
from streams import clock
from streams.alarms import Alarms
from streams.app import ChunkApp, Handler
from streams.banks import PartitionBanks
from streams.canaries import canary_status
from streams.deadletter import DeadLetters
from streams.decide import Decide, EngineState
from streams.detect import Detect
from streams.ingest import Ingest
from streams.intake import Intake
from streams.lag import Lag
from streams.ledger import Ledger
from streams.live import LiveConfig
from streams.lives import Lives
from streams.marks.deploys import Deploys
from streams.marks.feed import MarkFeed
from streams.metadata import topics_seen
from streams.outbox import Outbox
from streams.presence import InputWatch
from streams.producer import Producers, send_all
from streams.security import Renewal, broker_credentials
from streams.slots import present_slot
from streams.state import StateTable, state_table
from streams.stats import Stats
from streams.watchdog import Patience
from streams.watermark import Attention
from streams.wiring import COMMIT_EVERY_S, bank_tables, wiring

log = structlog.get_logger(__name__)

RESTART = 75  # exit code: start me again, the inputs or the cluster changed
_ABREAST = 8  # partitions whose samples are re-keyed, or judged, together
_TICK_S = 0.5
_STATUS_S = 1.0
_LOOK_S = 2.0


class Stages:
    """Wires the stages together and keeps them supplied with time and configuration."""

    def __init__(
        self,
        live: LiveConfig,
        producers: Producers,
        *,
        marks: MarkFeed,
        partitions: Mapping[str, int],
    ) -> None:
        """`partitions`: how many each topic has."""
        config = live.current
        self._live = live
        self._wiring = wiring(config)
        self._producers = producers
        self._producer = producer = producers.rest
        self._marks = marks
        self._stats = Stats()
        self._started_at = clock.epoch_s()
        self._name = f"{platform.node()}-{os.getpid()}"
        self.exit_code: int | None = None
        self.stopping = asyncio.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="tocsin-")  # Faust wants one
        self.app = _app(config, self._folder.name)
        self._lives = Lives(partial(topics_seen, producer.client))
        self._attention = Attention(asyncio.get_running_loop().time)
        dead_letters = DeadLetters(producer, config.topics.deadletter, self._stats)
        shared: dict[str, Any] = {
            "config": lambda: live.current,
            "producer": producer,
            "dead_letters": dead_letters,
            "stats": self._stats,
        }
        self._make_tables(config)
        self._banks = self._bank_tables(config, partitions)
        self._detects = {
            source: Detect(table, state_producer=producers.state, **shared)
            for source, table in self._banks.items()
        }
        self._decide = Decide(self._engine, **shared)
        self._outbox = Outbox(self._ledger, **shared)
        self._deploys = Deploys(
            marks=self._marks.newest,
            channels=lambda: self._outbox.channels,
            ledger=self._outbox.ledger,
            keep=self._outbox.keep,
        )
        self._alarms = Alarms(self._engine, config=shared["config"], producer=producer)
        self._lag = Lag(self._stats, config)
        self._add_agents(config, dead_letters)
        # An exception in a Faust timer ends the worker: that is what is wanted here, the parent
        # starts it again on the state that was written last.
        self.app.timer(_TICK_S)(self._tick)
        self.app.timer(_STATUS_S)(self._tell)
        self._input_watch = InputWatch(producer, config, self._stats)
        self._renewal = Renewal(config.kafka)
        self.app.timer(_LOOK_S)(self._look_around)

    def _make_tables(self, config: Config) -> None:
        make = partial(state_table, self.app, self._producers.state)
        topics, live = config.topics, self._live
        self._engine: StateTable[EngineState] = make(
            name="engine",
            source=topics.events,
            partitions=1,
            start=lambda _: EngineState(live.current.policy),
        )
        self._ledger: StateTable[Ledger] = make(
            name="outbox", source=topics.notifications, partitions=1, start=lambda _: Ledger()
        )

    def _bank_tables(
        self, config: Config, partitions: Mapping[str, int]
    ) -> dict[str, StateTable[PartitionBanks]]:
        """Banks stand beside the partitions of what they read: `samples`, and keyed inputs."""
        return {
            source: state_table(
                self.app,
                self._producers.state,
                name=name,
                source=source,
                partitions=partitions[source],
                start=partial(self._new_banks, partitions[source]),
                unreadable="afresh",
            )
            for source, name in bank_tables(config).items()
        }

    def _new_banks(self, partitions: int, partition: int) -> PartitionBanks:
        return PartitionBanks(
            self._live.current,
            self._attention.now,
            self._stats,
            partition=partition,
            partitions=partitions,
            marks=self._marks.newest,
        )

    def _add_agents(self, config: Config, dead_letters: DeadLetters) -> None:
        topics = config.topics
        for source in config.inputs:
            intake = Intake(
                source, dead_letters=dead_letters, stats=self._stats, life_of=self._lives.of
            )
            reader = self._reader(config, source, intake)
            self.app.chunk_agent(source.topic, reader, abreast=_ABREAST)
        detect = self._detects[topics.samples]
        self.app.chunk_agent(topics.samples, detect.handle, abreast=_ABREAST)
        self.app.chunk_agent(topics.events, self._decide.handle)
        self.app.chunk_agent(topics.notifications, self._outbox.handle)
        self.app.chunk_agent(topics.workers, self._alarms.handle)

    def _reader(self, config: Config, source: Input, intake: Intake) -> Handler:
        if source.keyed:
            return self._detects[source.topic].keyed(intake)
        ingest = Ingest(
            source,
            intake=intake,
            topic=config.topics.samples,
            partitions=config.kafka.partitions,
            producer=self._producers.samples,
            behind=partial(self._behind, source.topic),
            generation=lambda: int(self.app.consumer_generation_id),
        )
        return ingest.handle

    def _behind(self, topic: str, handled: Mapping[TP, int]) -> list[TP]:
        consumer = self.app.consumer
        return [
            tp
            for tp in consumer.assignment()
            if tp.topic == topic and consumer.has_more(tp, handled.get(tp))
        ]

    async def begin(self) -> None:
        """Look which inputs there are, before anything is read."""
        await self._input_watch.look()
        self._lives.begin(self._input_watch.ids)

    async def close(self) -> None:
        """Give back what the channels hold, and leave the list of workers."""
        await self._deploys.close()
        await self._outbox.close()
        topic = self._live.current.topics.workers
        await send_all(self._producer, [(topic, self._name.encode(), None, 0)])
        self._folder.cleanup()

    async def _tick(self) -> None:
        before, config = self._live.current, self._live.poll()
        if config is not None:
            await self._adopt(before, config)
        await self._marks.poll()
        self._deploys.tick(clock.now())
        now = clock.epoch_s()
        self._attention.tick(
            is_listening=any(table.owned() for table in self._banks.values()),
            unheard_s=now - self.app.consumer.heard_at(),
            behind_s=max((one.waiting_s for one in self._stats.inputs.values()), default=0.0),
        )
        for detect in self._detects.values():
            await detect.tick()
        await self._decide.tick()
        await self._alarms.tick(now)

    async def _adopt(self, before: Config, config: Config) -> None:
        if wiring(config) != self._wiring:
            self._restart("inputs, topics or the cluster changed")
            return
        for name in learnt_afresh(before, config):
            log.warning(
                "profile.afresh", profile=name, why="its detectors, or what they see, changed"
            )
        for detect in self._detects.values():
            await detect.adopt(config)
        self._outbox.adopt(config)

    async def _look_around(self) -> None:
        if self._engine.owned():  # one worker is enough
            await self._marks.sweep(self._producer, clock.now())
        if self._renewal.is_due():
            self._restart("the certificates of kafka.tls were renewed")
        elif await self._input_watch.look():
            self._restart("the topic of an input is another one now")

    def _restart(self, why: str) -> None:
        log.info("worker.restart", why=why)
        self.exit_code = RESTART
        self.stopping.set()

    async def _tell(self) -> None:
        now = clock.epoch_s()
        banks = [table.part(p) for table in self._banks.values() for p in table.owned()]
        engines = [self._engine.part(p) for p in self._engine.owned()]
        self._lag.look(self.app.consumer.oldest(), banks, now=now)
        status = self._stats.status(
            worker=self._name,
            host=platform.node(),
            pid=os.getpid(),
            at=now,
            uptime_s=now - self._started_at,
            is_recovering=self.app.is_recovering,
            lag=self.app.consumer.lag(),
            series=sum(bank.series for bank in banks),
            warming_up=sum(bank.warming_up for bank in banks),
            anomalies_open=sum(bank.anomalies_open for bank in banks),
            marks=min((bank.marks for bank in banks), default=len(self._marks.newest())),
            incidents_open=sum(
                incident.state is not IncidentState.RESOLVED
                for state in engines
                for incident in state.engine.incidents()
            ),
            waiting=self._outbox.waiting,
            channels_down=self._outbox.channels_down,
            canaries=tuple(
                canary_status(one) for state in engines for one in state.engine.canaries()
            ),
            config_digest=self._live.current.digest,
            config_error=self._live.error,
        )
        topic = self._live.current.topics.workers
        await send_all(self._producer, [(topic, self._name.encode(), status, 0)])


def _app(config: Config, folder: str) -> ChunkApp:
    session = config.kafka.session_timeout_s
    return ChunkApp(
        config.topics.prefix,
        broker=[f"kafka://{server}" for server in config.kafka.bootstrap.split(",")],
        broker_credentials=broker_credentials(config.kafka),
        datadir=folder,
        web_enabled=False,
        topic_disable_leader=True,
        topic_replication_factor=config.kafka.replication,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 5,
        broker_rebalance_timeout=60.0,
        broker_commit_interval=COMMIT_EVERY_S,
        table_standby_replicas=config.kafka.standby,
        consumer_group_instance_id=_member(config),
        patience=Patience(),
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=2 << 20,
        producer_acks=-1,
        producer_compression_type="zstd",
        producer_max_request_size=8 << 20,
        worker_redirect_stdouts=False,
    )


def _member(config: Config) -> str | None:
    """The name under which the group knows this worker over restarts, if it is to."""
    slot = present_slot() if config.kafka.static_members else None
    return None if slot is None else f"{platform.node()}-{slot}"
