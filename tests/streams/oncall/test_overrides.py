"""`tocsin oncall override`, `swap`, `overrides` and `remove` on a real broker."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from config.loader import load
from config.settings import Config
from config.topics import Topics
from routing.effect import PublishOverride
from routing.engine import Engine
from routing.event import decode
from streams import clock
from streams.broker import BrokerError
from streams.letters import reading
from streams.producer import new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests.streams.letters.post import tocsin

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}}}
inputs: [{{name: app, topic: app-{prefix}}}]
channels: {{chat: {{kind: slack, token: {{env: CHAT}}}}}}
users:
  ana: {{contacts: [{{channel: chat, address: U024BE91L}}]}}
  bo: {{contacts: [{{channel: chat, address: U024BE91M}}]}}
  cai: {{contacts: [{{channel: chat, address: U024BE91N}}]}}
schedules:
  web:
    time_zone: Europe/Vienna
    layers: [{{users: [ana], starts_at: 2026-01-05, turn: 1w}}]
receivers: {{ops: []}}
route: {{receiver: ops}}
"""


class Desk:
    """The commands, and an engine that follows the log."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap, self.topics = bootstrap, Topics(prefix)
        self.file = folder / "tocsin.yaml"
        self.file.write_text(CONFIG.format(bootstrap=bootstrap, prefix=prefix))
        self.engine: Engine | None = None

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command says; it ends with `code`."""
        verb, *rest = arguments
        result: Result = tocsin("oncall", verb, "--config", str(self.file), *rest, USER="ana")
        assert result.exit_code == code, result.output
        return result.output

    def who(self) -> str:
        return str(json.loads(self.run("who", "--json"))[0]["user"])

    def open_log(self) -> None:
        topics = [Topic(self.topics.events), Topic(self.topics.overrides)]
        asyncio.run(ensure_topics(self.bootstrap, topics))

    def follow(self) -> None:
        """What a worker does: the whole log through an engine, overrides to their topic."""
        asyncio.run(self._follow())

    async def _follow(self) -> None:
        config = load(self.file, environ={}, needed="none")
        engine, records = Engine(config.policy), await self._log(config)
        effects = [e for value in records for e in engine.handle(decode(value), clock.now())]
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        shown = [one for one in effects if isinstance(one, PublishOverride)]
        assert shown
        await send_all(producer, [self._record(one) for one in shown])
        await producer.stop()

    def _record(self, one: PublishOverride) -> Any:
        value = None if one.override is None else msgspec.json.encode(one.override)
        return self.topics.overrides, one.id.encode(), value, 0

    async def _log(self, config: Config) -> list[bytes]:
        async with reading.reader(config.kafka) as consumer:
            return [one.value async for one in reading.all_of(consumer, self.topics.events)]


def test_a_stand_in_by_command_is_on_call_until_it_is_removed(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    desk = Desk(bootstrap, prefix, tmp_path)
    desk.open_log()
    assert desk.who() == "ana"
    end = f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    said = desk.run("override", "web", "bo", "--to", end, "--note", "doctor")
    desk.follow()
    assert desk.who() == "bo"
    (listed,) = json.loads(desk.run("overrides", "--json"))
    assert (listed["user"], listed["created_by"], listed["comment"]) == ("bo", "ana", "doctor")
    assert f"tocsin oncall remove {listed['id']}" in said
    assert "in force  web: bo for anybody" in desk.run("overrides")
    desk.run("remove", listed["id"])
    desk.follow()
    assert desk.who() == "ana"
    assert "no overrides" in desk.run("overrides")


def test_a_swap_by_command_exchanges_two(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    desk = Desk(bootstrap, prefix, tmp_path)
    desk.open_log()
    end = (clock.now() + timedelta(days=2)).isoformat()
    desk.run("swap", "web", "cai", "ana", "--to", end)
    desk.follow()
    assert desk.who() == "cai"


def test_what_cannot_be_is_refused_before_it_is_written(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    desk = Desk(bootstrap, prefix, tmp_path)
    to = ("--to", "2999-01-01T00:00")
    assert 'did you mean "web"?' in desk.run("override", "wbe", "bo", *to, code=2)
    assert 'there is no user "bob"' in desk.run("override", "web", "bob", *to, code=2)
    assert "name two people" in desk.run("swap", "web", "bo", "bo", *to, code=2)
    assert "still to come" in desk.run("override", "web", "bo", "--to", "2020-01-01", code=2)
    assert "--from takes" in desk.run("override", "web", "bo", "--from", "now", *to, code=2)
    with pytest.raises(BrokerError, match="start a worker first"):
        desk.run("override", "web", "bo", *to)
    assert "see tocsin oncall overrides" in desk.run("remove", "o1", code=1)
