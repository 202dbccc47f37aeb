"""What the chunked consumer and its state tables cost: docs/chunked-consumer.md cites this.

    python -m bench.consumer flush|memory|take [--broker embedded|kafka] [--series N]

`flush`: one commit's flush of dirty series of the default detectors, through a state table; how
long it takes, how long the event loop is kept from anything else, and what memory it adds.
`memory`: resident memory of a reader with a slow handler on records that compress enormously, with
chunks bounded by records alone and by bytes as well. `take`: records a second out of fetched
batches of small records.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.record.memory_records import MemoryRecords

from bench.streams.banks import config_of, messages_of
from detectors.series import series_key
from streams.app import ChunkApp
from streams.banks import PartitionBanks
from streams.chunk import Chunk, take
from streams.producer import new_producer
from streams.shares import Message
from streams.state import CHANGELOG, StateTable
from streams.stats import Stats
from streams.topics import Topic, ensure_topics
from tests import brokers
from tests.streams.memory_log import batch

_RUNS = 7
_PARTITIONS = 12
_RECORD = b"x" * 10_000
_PER_BATCH = 4000  # 40 MB, of which zstd leaves a few KB


async def flush(bootstrap: str, series: int) -> None:
    """Time the flush of all series, some times."""
    table_name = f"f{uuid.uuid4().hex[:8]}"
    app = ChunkApp("bench", broker=f"kafka://{bootstrap}", datadir=tempfile.mkdtemp())
    await ensure_topics(bootstrap, [Topic(f"bench-{table_name}-changelog", 1, CHANGELOG)])
    table: StateTable[PartitionBanks] = StateTable(
        app, name=table_name, source="in", start=lambda _: banks, partitions=1
    )
    banks = PartitionBanks(config_of(), lambda: 0.0, Stats())
    keys = [series_key("cpu", {"host": f"h{number}"}) for number in range(series)]
    producer = new_producer(bootstrap, "bench")
    await producer.start()
    sizes = Sizes()
    took: list[float] = []
    longest: list[float] = []
    chunks = list(messages_of(keys, _RUNS + 1))
    each = len(chunks) // (_RUNS + 1)
    for run in range(_RUNS + 1):
        for number, columns in enumerate(chunks[run * each : (run + 1) * each]):
            banks.observe([Message(columns, run * each + number)])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stalls = asyncio.create_task(_longest_stall())
        await asyncio.sleep(0.01)
        began = time.perf_counter()
        await table.write(producer, 0, sizes.counted(banks.snapshot()))
        await table.write(producer, 0, banks.seal())
        took.append(time.perf_counter() - began)
        stalls.cancel()
        longest.append(await stalls)
    await producer.stop()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    median, worst = 1000 * statistics.median(took[1:]), 1000 * max(took[1:])
    print(
        f"flush of {series:,} series, {sizes.total / (_RUNS + 1) / 1e6:.1f} MB: "
        f"median {median:.0f} ms, worst {worst:.0f} ms; the loop was held for "
        f"{1000 * statistics.median(longest[1:]):.0f} ms at most; {grown:.0f} MB more at the last"
    )


class Sizes:
    """How many bytes of records there were."""

    total = 0

    def counted(self, records: Any) -> Any:
        """The records, counted as they pass."""
        for key, value in records:
            self.total += len(value or b"")
            yield key, value


async def _longest_stall() -> float:
    """The longest time the event loop did not turn, until cancelled."""
    longest, before = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
    except asyncio.CancelledError:
        return max(longest, time.perf_counter() - before)


async def memory(bootstrap: str) -> None:
    """Fill a topic with well compressed records, and read it both ways, each in its own process."""
    topic = f"m{uuid.uuid4().hex[:8]}"
    configs = {"max.message.bytes": str(64 << 20)}
    await ensure_topics(bootstrap, [Topic(topic, _PARTITIONS, configs)])
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type="zstd",
        max_batch_size=64 << 20,
        max_request_size=64 << 20,
        linger_ms=5000,
    )
    await producer.start()
    for partition in range(_PARTITIONS):
        sent = [await producer.send(topic, _RECORD, partition=partition) for _ in range(_PER_BATCH)]
        await producer.flush()
        await asyncio.gather(*sent)
    await producer.stop()
    for words, limit in (("records alone", 1 << 40), ("bytes as well", 8 << 20)):
        argv = [sys.executable, "-m", "bench.consumer", "reader", bootstrap, topic, str(limit)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        print(f"chunks bounded by {words}: {done.stdout.strip()}")


async def reader(bootstrap: str, topic: str, chunk_max_bytes: int) -> None:
    """Read everything with a handler of 50 ms; says the largest chunk and the peak of memory."""
    app = ChunkApp(
        uuid.uuid4().hex,
        broker=f"kafka://{bootstrap}",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.6,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=2 << 20,
        chunk_max_bytes=chunk_max_bytes,
    )
    seen = largest = 0

    async def handle(chunk: Chunk) -> None:
        nonlocal seen, largest
        seen += len(chunk)
        largest = max(largest, sum(map(len, filter(None, chunk.values))))
        await asyncio.sleep(0.05)

    app.chunk_agent(topic, handle)
    app.finalize()
    await app.start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while seen < _PARTITIONS * _PER_BATCH:
        await asyncio.sleep(0.05)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"largest {largest / 1e6:.1f} MB, peak {after / 1024:.0f} MB ({before / 1024:.0f} at rest)"
    )
    os._exit(0)


def taking() -> None:
    """Time `take` on batches of 280 records of 50 bytes."""
    value = b'{"s":"cpu.h12","v":1.5,"t":1700000000000}           '
    data = b"".join(batch(number * 280, *[value] * 280) for number in range(360))
    rates = []
    for _ in range(_RUNS):
        result, began, count = _fetched(data), time.perf_counter(), 0
        while result.has_more():
            chunk = take(result, _TP, max_records=5000, max_bytes=8 << 20, check_crcs=True)
            count += len(chunk or ())
        rates.append(count / (time.perf_counter() - began))
    print(f"take: {statistics.median(rates) / 1e6:.2f} million records/s")


_TP = TopicPartition("in", 0)


def _fetched(data: bytes) -> FetchResult:
    state = SimpleNamespace(paused=False, position=0)
    state.consumed_to = lambda position: setattr(state, "position", position)
    assignment: Any = SimpleNamespace(active=True, state_value=lambda _: state)
    records = PartitionRecords(_TP, MemoryRecords(data), [], 0, None, None, True, 0)
    return FetchResult(_TP, assignment=assignment, partition_records=records, backoff=0)


def main() -> None:
    """Measure one thing and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.consumer", description=__doc__)
    parser.add_argument("what", choices=("flush", "memory", "take", "reader"))
    parser.add_argument("more", nargs="*")
    parser.add_argument("--broker", choices=sorted(brokers.BROKERS), default=brokers.chosen())
    parser.add_argument("--series", type=int, default=10_000)
    args = parser.parse_args()
    if args.what == "take":
        taking()
    elif args.what == "reader":
        bootstrap, topic, limit = args.more
        asyncio.run(reader(bootstrap, topic, int(limit)))
    else:
        with brokers.running(args.broker) as bootstrap:
            story = flush(bootstrap, args.series) if args.what == "flush" else memory(bootstrap)
            asyncio.run(story)


if __name__ == "__main__":
    main()
