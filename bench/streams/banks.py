"""What a sample costs by how many series there are, and what a series takes.

The worker as a whole up to 100,000 series; the banks alone (no broker, no decoding) up to a
million, for a million need not fit the time and memory of a broker that keeps all in memory.
"""

import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, at_most, figure
from bench.streams.load import fill, small
from bench.streams.pace import pace
from bench.streams.worker import Setup, workers
from config.loader import load
from config.settings import Config
from detectors.series import series_key
from streams.banks import PartitionBanks
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats

_SPREAD = at_most(3)
_CHUNK = 5000  # samples of a message, as the chunked consumer brings them
_STEP_S = 10.0
_TURNS = 3  # of all series, at the least, that are timed after the first


async def measure(bench: Bench) -> list[Figure]:
    """Microseconds a sample, for the worker and for its banks alone."""
    found: list[Figure] = []
    costs: list[float] = []
    for series in (100, 1000, 10_000) if bench.is_quick else (100, 1000, 10_000, 100_000):
        runs = [await _worker(bench, series) for _ in range(bench.runs)]
        found.append(figure(f"series.worker.{series}", runs, "cpu-us/sample"))
        costs.append(found[-1].value)
        progress(f"series {series:,}: worker {costs[-1]:.2f} us")
    spread = max(costs) / min(costs)
    found.append(figure("series.worker.spread", spread, "x", _SPREAD, "dearest by cheapest"))
    return [*found, *alone(bench)]


async def _worker(bench: Bench, series: int) -> float:
    """Processor microseconds a sample once all series are known; flushes are part of it."""
    records = max(bench.sized(1_000_000, 2_000_000), 20 * series)
    topic = f"series-{series}"
    if topic not in _written:
        await fill(bench.bootstrap, topic, small(records, series, step_s=1.0), compression="lz4")
        _written.add(topic)
    setup = Setup(bench.bootstrap, topic)
    async with workers(setup, [bench.own]) as started:
        done = await pace(setup, started, records, series=series)
    return 1e6 / done.per_cpu_s


_written: set[str] = set()


def alone(bench: Bench) -> list[Figure]:
    """The banks of one partition without a broker."""
    found: list[Figure] = []
    costs: list[float] = []
    most = 100_000 if bench.is_quick else 1_000_000
    for series in (100, 1000, 10_000, 100_000, 1_000_000):
        if series > most:
            break
        cost, size = measured(series)
        costs.append(cost)
        progress(f"series {series:,}: banks alone {cost:.2f} us")
        words = "PartitionBanks without a broker"
        found.append(figure(f"series.banks.{series}", cost, "cpu-us/sample", note=words))
    spread = max(costs) / min(costs)
    return [
        *found,
        figure("series.banks.spread", spread, "x", _SPREAD, "dearest by cheapest"),
        figure("series.bytes", size, "bytes", note=f"resident memory a series, of {series:,}"),
    ]


def measured(series: int) -> tuple[float, float]:
    """Processor microseconds a sample, and bytes of resident memory a series."""
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    banks = PartitionBanks(config_of(), lambda: 0.0, Stats())
    keys = [series_key("cpu", {"host": f"h{number}"}) for number in range(series)]
    turns = max(_TURNS, 500_000 // series) + 1
    spent, samples = 0.0, 0
    for number, columns in enumerate(messages_of(keys, turns)):
        began = time.process_time()
        banks.observe([Message(columns, number)])
        if samples >= series:  # the first of each series are another matter
            spent += time.process_time() - began
        samples += len(columns.at)
    size = (process.memory_info().rss - before) / series
    return 1e6 * spent / (samples - series), size


def config_of() -> Config:
    """The configuration that workers are measured with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.yaml")
        path.write_text(Setup("localhost:1", "bench").text())
        return load(path, environ={})


def messages_of(keys: list[str], turns: int) -> Iterator[Columns]:
    """Each series once a turn, in messages of one chunk."""
    noise = np.random.default_rng(1)
    total, position = len(keys) * turns, 0
    while position < total:
        which = np.arange(position, min(position + _CHUNK, total))
        rows, turn = which % len(keys), which // len(keys)
        mine, index = np.unique(rows, return_inverse=True)
        at = np.asarray(1.7e9 + _STEP_S * turn, np.float64)
        yield Columns(
            "bench",
            "bench/0",
            float(at[-1]),
            [keys[row] for row in mine],
            index.astype(np.int32),
            at,
            np.asarray(noise.normal(100, 5, len(which)), np.float64),
            which.astype(np.int64) << RECORD_BITS,
        )
        position += len(which)
