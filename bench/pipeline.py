"""Samples a second through the whole pipeline, beside a stock Faust agent that does nothing.

    python -m bench.pipeline [--broker embedded|kafka] [--records N] [--series N] [--json]

The same records (one small JSON sample each, no key) wait in a topic of four partitions. One
worker process decodes, re-keys, judges by EWMA, robust z and the seasonal profile, and would page;
the other reads them with a stock agent. Each process has one core's worth of Python; they run one
after the other, alternately, and the medians are compared. A run counts from the first record that
was re-keyed (or received, for the stock agent) to the last one judged, as the worker says itself
every second: the pipeline's rate is a little too low, never too high.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from config.status import decode
from streams.producer import new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests import brokers

PARTITIONS = 4
CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}, partitions: 4, session_timeout: 3s}}
inputs:
  - {{name: bench, topic: {topic}, kind: metrics}}
profiles:
  - name: all
    match: ['input="bench"']
    detectors: {{seasonal: {{}}, robust: {{}}, ewma: {{}}}}
    false_alarms: 1/30d
    severity: warning
channels:
  nobody: {{kind: email, host: 127.0.0.1, port: 1, sender: bench@bench.example}}
receivers: {{nobody: [{{channel: nobody, address: nobody@bench.example}}]}}
route: {{receiver: nobody}}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--broker", choices=sorted(brokers.BROKERS), default=brokers.chosen())
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with brokers.running(args.broker) as bootstrap:
        report = asyncio.run(measure(bootstrap, args))
    print(json.dumps(report, indent=2) if args.json else text(report))


def text(report: dict[str, Any]) -> str:
    """The report for people."""
    return (
        f"pipeline {report['pipeline_per_s']:,.0f} samples/s, {report['rss_mb']:.0f} MB; "
        f"stock agent doing nothing {report['stock_per_s']:,.0f} records/s; "
        f"ratio {report['ratio']:.1f} ({report['broker']}, {report['series']:,} series, "
        f"median of {report['runs']}; {report['machine']})"
    )


async def measure(bootstrap: str, args: argparse.Namespace) -> dict[str, Any]:
    """Run both, alternately."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    await fill(bootstrap, topic, args.records, args.series)
    ours: list[float] = []
    stock: list[float] = []
    rss: list[float] = []
    for run in range(args.runs):
        progress(f"run {run + 1} of {args.runs}: the pipeline")
        rate, memory = await pipeline(bootstrap, topic, args.records)
        ours.append(rate)
        rss.append(memory)
        progress(f"run {run + 1} of {args.runs}: the stock agent")
        stock.append(stock_agent(bootstrap, topic, min(args.records, 60_000)))
    return {
        "broker": args.broker,
        "records": args.records,
        "series": args.series,
        "runs": args.runs,
        "pipeline_per_s": statistics.median(ours),
        "stock_per_s": statistics.median(stock),
        "ratio": statistics.median(ours) / statistics.median(stock),
        "rss_mb": statistics.median(rss),
        "pipeline_runs": ours,
        "stock_runs": stock,
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
    }


async def fill(bootstrap: str, topic: str, records: int, series: int) -> None:
    """Put the records into the topic, each series in one partition."""
    progress(f"writing {records:,} records")
    await ensure_topics(bootstrap, [Topic(topic, PARTITIONS)])
    producer = new_producer(bootstrap, "bench")
    await producer.start()
    start = time.time() - 10.0 * (records // series + 1)
    for first in range(0, records, 10_000):
        await send_all(producer, rows(topic, first, min(first + 10_000, records), series, start))
    await producer.stop()


def rows(topic: str, first: int, last: int, series: int, start: float) -> Iterator[Any]:
    """Samples of 58 bytes or so, every series once in ten seconds."""
    for number in range(first, last):
        turn, which = divmod(number, series)
        value = 100 + (number * 2654435761 % 1000) / 100
        sample = (
            f'{{"name":"cpu","labels":{{"host":"h{which}"}},"value":{value:.2f},'
            f'"timestamp":{start + 10 * turn:.0f}}}'
        )
        yield topic, None, sample.encode(), which % PARTITIONS


async def pipeline(bootstrap: str, topic: str, records: int) -> tuple[float, float]:
    """Samples a second of a fresh worker, and its resident memory in MB at the end."""
    prefix = f"b{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "bench.yaml")
        config.write_text(CONFIG.format(bootstrap=bootstrap, prefix=prefix, topic=topic))
        await ensure_topics(bootstrap, [Topic(f"{prefix}.workers")])
        worker = subprocess.Popen(
            [sys.executable, "-m", "streams.worker", "--config", str(config)],
            stderr=subprocess.DEVNULL,
        )
        try:
            ended_at = await all_judged(bootstrap, f"{prefix}.workers", records)
            began_at = await first_at(bootstrap, f"{prefix}.samples")
            memory = psutil.Process(worker.pid).memory_info().rss / 2**20
        finally:
            worker.kill()
            worker.wait()
    return records / (ended_at - began_at), memory


async def all_judged(bootstrap: str, topic: str, records: int) -> float:
    """The instant at which the worker said that it had judged all samples, in epoch seconds."""
    async with asyncio.timeout(900), reading(bootstrap, topic, 1) as consumer:
        while True:
            status = decode((await consumer.getone()).value)
            if status.samples >= records:
                return status.at


async def first_at(bootstrap: str, topic: str) -> float:
    """When the first record of a topic was written, in epoch seconds."""
    async with asyncio.timeout(30), reading(bootstrap, topic, PARTITIONS) as consumer:
        firsts = [(await consumer.getone(tp)).timestamp for tp in consumer.assignment()]
        return float(min(firsts)) / 1000


@asynccontextmanager
async def reading(bootstrap: str, topic: str, partitions: int) -> AsyncIterator[Any]:
    """A consumer of a topic from its beginning."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=8 << 20
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
    try:
        yield consumer
    finally:
        await consumer.stop()


def stock_agent(bootstrap: str, topic: str, records: int) -> float:
    """Records a second of the stock agent."""
    argv = [sys.executable, "-m", "bench.stock", bootstrap, topic]
    agent = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert agent.stdout is not None
    points: list[tuple[float, int]] = []
    try:
        for line in agent.stdout:
            seen = json.loads(line)
            points.append((seen["at"], seen["records"]))
            if seen["records"] >= records:
                break
    finally:
        agent.kill()
        agent.wait()
    return slope(points)


def slope(points: list[tuple[float, int]]) -> float:
    """The rate from the first point with records to the last."""
    first = next(point for point in points if point[1] > 0)
    return (points[-1][1] - first[1]) / (points[-1][0] - first[0])


def progress(words: str) -> None:
    """To standard error, for whoever waits."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
