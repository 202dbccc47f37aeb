"""How soon a process is at work: from nothing, and with state to take back; what a flush costs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.streams.banks import config_of, messages_of
from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, at_most, figure
from bench.streams.load import PARTITIONS, fill, producer, small
from bench.streams.pace import pace
from bench.streams.probes import Probes
from bench.streams.worker import Setup, reading, workers
from detectors.series import series_key
from streams.banks import PartitionBanks
from streams.changelog import batches
from streams.producer import new_producer
from streams.shares import Message
from streams.stats import Stats
from streams.topics import Topic, ensure_topics

_DIRTY = 10_000  # series of which the flush is timed
_COMMITTED_S = 3.0  # several commits
_PROBES = 16  # so that every partition has one, most likely


async def measure(bench: Bench) -> list[Figure]:
    """Starts, recoveries and flushes."""
    fresh = [await _fresh(bench) for _ in range(bench.runs)]
    progress(f"start: {fresh}")
    series = bench.sized(10_000, 100_000)
    recoveries = [await _recovery(bench, series) for _ in range(bench.runs)]
    again, used = zip(*recoveries, strict=True)
    progress(f"recovery of {series:,} series: {again}, of the processor {used}")
    flushes = [await _flush(bench) for _ in range(max(3, bench.runs))]
    packed, sent, size = zip(*flushes, strict=True)
    words = "process start to the event of a sample that waits, {} session 3 s"
    return [
        figure("start.first_event", fresh, "s", at_most(5), words.format("nothing to recover;")),
        figure(f"start.recovery.{series}", again, "s", at_most(10), words.format("after kill -9;")),
        figure(
            f"start.recovery.{series}.cpu", used, "cpu-s", note="what the worker used meanwhile"
        ),
        figure("flush.pack", packed, "ms", note=f"{_DIRTY:,} dirty series, default detectors"),
        figure("flush.send", sent, "ms", note="the same, sent with lz4 and acknowledged by all"),
        figure("flush.size", size, "MB", note="the same, before compression"),
    ]


async def _fresh(bench: Bench) -> float:
    """Seconds from process start to the first event."""
    setup = Setup(bench.bootstrap, f"start-{time.time_ns()}")
    await ensure_topics(bench.bootstrap, [Topic(setup.topic, PARTITIONS)])
    async with _probing(bench, setup) as probes:
        name = await probes.send()
        await probes.producer.flush()
        began = time.time()
        async with workers(setup, [bench.own]):
            return (await probes.arrival(name, within_s=60)).received_at - began


async def _recovery(bench: Bench, series: int) -> tuple[float, float]:
    """Seconds from the start after a `kill -9` to the first event, with all series restored.

    And how many of the processor the worker used.
    """
    setup = Setup(bench.bootstrap, f"recovery-{series}")
    records = 5 * series
    if setup.topic not in _written:
        await fill(bench.bootstrap, setup.topic, small(records, series), compression="lz4")
        _written.add(setup.topic)
    async with workers(setup, [bench.own]) as started, _probing(bench, setup) as probes:
        await pace(setup, started, records)
        await asyncio.sleep(_COMMITTED_S)
        (worker,) = started
        worker.kill()
        names = [await probes.send() for _ in range(_PROBES)]  # the last to arrive counts
        await probes.producer.flush()
        began = time.time()
        worker.start()
        arrivals = [await probes.arrival(name, within_s=120) for name in names]
        times = worker.process().cpu_times()
        return max(one.received_at for one in arrivals) - began, times.user + times.system


_written: set[str] = set()


@asynccontextmanager
async def _probing(bench: Bench, setup: Setup) -> AsyncIterator[Probes]:
    """Probes, with the events topic made if need be, as the worker would make it."""
    log = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"}
    await ensure_topics(bench.bootstrap, [Topic(setup.topics.events, 1, log)])
    writer = producer(bench.bootstrap, None)
    await writer.start()
    async with reading(bench.bootstrap, setup.topics.events) as events:
        probes = Probes(setup.topic, writer, events)
        listening = asyncio.create_task(probes.listen())
        try:
            yield probes
        finally:
            listening.cancel()
            await writer.stop()


async def _flush(bench: Bench) -> tuple[float, float, float]:
    """Packing in ms, sending in ms, and megabytes, of one flush of dirty series."""
    topic = f"flush-{time.time_ns()}"
    await ensure_topics(bench.bootstrap, [Topic(topic, 1, {"max.message.bytes": str(8 << 20)})])
    banks = PartitionBanks(config_of(), lambda: 0.0, Stats())
    keys = [series_key("cpu", {"host": f"h{number}"}) for number in range(_DIRTY)]
    writer = new_producer(bench.bootstrap, "bench")
    await writer.start()
    for number, columns in enumerate(messages_of(keys, 3)):
        if number == len(keys) // 5000:
            list(banks.snapshot())  # the names of the series are written once only
        banks.observe([Message(columns, number)])
    began = time.perf_counter()
    records = [*banks.snapshot(), *banks.seal()]
    packed = time.perf_counter()
    acks = [await writer.send_batch(one, topic, partition=0) for one in batches(writer, records)]
    await asyncio.gather(*acks)
    sent = time.perf_counter()
    await writer.stop()
    size = sum(len(value or b"") for _, value in records) / 2**20
    return 1000 * (packed - began), 1000 * (sent - packed), size
