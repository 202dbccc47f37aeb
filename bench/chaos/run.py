"""One run of chaos: feed, storm, settle; the calm run after it; and the comparison."""

import asyncio
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.broker import Broker
from bench.chaos.feed import Feed, make_topics
from bench.chaos.findings import Findings, findings, judge
from bench.chaos.fleet import Fleet
from bench.chaos.plan import BEGIN, KINDS, STEP_S, Plan
from bench.chaos.settings import write_config
from bench.chaos.settled import NotSettled, settled
from bench.chaos.state import Rows, differences, digest, explain, load_config, read_state
from bench.chaos.storm import Blow, Disturbance, storm
from config.topics import Topics
from streams.demo.peers.serve import Peers

_STUCK_S = 180.0
_VISIT_S = 4.0  # how long a worker that joins stays
_AFTERWARDS_S = 3600.0  # event time; more than goes by until all workers are stopped
_SHOWN = 5  # differences told field by field


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for."""

    seed: int
    kills: int
    workers: int
    seconds: float  # how long the storm lasts
    steps_per_s: float = 6.0
    history: int = 600
    series: int = 100  # of each kind

    def plan(self) -> Plan:
        """The data set for it: the storm ends before the data does."""
        live = int(self.seconds * self.steps_per_s)
        return Plan(
            seed=self.seed,
            history=self.history,
            live=live,
            series=self.series,
            planted=max(4, int(self.seconds / 8)),
            lasts=min(max(60, live // 8), 180),  # longer than an outage, where there is room
        )


@dataclass(slots=True)
class Chaos:
    """The parts of a run."""

    options: Options
    folder: Path
    broker: Broker
    peers: Peers
    began: float = field(default_factory=time.monotonic)
    done: Counter[str] = field(default_factory=Counter)
    one_restart: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> dict[str, Any]:
        """Everything; the summary."""
        plan = self.options.plan()
        await make_topics(self.broker.bootstrap, "in")
        stormy = self._config("stormy")
        async with Fleet(stormy, self.folder) as fleet:
            for number in range(self.options.workers):
                fleet.start(f"worker{number}")
            records = await self._feed_and_storm(plan, fleet)
            await self._settle("stormy", fleet)
            ended = fleet.ended
        received = list(self.peers.journal.received)
        calm = await self._calm()
        self._say("comparing")
        found, calmly = await self._findings("stormy"), await self._findings("calm")
        until = BEGIN + STEP_S * plan.steps + _AFTERWARDS_S
        one = await read_state(load_config(stormy), until=until)
        other = await read_state(load_config(calm), until=until)
        verdict = judge(plan.anomalies(), found, calmly, received)._asdict()
        different = differences(one, other)
        return {
            "ok": not different and not any(_faults(verdict).values()),
            "options": {name: getattr(self.options, name) for name in Options.__slots__},
            "records": records,
            "done": dict(self.done),
            "workers_that_ended_by_themselves": ended,
            "planted": len(plan.anomalies()),
            "incidents": len(found.incidents),
            "over_before_group_wait": len(found.brief),
            **verdict,
            "state": digest(one),
            "state_calm": digest(other),
            "series": len(one),
            "series_that_differ": len(different),
            "differ_by_input": dict(Counter(name.split("/")[0] for name in different)),
            "differences": _examples(different, one, other),
            "seconds": round(time.monotonic() - self.began, 1),
        }

    def _config(self, prefix: str) -> Path:
        return write_config(
            self.folder / f"{prefix}.yaml",
            bootstrap=self.broker.bootstrap,
            prefix=prefix,
            topics="in",
            slack=self.peers.url("slack"),
        )

    async def _feed_and_storm(self, plan: Plan, fleet: Fleet) -> int:
        async with Feed(self.broker.bootstrap, "in", plan) as feed:
            self._say(f"writing {plan.history} steps of history")
            await feed.history()
            await self._wait("stormy")
            self._say(f"the storm: {self.options.seconds:.0f} s")
            live = asyncio.create_task(feed.live(self.options.steps_per_s))
            await self._storm(fleet)
            await live
            return feed.records

    async def _storm(self, fleet: Fleet) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        options = self.options
        visits: list[asyncio.Task[None]] = []
        for blow in storm(seed=options.seed, kills=options.kills, seconds=0.9 * options.seconds):
            await asyncio.sleep(max(0.0, began + blow.at_s - loop.time()))
            self._say(f"{loop.time() - began:6.1f} s {blow.blow}")
            await self._strike(blow, fleet, visits)
            self.done[blow.blow] += 1
        await asyncio.gather(*visits)

    async def _strike(
        self, blow: Disturbance, fleet: Fleet, visits: list[asyncio.Task[None]]
    ) -> None:
        names = fleet.names()
        victim = names[blow.victim % len(names)] if names else ""
        match blow.blow:
            case Blow.KILL if victim:
                fleet.kill(victim)
            case Blow.LEAVE if victim:
                visits.append(asyncio.create_task(_leave(fleet, victim, blow.pause_s)))
            case Blow.JOIN:
                visits.append(asyncio.create_task(_visit(fleet, f"guest{blow.victim}")))
            case Blow.BROKER_KILL | Blow.BROKER_STOP:
                visits.append(asyncio.create_task(self._restart_broker(blow)))

    async def _restart_broker(self, blow: Disturbance) -> None:
        how = signal.SIGKILL if blow.blow is Blow.BROKER_KILL else signal.SIGTERM
        async with self.one_restart:
            await asyncio.to_thread(self.broker.stop, how)
            await asyncio.sleep(blow.pause_s)
            await self.broker.start()

    async def _wait(self, prefix: str) -> None:
        inputs = [f"in-{kind.topic}" for kind in KINDS]
        ours = Topics(prefix)
        topics = [*inputs, ours.samples, ours.events, ours.notifications]
        await settled(self.broker.bootstrap, prefix, topics, stuck_s=_STUCK_S)

    async def _settle(self, prefix: str, fleet: Fleet) -> None:
        self._say(f"{prefix}: waiting until all is done")
        try:
            await self._wait(prefix)
        except NotSettled:
            for name in fleet.names():
                sys.stderr.write(f"--- {name}\n{fleet.log_of(name)[-3000:]}\n")
            raise
        await fleet.leave_all()

    async def _calm(self) -> Path:
        """The same input read by one worker that nobody disturbs."""
        config = self._config("calm")
        async with Fleet(config, self.folder) as fleet:
            fleet.start("calm")
            await self._settle("calm", fleet)
        return config

    async def _findings(self, prefix: str) -> Findings:
        return await findings(self.broker.bootstrap, Topics(prefix))

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self.began:7.1f} s  {words}\n")


async def _leave(fleet: Fleet, name: str, pause_s: float) -> None:
    await fleet.leave(name)
    await asyncio.sleep(pause_s)
    fleet.start(name)


async def _visit(fleet: Fleet, name: str) -> None:
    fleet.start(name)
    await asyncio.sleep(_VISIT_S)
    await fleet.leave(name)


def _faults(verdict: dict[str, Any]) -> dict[str, Any]:
    """What must be empty; that a calm run finds something unplanted is no fault of ours."""
    return {name: found for name, found in verdict.items() if name != "unplanted_calm"}


def _examples(different: dict[str, list[str]], one: Rows, other: Rows) -> dict[str, dict[str, str]]:
    """Some of the differences, field by field."""
    return {
        name: {part: explain(name, part, one, other)[:400] for part in parts}
        for name, parts in list(different.items())[:_SHOWN]
    }
