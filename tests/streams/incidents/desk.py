"""The commands, and the topics behind them."""

import asyncio
from pathlib import Path

import msgspec
from typer.testing import Result

from config.loader import load
from config.topics import Topics
from routing.event import Event, decode
from routing.incident import Incident
from routing.policy import Silence
from streams.letters import reading
from streams.producer import Record, new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests.streams.letters.post import tocsin

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}}}
inputs: [{{name: app, topic: app-{prefix}}}]
channels: {{chat: {{kind: slack, token: {{env: CHAT}}}}}}
users:
  ana: {{contacts: [{{channel: chat, address: U024BE91L}}]}}
time_intervals: {{night: [{{times: [{{start_time: "00:00", end_time: "06:00"}}]}}]}}
silences:
  - id: move
    match: [service=shipping]
    starts_at: 2026-01-10T22:00:00Z
    ends_at: 2046-01-11T04:00:00Z
    comment: The provider moves.
receivers: {{ops: []}}
route: {{receiver: ops}}
"""


class Desk:
    """Runs commands as Ana, and reads what they wrote into the event log."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap, self.topics = bootstrap, Topics(prefix)
        self.file = folder / "tocsin.yaml"
        self.file.write_text(CONFIG.format(bootstrap=bootstrap, prefix=prefix))

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command says; it ends with `code`."""
        group, verb, *rest = arguments
        result: Result = tocsin(group, verb, "--config", str(self.file), *rest, USER="ana")
        assert result.exit_code == code, result.output
        return result.output

    def show(self, *incidents: Incident) -> None:
        """Incidents as a worker writes them, and an event log."""
        asyncio.run(self._show(incidents))

    async def _show(self, incidents: tuple[Incident, ...]) -> None:
        topics = [Topic(self.topics.incidents), Topic(self.topics.events)]
        await ensure_topics(self.bootstrap, topics)
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        written = [(one.id.encode(), msgspec.json.encode(one)) for one in incidents]
        await send_all(producer, [(self.topics.incidents, key, one, 0) for key, one in written])
        await producer.stop()

    def keeps(self, *silences: Silence, forgets: str = "") -> None:
        """Silences as a worker writes them, and that it has forgotten one."""
        asyncio.run(self._keeps(silences, forgets))

    async def _keeps(self, silences: tuple[Silence, ...], forgets: str) -> None:
        topic = self.topics.silences
        await ensure_topics(self.bootstrap, [Topic(topic)])
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        written: list[Record] = [
            (topic, one.id.encode(), msgspec.json.encode(one), 0) for one in silences
        ]
        gone: list[Record] = [(topic, forgets.encode(), None, 0)] if forgets else []
        await send_all(producer, [*written, *gone])
        await producer.stop()

    def events(self) -> list[Event]:
        """What is in the event log."""
        return asyncio.run(self._events())

    async def _events(self) -> list[Event]:
        config = load(self.file, environ={}, needed="kafka")
        async with reading.reader(config.kafka) as consumer:
            records = reading.all_of(consumer, self.topics.events)
            return [decode(record.value) async for record in records]
