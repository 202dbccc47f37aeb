"""A worker with three channels, two of which can be made dead, and what can be seen of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.chaos.fleet import Fleet
from config.status import WorkerStatus, decode
from config.topics import Topics
from routing.incident import Incident
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from streams.demo.peers.smtp import MailFault

KEY = "0123456789abcdef0123456789abcdef"
MANY = 1_000_000
CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}, partitions: 4, session_timeout: 6s}}
inputs:
  - {{name: load, topic: {topic}, kind: metrics}}
profiles:
  - name: bound
    match: ['input="load"']
    detectors: {{threshold: {{upper: 100}}}}
    min_change_ratio: 0
    open_after: 1 of 1
    close_after: 0s
    warm_up: 0s
    warm_up_samples: 0
    severity: error
channels:
  slack: {{kind: slack, token: {{env: SLACK_TOKEN}}, base_url: "{slack}"}}
  email: {{kind: email, host: 127.0.0.1, port: {smtp}, sender: tocsin@shop.example}}
  pagerduty: {{kind: pagerduty, routing_keys: {{ops: {{env: PAGERDUTY_KEY}}}}, base_url: "{pd}"}}
receivers:
  all:
    - {{channel: slack, address: "#ops"}}
    - {{channel: email, address: ops@shop.example}}
    - {{channel: pagerduty, address: ops}}
route: {{receiver: all, group_by: [service], group_wait: 1s, group_interval: 10s}}
"""


class Town:
    """The parts. Slack and mail can hang; PagerDuty always answers."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path, peers: Peers) -> None:
        self.topics = Topics(prefix)
        self.input = f"load-{prefix}"
        self.peers = peers
        self.incidents: dict[str, Incident] = {}
        self.status: WorkerStatus | None = None
        self._bootstrap = bootstrap
        os.environ["PAGERDUTY_KEY"] = KEY
        self.config = folder / "tocsin.yaml"
        self.config.write_text(
            CONFIG.format(
                bootstrap=bootstrap,
                prefix=prefix,
                topic=self.input,
                slack=peers.url("slack"),
                smtp=peers.ports["smtp"],
                pd=peers.url("pagerduty"),
            )
        )
        self.fleet = Fleet(self.config, folder)

    def hang(self) -> None:
        """Slack and the mail server take connections, and say nothing."""
        self.peers.slack.faults.inject(*[Fault(kind="hang")] * MANY)
        self.peers.smtp.inject(*[MailFault(stage="MAIL", kind="hang")] * MANY)

    def come_back(self) -> None:
        """They answer again."""
        for faults in (self.peers.slack.faults, self.peers.smtp):
            faults.clear()
            faults.release()

    def rss_mb(self) -> float:
        """Resident memory of the worker; 0 while there is none."""
        try:
            return sum(
                float(process.memory_info().rss) / 2**20
                for process in psutil.Process().children()
                if "streams.worker" in process.cmdline()
            )
        except psutil.NoSuchProcess:
            return 0.0

    def waits(self) -> dict[str, list[float]]:
        """Channel -> how long after the opening of an incident it was first told."""
        found: dict[str, list[float]] = {}
        for one in self.peers.journal.received:
            incident = self.incidents.get(one.incident)
            if one.opens and incident is not None:
                found.setdefault(one.channel, []).append(one.at - incident.opened_at.timestamp())
        return found

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Follow what the worker says while the block runs."""
        watching = asyncio.ensure_future(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=200,
            max_partition_fetch_bytes=8 << 20,
        )
        await consumer.start()
        try:
            topics = (self.topics.incidents, self.topics.workers)
            consumer.assign([TopicPartition(topic, 0) for topic in topics])
            while True:
                for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                    self._take(tp.topic, [record.value for record in records])
        finally:
            await consumer.stop()

    def _take(self, topic: str, values: Iterable[bytes | None]) -> None:
        for value in filter(None, values):
            if topic == self.topics.workers:
                self.status = decode(value)
            else:
                incident = msgspec.json.decode(value, type=Incident)
                self.incidents[incident.id] = incident
