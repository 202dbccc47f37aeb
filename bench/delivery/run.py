"""One run: incidents begin and end while requests fail and the worker is killed."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bench.chaos.broker import Broker
from bench.chaos.fleet import Fleet
from bench.chaos.log import newest_by_key
from bench.delivery.books import Books, Key, owed, verdict
from bench.delivery.feed import Feed
from bench.delivery.misfortune import Luck, misfortune
from bench.delivery.settings import ENVIRONMENT, write_config
from config.topics import Topics
from routing.incident import Incident
from streams.demo.peers.serve import Peers
from streams.topics import Topic, ensure_topics

WORKER = "worker"

_incident = msgspec.json.Decoder(Incident)

_EVERY_S = 0.25
_SHOWN = 8
_WORKS = 10  # messages that a worker has sent before it is killed
_NO_WORK_S = 60.0  # or so long it had nothing to send
_STUCK_S = 150.0  # without anything new: what is not there by then is lost
_STAYS_S = 2.0  # an incident, once it was told


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for."""

    incidents: int = 1000
    kills: int = 20
    share: float = 0.3
    rate: float = 8.0  # incidents a second
    seed: int = 1


@dataclass(slots=True)
class Run:
    """The parts of a run."""

    options: Options
    peers: Peers
    feed: Feed
    fleet: Fleet
    lucks: dict[str, Luck]
    bootstrap: str
    books: Books = field(default_factory=Books)
    began: float = field(default_factory=time.monotonic)
    fired: int = 0
    ended: dict[int, float] = field(default_factory=dict)
    kills: int = 0

    async def go(self) -> dict[str, Any]:
        """Everything; the summary."""
        self.fleet.start(WORKER)
        tasks = [asyncio.create_task(work) for work in (self._fire(), self._end(), self._kill())]
        watch = asyncio.create_task(self._watch())
        try:
            await self._until(lambda: all(task.done() for task in tasks[::2]))
            self._say("all have fired, and all kills are done")
            await self._settle()
        finally:
            for task in (*tasks, watch):
                task.cancel()
        found = verdict(self.books, self.options.incidents)
        return {
            **found,
            "receipts": await receipts(self.bootstrap, self.books.missing(self.options.incidents)),
            "ok": found["ok"] and self.kills == self.options.kills,
            "incidents": self.options.incidents,
            "kills": self.kills,
            "requests": {name: dict(luck.met) for name, luck in self.lucks.items()},
            "workers_that_ended_by_themselves": self.fleet.ended,
            "seconds": round(time.monotonic() - self.began, 1),
        }

    async def _fire(self) -> None:
        for cause in range(self.options.incidents):
            await asyncio.sleep(1 / self.options.rate)
            await self.feed.fire(cause)
            self.fired = cause + 1

    async def _end(self) -> None:
        """End each incident a while after all its contacts were told."""
        since: dict[int, float] = {}
        while True:
            self.books.read(self.peers.journal.received)
            for cause in range(self.fired):
                if cause in self.ended or not all(self.books.pages[key] for key in owed([cause])):
                    continue
                if time.monotonic() - since.setdefault(cause, time.monotonic()) > _STAYS_S:
                    self.ended[cause] = time.monotonic()
                    await self.feed.end(cause)
            await asyncio.sleep(_EVERY_S)

    async def _kill(self) -> None:
        chance = random.Random(self.options.seed)
        while self.kills < self.options.kills:
            had, since = len(self.peers.journal.received), time.monotonic()
            await self._until(
                lambda had=had, since=since: (  # type: ignore[misc]
                    len(self.peers.journal.received) >= had + _WORKS
                    or time.monotonic() - since > _NO_WORK_S
                )
            )
            await asyncio.sleep(chance.uniform(0, 3))
            self.fleet.kill(WORKER)
            self.kills += 1

    async def _settle(self) -> None:
        """Until everything is there, or nothing more comes."""
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < _STUCK_S:
            if all(self.books.ends[key] for key in owed(range(self.options.incidents))):
                return
            if len(self.peers.journal.received) > seen:
                seen, since = len(self.peers.journal.received), time.monotonic()
            await asyncio.sleep(_EVERY_S)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await asyncio.sleep(_EVERY_S)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(10)
            pages, ends = len(self.books.pages), len(self.books.ends)
            wanted = len(owed(range(self.options.incidents)))
            said = f"fired {self.fired}, told {pages} and {ends} ends of {wanted}"
            self._say(f"{said}, {self.kills} kills")

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self.began:7.1f} s  {words}\n")


async def receipts(bootstrap: str, missing: Sequence[Key]) -> list[str]:
    """What the engine knows of some of those that are missing."""
    found = []
    for record in await newest_by_key(bootstrap, Topics("tocsin").incidents):
        incident = _incident.decode(record.value or b"")
        for one in incident.deliveries:
            if (int(incident.group_labels["cause"]), one.contact.channel) in missing:
                said = f"{one.reason} {one.status} {one.attempt} {one.limited} {one.retry_at}"
                found.append(f"{incident.title} {one.contact.channel} {said} {one.detail}")
    return found[:_SHOWN]


async def prepared(broker: Broker) -> str:
    """Topics and secrets as the workers want them; the topic of events."""
    os.environ.update(ENVIRONMENT)
    events = Topics("tocsin").events
    await ensure_topics(broker.bootstrap, [Topic("metrics", 1), Topic(events, 1)])
    return events


async def run(options: Options, folder: Path, broker: Broker) -> dict[str, Any]:
    """A run on a broker; the summary."""
    events = await prepared(broker)
    async with AsyncExitStack() as stack:
        peers = await stack.enter_async_context(Peers(folder / "peers"))
        trouble = misfortune(peers.ports, seed=options.seed, share=options.share)
        ports, lucks = await stack.enter_async_context(trouble)
        config = write_config(folder / "tocsin.yaml", bootstrap=broker.bootstrap, ports=ports)
        feed = await stack.enter_async_context(Feed(broker.bootstrap, events))
        fleet = await stack.enter_async_context(Fleet(config, folder))
        return await Run(options, peers, feed, fleet, lucks, broker.bootstrap).go()
