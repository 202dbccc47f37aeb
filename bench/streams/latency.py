"""From a sample's publication to its event, while the worker has half of what it can do."""

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, at_most, figure
from bench.streams.load import PARTITIONS, fill, producer, small
from bench.streams.pace import pace
from bench.streams.probes import Arrival, Probes
from bench.streams.small import SERIES
from bench.streams.worker import Setup, Worker, reading, statuses, workers
from streams.topics import Topic, ensure_topics

_GOAL = at_most(250)
_EVERY_S = 0.02  # between two batches of the load, as a collector flushes
_PROBE_EVERY_S = 0.05


async def measure(bench: Bench) -> list[Figure]:
    """p50 and p99, keyed and re-keyed, by our own clock and by the log's."""
    found: list[Figure] = []
    for way in ("keyed", "rekeyed"):
        full = await _full(bench, is_keyed=way == "keyed")
        progress(f"latency: {way} does {full:,.0f}/s; half of that is the load")
        runs = [await _run(bench, full / 2, is_keyed=way == "keyed") for _ in range(bench.runs)]
        note = f"at {full / 2:,.0f} samples/s, half of the full load"
        for name, of in (("p50", 50), ("p99", 99)):
            own = [_percentile(arrivals, of) for arrivals in runs]
            found.append(figure(f"latency.{way}.{name}", own, "ms", _GOAL, note))
            log = [_percentile(arrivals, of, is_log=True) for arrivals in runs]
            words = "until the event was in the log"
            found.append(figure(f"latency.{way}.{name}.log", log, "ms", note=words))
    return found


async def _full(bench: Bench, *, is_keyed: bool) -> float:
    records = bench.sized(1_000_000, 2_000_000)
    topic = "latency-full"
    if is_keyed:
        await fill(bench.bootstrap, topic, small(records, SERIES), compression="lz4")
    setup = Setup(bench.bootstrap, topic, is_keyed=is_keyed)
    async with workers(setup, [bench.own]) as started:
        return (await pace(setup, started, records)).rate


async def _run(bench: Bench, rate: float, *, is_keyed: bool) -> list[Arrival]:
    setup = Setup(bench.bootstrap, f"latency-{time.time_ns()}", is_keyed=is_keyed)
    await ensure_topics(bench.bootstrap, [Topic(setup.topic, PARTITIONS)])
    probing = producer(bench.bootstrap, None)
    await probing.start()
    try:
        async with workers(setup, [bench.own]) as started:
            await _until_there(setup, started)
            async with reading(bench.bootstrap, setup.topics.events) as events:
                probes = Probes(setup.topic, probing, events)
                listening = asyncio.create_task(probes.listen())
                await probes.arrival(await probes.send(), within_s=30)
                load = asyncio.create_task(_load(bench, setup.topic, rate))
                try:
                    await asyncio.sleep(bench.sized(3, 8))  # all series are known by then
                    await _probe(probes, bench.sized(3, 20))
                except TimeoutError:
                    words = started[0].last_words()
                    raise RuntimeError(f"never told: {probes.missing}\n{words}") from None
                finally:
                    load.cancel()
                    listening.cancel()
                return list(probes.arrived.values())[1:]
    finally:
        await probing.stop()


async def _until_there(setup: Setup, started: Sequence[Worker]) -> None:
    async with asyncio.timeout(30):
        async for _ in statuses(setup, started):
            return


async def _probe(probes: Probes, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await probes.send()
        await asyncio.sleep(_PROBE_EVERY_S)
    async with asyncio.timeout(30):
        while probes.missing:
            await asyncio.sleep(0.1)


async def _load(bench: Bench, topic: str, rate: float) -> None:
    """So many samples a second, in batches, the present as their time."""
    writer = producer(bench.bootstrap, "lz4")
    await writer.start()
    began, written = time.monotonic(), 0
    try:
        while True:
            due = int((time.monotonic() - began) * rate)
            at = f'"timestamp":{time.time():.3f}}}'
            for partition in range(PARTITIONS):
                batch = writer.create_batch()
                for number in range(written, due):
                    which = number % SERIES
                    if which % PARTITIONS == partition:
                        value = _text(which, number, at)
                        if batch.append(key=None, value=value, timestamp=None) is None:
                            await writer.send_batch(batch, topic, partition=partition)
                            batch = writer.create_batch()
                            batch.append(key=None, value=value, timestamp=None)
                if batch.record_count():
                    await writer.send_batch(batch, topic, partition=partition)
            written = max(due, written)
            await asyncio.sleep(_EVERY_S)
    finally:
        await writer.stop()


def _text(which: int, number: int, at: str) -> bytes:
    value = 100 + (number * 2654435761 % 1000) / 100
    return f'{{"name":"cpu","labels":{{"host":"h{which}"}},"value":{value:.2f},{at}'.encode()


def _percentile(arrivals: Sequence[Arrival], of: float, *, is_log: bool = False) -> float:
    """Milliseconds from sending to the event."""
    if not arrivals:
        return float("nan")
    end = [one.logged_at if is_log else one.received_at for one in arrivals]
    took = [at - one.sent_at for at, one in zip(end, arrivals, strict=True)]
    return 1000 * float(np.percentile(took, of))
