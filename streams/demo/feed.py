"""The demonstration's producer: the shop faster than real time, and this machine as it is.

    python -m streams.demo.feed --bootstrap localhost:9092 --speed-up 60 --plan loop

It publishes the shop's history as fast as the broker takes it, then goes on at the speed-up. The
shop's time is always in the past. What it does is told on standard output, one JSON object a line.
"""

import asyncio
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from streams import clock
from streams.demo.arguments import FeedOptions, parse
from streams.demo.machine import Machine, host_name
from streams.demo.plan import Timeline, plan
from streams.demo.records import (
    Record,
    error_records,
    machine_records,
    metric_list,
    metric_records,
)
from streams.demo.scenario import Batch, apply
from streams.demo.shop import Shop
from streams.producer import new_producer, send_all
from streams.topics import Topic, TopicError, ensure_topics

HISTORY_CHUNK = 40  # steps in one record of history
WHOLE_S = 4 * 3600.0
THIN = 4  # the detectors' cost is by step, and a person waits for it
TOLD_EVERY_S = 1.0
GO_EVERY_S = 0.1
PARTITION = 0  # one for all, whatever the keys, so that event time never goes back
ROOM_S = 30 * 86_400.0  # of shop time ahead, until the wall clock is reached


@dataclass(slots=True)
class Feed:
    """The running producer."""

    options: FeedOptions
    producer: AIOKafkaProducer
    records: int = 0
    _told: tuple[float, int] = field(default=(0.0, 0))

    async def run(self) -> None:
        """History, then live data until cancelled."""
        shop = Shop(seed=self.options.seed, step_s=self.options.step_s)
        live_at = live_instant(clock.epoch_s(), self.options)
        async with asyncio.TaskGroup() as group:
            if self.options.with_host:
                group.create_task(self._machine())
            await self._history(shop, live_at)
            group.create_task(self._live(shop, live_at))

    async def _history(self, shop: Shop, live_at: float) -> None:
        steps = int(self.options.history_s / shop.step_s)
        for first in range(0, steps, HISTORY_CHUNK):
            count = min(HISTORY_CHUNK, steps - first)
            batch = apply(shop, (), live_at - (steps - first) * shop.step_s, count)
            await self._send(self.options.topic("errors"), self._errors(batch, shop))
            await self._send(self.options.topic("metrics"), [metric_list(thinned(batch, live_at))])
            if (first // HISTORY_CHUNK) % 10 == 0:
                tell(phase="history", done=round(first / steps, 3))
        tell(phase="history", done=1.0)

    async def _live(self, shop: Shop, live_at: float) -> None:
        timeline = Timeline(plan(self.options.plan, live_at))
        loop = asyncio.get_running_loop()
        await self._until_go()
        started, step, is_recovering = loop.time(), 0, False
        tell(phase="live", at=_iso(live_at), wall=clock.epoch_s())
        while True:
            at = live_at + step * shop.step_s
            due = started + (at - live_at) / self.options.speed_up
            await asyncio.sleep(max(0.0, due - loop.time(), at - clock.epoch_s()))
            begun, ended = timeline.move_to(at)
            for one in begun:
                _tell_scenario(one.scenario.name, one.scenario.service, "begin", at)
            running = (*timeline.running, *ended)
            batch = apply(shop, running, at, 1)
            await self._send(self.options.topic("errors"), self._errors(batch, shop))
            await self._send(self.options.topic("metrics"), metric_records(batch))
            for one in ended:
                _tell_scenario(one.scenario.name, one.scenario.service, "end", at)
            if timeline.is_over and not is_recovering:
                is_recovering = True
                tell(phase="recovery", at=_iso(at), wall=clock.epoch_s())
            self._tell_rates(loop.time(), at)
            step += 1

    async def _until_go(self) -> None:
        while self.options.go is not None and not self.options.go.exists():
            await asyncio.sleep(GO_EVERY_S)

    async def _machine(self) -> None:
        machine = Machine(host_name())
        while True:
            objects = machine.read(clock.epoch_s())
            await self._send(self.options.topic("host"), [machine_records(host_name(), objects)])
            await asyncio.sleep(1.0)

    def _errors(self, batch: Batch, shop: Shop) -> list[Record]:
        return error_records(batch, shop.step_s, shop.seed)

    async def _send(self, topic: str, records: Iterable[Record]) -> None:
        ready = [(topic, record.key, record.value, PARTITION) for record in records]
        await send_all(self.producer, ready)
        self.records += len(ready)

    def _tell_rates(self, now: float, at: float) -> None:
        since, before = self._told
        if now - since >= TOLD_EVERY_S:
            rate = (self.records - before) / (now - since) if since else 0.0
            self._told = (now, self.records)
            tell(records=self.records, records_per_s=round(rate, 1), at=_iso(at))


def thinned(batch: Batch, live_at: float) -> Batch:
    """History as stores keep it: every value of the last hours, and one in a few before."""
    if batch.times[-1] >= live_at - WHOLE_S:
        return batch
    return Batch(batch.times[::THIN], batch.values[::THIN], batch.errors[::THIN])


def live_instant(now: float, options: FeedOptions) -> float:
    """Where the shop's live time begins: a 13:00 UTC, far enough before now.

    At 13:00 the shop is busy for hours to come, so that half a day away is clearly another world.
    """
    room_s = 0.0 if options.speed_up <= 1.0 else ROOM_S
    latest = now - room_s
    noon = 13 * 3600.0
    return (latest - noon) // 86_400.0 * 86_400.0 + noon


def tell(**what: Any) -> None:
    """One JSON line on standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


def _tell_scenario(name: str, service: str, state: str, at: float) -> None:
    tell(scenario=name, state=state, service=service, at=_iso(at), wall=clock.epoch_s())


def _iso(at: float) -> str:
    return clock.instant(at).isoformat()


async def feed(options: FeedOptions) -> None:
    """Publish until told to stop."""
    task = asyncio.current_task()
    if task is not None:
        for signum in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    topics = [Topic(options.topic(name), fixed=False) for name in ("metrics", "errors", "host")]
    await ensure_topics(options.bootstrap, topics)
    producer = new_producer(options.bootstrap, "tocsin-demo-feed")
    await producer.start()
    try:
        await Feed(options, producer).run()
    finally:
        await producer.stop()


def main() -> int:
    """Run the feed of the command line."""
    try:
        asyncio.run(feed(parse(sys.argv[1:])))
    except asyncio.CancelledError:
        return 0
    except TopicError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
