"""An input topic with records, letters about them, and the command."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from faust.types import TP
from typer.testing import CliRunner, Result

from config.settings import Kafka
from config.topics import Topics
from streams.chunk import Chunk
from streams.cli import app
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters, Place
from streams.letters import reading
from streams.producer import new_producer
from streams.stats import Stats
from streams.topics import Topic, ensure_topics

NOW_MS = 1_790_000_000_000
CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}}}
inputs: [{{name: app, topic: {input}{more}}}]
profiles: [{{name: all, match: ['input="app"'], detectors: {{threshold: {{upper: 9}}}}}}]
receivers: {{ops: []}}
route: {{receiver: ops}}
"""


def tocsin(*arguments: str, answer: str | None = None, **env: str) -> Result:
    """Run a command in this process."""
    result = CliRunner(env=env).invoke(app, arguments, input=answer)
    structlog.reset_defaults()  # a test may run several; what logs now, does so to closed files
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


class Post:
    """The topics of one test."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.topics = Topics(prefix)
        self.input = f"app-{prefix}"
        self.config = folder / "tocsin.yaml"
        self.configure()
        largest = {"max.message.bytes": str(8 << 20)}
        made = [Topic(self.input, 1, largest), Topic(self.topics.deadletter, 1, largest)]
        asyncio.run(ensure_topics(bootstrap, made))

    def configure(self, more: str = "") -> None:
        """Write the configuration; `more` belongs to the input."""
        self.config.write_text(
            CONFIG.format(
                bootstrap=self.bootstrap, prefix=self.topics.prefix, input=self.input, more=more
            )
        )

    def send(self, *values: bytes | None, **options: Any) -> list[Any]:
        """Records of the input as a producer sends them; gives their metadata."""
        return asyncio.run(self._send(values, options))

    async def _send(self, values: Sequence[bytes | None], options: dict[str, Any]) -> list[Any]:
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        try:
            sent = [await producer.send(self.input, v, partition=0, **options) for v in values]
            return list(await asyncio.gather(*sent))
        finally:
            await producer.stop()

    def bury(self, records: Sequence[Any], reason: str = "not_json", **changed: Any) -> None:
        """Letters about records as they were read, with what is to be different about them."""
        chunk = Chunk(
            tp=TP(changed.get("topic", self.input), 0),
            start=0,
            next_offset=0,
            values=[changed.get("value", record.value) for record in records],
            keys=[record.key for record in records],
            timestamps=[changed.get("timestamp", record.timestamp) for record in records],
            offsets=[changed.get("offset", record.offset) for record in records],
        )
        bad = [Bad(i, reason, f"why {record.offset}") for i, record in enumerate(records)]
        asyncio.run(self._bury(chunk, bad))

    async def _bury(self, chunk: Chunk, bad: list[Bad]) -> None:
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        try:
            await DeadLetters(producer, self.topics.deadletter, Stats()).bury(chunk, bad)
        finally:
            await producer.stop()

    def read(self, topic: str | None = None) -> list[Any]:
        """All records of a topic, the input's if none is named."""
        return asyncio.run(self._read(topic or self.input))

    async def _read(self, topic: str) -> list[Any]:
        async with reading.reader(Kafka(bootstrap=self.bootstrap)) as consumer:
            return [record async for record in reading.all_of(consumer, topic)]

    def sent_and_buried(self, *values: bytes | None, **options: Any) -> list[Place]:
        """Records that could not be read, and the places of them."""
        sent = self.send(*values, **{"timestamp_ms": NOW_MS, **options})
        offsets = {one.offset for one in sent}
        self.bury([record for record in self.read() if record.offset in offsets])
        return [Place(self.input, 0, offset) for offset in sorted(offsets)]

    def run(self, *arguments: str, answer: str | None = None) -> Result:
        """Run `tocsin deadletter ...`."""
        verb, *rest = arguments
        whole = ["deadletter", verb, "--config", str(self.config), *rest]
        return tocsin(*whole, answer=answer)
