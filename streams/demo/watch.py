"""Keeps the picture up to date: the feed's lines, the console's JSON, what the peers received."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from streams import clock
from streams.demo.console_client import ConsoleAway, ConsoleClient
from streams.demo.lines import JsonLines
from streams.demo.picture import Feeding, Picture
from streams.demo.received import Inbox
from streams.demo.scenarios import SCENARIOS
from streams.demo.stack import Stack
from streams.demo.verdict import Window

EVERY_S = 1.0


@dataclass(slots=True)
class Watch:
    """Looks once a second. `picture` is the latest."""

    stack: Stack
    client: ConsoleClient
    picture: Picture
    lines: JsonLines
    inbox: Inbox

    async def run(self, seen: Callable[[Picture], None]) -> None:
        """Look for ever, handing each picture to `seen`."""
        while True:
            await self.look()
            seen(self.picture)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """One look. What does not answer keeps its last value."""
        feeding = self.picture.feeding
        for line in self.lines.read():
            feeding = take(feeding, line)
        self.picture = replace(
            self.picture,
            feeding=feeding,
            restarts=self._restarts(),
            desk_url=self.stack.desk_url,
            pages=self.inbox.pages(),
        )
        if "console" in self.stack.supervisor.children:
            await self._keep("workers", self.client.workers())
            await self._keep("incidents", self.client.incidents())

    def say(self, what: str) -> None:
        """Tell what is being waited for; nothing ends the waiting."""
        self.picture = self.picture.with_waiting(what)

    def _restarts(self) -> int:
        worker = self.stack.supervisor.children.get("worker")
        return worker.restarts if worker else 0

    async def _keep(self, name: str, answer: Awaitable[Any]) -> None:
        try:
            value = await answer
        except ConsoleAway:
            return
        self.picture = replace(self.picture, **{name: value})


def take(feeding: Feeding, line: dict[str, Any]) -> Feeding:
    """What is known of the feed after one more of its lines."""
    if "scenario" in line:
        return replace(feeding, windows=_windows(feeding.windows, line))
    if "phase" in line:
        feeding = replace(feeding, phase=line["phase"], history=line.get("done", feeding.history))
    if "records" in line:
        rate = line["records_per_s"]
        feeding = replace(feeding, records=line["records"], records_per_s=rate)
    if "at" in line:
        feeding = replace(feeding, shop_at=datetime.fromisoformat(line["at"]))
    return feeding


def _windows(windows: tuple[Window, ...], line: dict[str, Any]) -> tuple[Window, ...]:
    name, at = line["scenario"], clock.instant(line["wall"])
    if line["state"] == "begin":
        new = Window(name=name, expected=SCENARIOS[name].expected, began_at=at)
        return (*windows, new)
    return tuple(
        Window(name=w.name, expected=w.expected, began_at=w.began_at, ended_at=at)
        if w.name == name and w.ended_at is None
        else w
        for w in windows
    )


def has_learned(picture: Picture) -> bool:
    """True when the worker has worked through the history."""
    workers = picture.workers
    return (
        picture.feeding.history >= 1.0
        and bool(workers)
        and sum(worker.series for worker in workers) > 0
        and all(worker.lag == 0 for worker in workers)
    )
