"""A whole Tocsin for a test: a real broker, a worker process, and peers behind the channels."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient

from config.status import WorkerStatus
from config.status import decode as decode_status
from config.topics import Topics
from routing.event import Event, encode
from routing.incident import Incident
from streams import worker
from streams.demo.peers.received import Received
from streams.demo.peers.serve import Peers
from streams.topics import Topic, ensure_topics
from tests.forks import Fork
from tests.streams.log import Log

Edit = Callable[[str], str]

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}, partitions: 2, session_timeout: 3s}}
inputs:
  - {{name: app, topic: app-{prefix}, kind: metrics}}
profiles:
  - name: bound
    match: ['input="app"']
    detectors: {{threshold: {{upper: {upper}}}}}
    min_change_ratio: 0
    open_after: 1 of 1
    close_after: 0s
    warm_up: 0s
    warm_up_samples: 0
    severity: error
channels:
  slack: {{kind: slack, token: {{env: SLACK_TOKEN}}, base_url: "{slack}"}}
  email: {{kind: email, host: 127.0.0.1, port: {smtp}, sender: tocsin@shop.example}}
retry: {{attempts: 5, first_wait: 1s, longest_wait: 2s}}
users:
  ana: {{contacts: [{{channel: email, address: ana@shop.example}}]}}
escalations:
  now: {{levels: [{{targets: [user: ana], wait: 5m}}]}}
receivers:
  ops: [{{channel: slack, address: "#ops"}}]
route:
  receiver: ops
  escalation: now
  group_by: [service]
  group_wait: 200ms
  group_interval: 1s
  repeat_interval: 4h
console: {{host: 127.0.0.1, port: 8080}}
x-peers: {{pagerduty: "{pagerduty}", jira: "{jira}"}}
"""


class Works:
    """The parts, and what can be seen of them from outside."""

    def __init__(
        self, bootstrap: str, prefix: str, folder: Path, peers: Peers, *, edit: Edit = str
    ) -> None:
        self.bootstrap = bootstrap
        self.topics = Topics(prefix)
        self.input = f"app-{prefix}"
        self.config = folder / "tocsin.yaml"
        self.log_file = folder / "worker.log"
        self.peers = peers
        self._edit = edit
        self.worker: Fork | subprocess.Popen[bytes] | None = None
        self.log: Log
        self._at = 1_790_000_000.0

    def configure(self, upper: str = "100") -> None:
        """Write the configuration; a running worker takes it up."""
        text = CONFIG.format(
            bootstrap=self.bootstrap,
            prefix=self.topics.prefix,
            upper=upper,
            slack=self.peers.url("slack"),
            smtp=self.peers.ports["smtp"],
            pagerduty=self.peers.url("pagerduty"),
            jira=self.peers.url("jira"),
        )
        self.config.write_text(self._edit(text))

    def start(self) -> None:
        """Start the worker process."""
        env, log = {**os.environ, "SLACK_TOKEN": "xoxb-demo"}, self.log_file
        arguments = ("--config", str(self.config))
        self.worker = Fork(worker.main, *arguments, env=env, stdout=log, stderr=log)

    def supervise(self, processes: int) -> "subprocess.Popen[bytes]":
        """Have workers under a supervisor in the place of the one that there is."""
        self.kill()
        argv = [sys.executable, "-m", "streams.cli", "worker", "--config", str(self.config)]
        with self.log_file.open("ab") as log:
            env = {**os.environ, "SLACK_TOKEN": "xoxb-demo"}
            argv += ["--processes", str(processes)]
            self.worker = subprocess.Popen(argv, env=env, stdout=log, stderr=log)
        return self.worker

    def kill(self) -> None:
        """kill -9 the worker."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()

    async def send(self, *values: float, service: str = "web", partition: int = 0) -> None:
        """Publish values of one series, a second apart in event time; one partition keeps order."""
        records = []
        for value in values:
            self._at += 1
            records.append({"name": "load", "labels": {"service": service}, "value": value,
                            "timestamp": self._at})  # fmt: skip
        encoded = (json.dumps(record).encode() for record in records)
        await self.log.write(self.input, *encoded, partition=partition)

    async def command(self, event: Event) -> None:
        """Append an event to the log, as a face would."""
        await self.log.write(self.topics.events, encode(event), partition=0)

    def incidents(self) -> dict[str, Incident]:
        """The newest view of each incident read so far."""
        views = (
            msgspec.json.decode(record.value, type=Incident)
            for record in self.log.records[self.topics.incidents]
        )
        return {view.id: view for view in views}

    def the_incident(self) -> Incident:
        """The only incident there is."""
        (incident,) = self.incidents().values()
        return incident

    def status(self) -> WorkerStatus | None:
        """What the worker said of itself last; nothing once it has ended."""
        records = self.log.records[self.topics.workers]
        said = records[-1].value if records else None
        return None if said is None else decode_status(said)

    def dead_letters(self) -> list[dict[str, Any]]:
        """The dead letters read so far."""
        return [json.loads(r.value) for r in self.log.records[self.topics.deadletter]]

    def received(self, channel: str) -> list[Received]:
        """What a peer has taken; no pictures, which come when they are drawn."""
        taken = self.peers.journal.received
        return [one for one in taken if one.channel == channel and one.what != "picture"]

    async def until(self, holds: Any, *, within_s: float = 45) -> None:
        """Wait for something to be true, reading the topics meanwhile."""
        try:
            await self.log.read_until(holds, within_s=within_s)
        except AssertionError as error:
            for view in self.incidents().values():
                story = "; ".join(moment.text for moment in view.timeline)
                error = AssertionError(f"{error}\n{view.state} incident {view.id}: {story}")
            words = self.log_file.read_text()[-3000:] if self.log_file.exists() else ""
            raise AssertionError(f"{error}\nworker: {words}") from None


@asynccontextmanager
async def works(
    bootstrap: str, prefix: str, folder: Path, *, edit: Edit = str
) -> AsyncIterator[Works]:
    """Everything started and ready to take samples; stopped at the end.

    `edit` changes the text of the configuration before it is written.
    """
    async with Peers(folder / "peers") as peers:
        tocsin = Works(bootstrap, prefix, folder, peers, edit=edit)
        tocsin.configure()
        largest = {"max.message.bytes": str(8 << 20)}
        await ensure_topics(bootstrap, [Topic(tocsin.input, 2, largest)])
        tocsin.start()
        names = tocsin.topics
        topics = (names.incidents, names.workers, names.deadletter, names.decisions)
        try:
            await _until_topics(tocsin)
            async with Log(bootstrap, *topics) as tocsin.log:
                await tocsin.until(lambda: tocsin.status() is not None)
                yield tocsin
        finally:
            if tocsin.worker is not None:
                tocsin.kill()


async def _until_topics(tocsin: Works) -> None:
    """The worker makes the topics; a consumer that is there before them would make its own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=tocsin.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(30):
            while tocsin.topics.workers not in await admin.list_topics():
                assert tocsin.worker is not None
                assert tocsin.worker.poll() is None, tocsin.log_file.read_text()
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
