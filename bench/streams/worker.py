"""A worker process under measurement, and what it says of itself."""

import asyncio
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from config.status import WorkerStatus, decode
from config.topics import Topics
from streams.leash import leashed
from streams.topics import Topic, ensure_topics

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}, partitions: 4, session_timeout: 3s}}
inputs:
  - name: bench
    topic: {topic}
    format: {format}
    keyed: {keyed}
    limits: {{series: 4000000}}
    behind_alarm: 36500d
profiles:
  - name: probe
    match: ['name="probe"']
    detectors: {{threshold: {{upper: 100}}}}
    min_change_ratio: 0
    open_after: 1 of 1
    close_after: 0s
    warm_up: 0s
    warm_up_samples: 0
    severity: error
  - name: all
    match: ['input="bench"']
    false_alarms: 1/30d
    warm_up: 5m
    warm_up_samples: 30
    severity: warning
channels:
  nobody: {{kind: email, host: 127.0.0.1, port: 1, sender: bench@bench.example}}
receivers: {{nobody: [{{channel: nobody, address: nobody@bench.example}}]}}
retry: {{attempts: 1}}
route: {{receiver: nobody, group_by: []}}
"""


@dataclass(slots=True)
class Setup:
    """What one run reads, and how."""

    bootstrap: str
    topic: str
    format: str = "json"
    is_keyed: bool = False
    prefix: str = field(default_factory=lambda: f"b{uuid.uuid4().hex[:8]}")

    @property
    def topics(self) -> Topics:
        """Our own topics of this run."""
        return Topics(self.prefix)

    def text(self) -> str:
        """The configuration."""
        return CONFIG.format(
            bootstrap=self.bootstrap,
            prefix=self.prefix,
            topic=self.topic,
            format=self.format,
            keyed=str(self.is_keyed).lower(),
        )


class Worker:
    """One process; `cores` are those it may use."""

    def __init__(self, config: Path, cores: Sequence[int]) -> None:
        self._config = config
        self._cores = list(cores)
        self._log = config.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it dies with us."""
        argv = [sys.executable, "-m", "streams.worker", "--config", str(self._config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                leashed(argv),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, self._cores),
            )

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def check(self) -> None:
        """Raise RuntimeError with its last words when it has ended."""
        assert self._process is not None
        if self._process.poll() is not None:
            code = self._process.returncode
            raise RuntimeError(f"the worker ended with {code}:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of what it said."""
        return self._log.read_text(errors="replace")[-2000:]

    def process(self) -> psutil.Process:
        """The process, for its use of processor and memory."""
        assert self._process is not None
        return psutil.Process(self._process.pid)


@asynccontextmanager
async def workers(setup: Setup, cores: Sequence[Sequence[int]]) -> AsyncIterator[list[Worker]]:
    """A worker for each set of cores, started; killed at the end."""
    await ensure_topics(setup.bootstrap, [Topic(setup.topics.workers, 1, _COMPACTED)])
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        config = Path(folder, "bench.yaml")
        config.write_text(setup.text())
        started = [Worker(config, mine) for mine in cores]
        try:
            for worker in started:
                worker.start()
            yield started
        finally:
            for worker in started:
                worker.kill()


_COMPACTED = {"cleanup.policy": "compact", "max.message.bytes": str(8 << 20)}


async def statuses(setup: Setup, started: Sequence[Worker]) -> AsyncIterator[WorkerStatus]:
    """What the workers say of themselves, each once a second."""
    async with reading(setup.bootstrap, setup.topics.workers) as consumer:
        while True:
            for worker in started:
                worker.check()
            found = await consumer.getmany(timeout_ms=200)
            for records in found.values():
                for record in records:
                    if record.value:
                        yield decode(record.value)


@asynccontextmanager
async def reading(
    bootstrap: str, topic: str, *, is_new_only: bool = False
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of a topic of one partition, from its beginning or from now on."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="latest" if is_new_only else "earliest",
        fetch_max_wait_ms=20,
        max_partition_fetch_bytes=8 << 20,
    )
    await consumer.start()
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    if is_new_only:
        await consumer.position(partition)
    await asyncio.sleep(0)
    try:
        yield consumer
    finally:
        await consumer.stop()
