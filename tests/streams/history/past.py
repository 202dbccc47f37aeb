"""A past in the topics of one test, as a worker would have left it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from config.loader import load
from config.marks.mark import Mark
from config.marks.mark import encode as encode_mark
from config.topics import Topics
from routing.alert import Alert, Severity
from routing.event import Acknowledge, AlertSeen, Event, PolicyChanged, ReceiptSeen, Tick, encode
from routing.rehearsal import accept
from streams.decide import EngineState
from streams.history.replaying import Record, Replay
from streams.marks.topic import marks_topic
from streams.producer import new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests.streams.letters.post import tocsin

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}}}
inputs: [{{name: app, topic: app}}]
channels:
  slack: {{kind: slack, token: {{env: SLACK_TOKEN}}}}
users:
  ana: {{contacts: [{{channel: slack, address: U1}}]}}
  lena: {{contacts: [{{channel: slack, address: U2}}]}}
receivers:
  ops: [{{channel: slack, address: "#ops"}}]
escalations:
  urgent:
    levels:
      - {{targets: [user: ana], wait: 5m}}
      - {{targets: [user: {second}], wait: 5m}}
route: {{receiver: ops, escalation: urgent, group_by: [service]}}
"""


class Past:
    """Events that happened, what an engine made of them, and commands that read it."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.topics = Topics(prefix)
        self.folder = folder
        self.config = self.configured("tocsin.yaml", second="lena")
        self.policy = load(self.config, environ={}, needed="none").policy
        self._records: list[Record] = []
        self._state = EngineState(self.policy)
        self.made = Replay()
        self.happens(0, PolicyChanged(self.policy))

    def configured(self, name: str, *, second: str) -> Path:
        """A configuration whose second level is that person."""
        file = self.folder / name
        text = CONFIG.format(bootstrap=self.bootstrap, prefix=self.topics.prefix, second=second)
        file.write_text(text)
        return file

    def happens(self, after_s: float, *events: Event) -> None:
        """Events so long after the beginning, and the receipts of what they bring at once."""
        at = AT + timedelta(seconds=after_s)
        for event in events:
            before = len(self.made.told)
            record = Record(len(self._records), at.timestamp(), encode(event))
            self._records.append(record)
            self.made.take(self._state, record)
            for _, told in self.made.told[before:]:
                self.happens(after_s, ReceiptSeen(accept(told)))

    def fires(self, after_s: float, **labels: str) -> None:
        """An alert with these labels."""
        at = AT + timedelta(seconds=after_s)
        self.happens(
            after_s, AlertSeen(Alert(labels=labels, severity=Severity.ERROR, starts_at=at))
        )

    def is_acknowledged(self, after_s: float, by: str) -> None:
        """Somebody takes the newest incident."""
        id_ = list(self.made.incidents)[-1]
        self.happens(after_s, Acknowledge(incident_id=id_, by=by, via="console"))

    def passes(self, after_s: float) -> None:
        """A tick of the log."""
        self.happens(after_s, Tick())

    def recorded(self) -> "Past":
        """All of it written to the broker; a second time, what the engine wrote is there twice."""
        asyncio.run(self._record())
        return self

    async def _record(self) -> None:
        made = self.made
        values: dict[str, Sequence[bytes]] = {
            self.topics.decisions: [msgspec.json.encode(one) for one in made.decisions],
            self.topics.incidents: [msgspec.json.encode(one) for one in made.incidents.values()],
        }
        stamped = [(record.timestamp, self.topics.events, record.value) for record in self._records]
        stamped += [
            (at.timestamp(), self.topics.notifications, msgspec.json.encode(one))
            for at, one in made.told
        ]
        names = (*values, self.topics.events, self.topics.notifications)
        await ensure_topics(self.bootstrap, [Topic(name, 1) for name in names])
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        try:
            for at, topic, value in stamped:
                await producer.send(topic, value, partition=0, timestamp_ms=int(at * 1000))
            for topic, some in values.items():
                for value in some:
                    await producer.send(topic, value, partition=0)
            await producer.flush()
        finally:
            await producer.stop()

    def marked(self, *marks: Mark) -> None:
        """Marks that somebody made."""
        asyncio.run(self._mark(marks))

    async def _mark(self, marks: Sequence[Mark]) -> None:
        await ensure_topics(self.bootstrap, [marks_topic(self.topics)])
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        records = [(self.topics.marks, mark.id.encode(), encode_mark(mark), 0) for mark in marks]
        await send_all(producer, records)
        await producer.stop()

    def run(self, *arguments: str) -> tuple[int, str]:
        """A command on this configuration: exit code, and what was printed."""
        done = tocsin(*arguments, "--config", str(self.config), SLACK_TOKEN="x")
        return done.exit_code, done.output
