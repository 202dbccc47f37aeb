"""Two workers against one, and beside it what the cores give two processes that share nothing."""

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.streams import banks
from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, at_least, figure
from bench.streams.load import fill, small
from bench.streams.pace import Pace, pace
from bench.streams.small import SERIES, use
from bench.streams.worker import Setup, workers

_GOAL = at_least(1.8)
_BARE_RUNS = 3  # in a row, of which the middle one counts: others may have begun later
_FREE = 3  # cores that it takes: two for the workers, one for the broker and us


async def measure(bench: Bench) -> list[Figure]:
    """Samples a second of one worker and of two, in turn, each worker on a core of its own."""
    records = bench.sized(1_000_000, 12_000_000)
    progress(f"workers: writing {records:,} records")
    topic = "scaling"
    await fill(bench.bootstrap, topic, small(records, SERIES), compression="lz4")
    paces: dict[int, list[Pace]] = {1: [], 2: []}
    for run in range(bench.runs):
        for count, done in paces.items():
            done.append(await _judged(bench, topic, records, count))
            progress(f"workers {run + 1}/{bench.runs}: {count} at {done[-1].rate:,.0f}/s")
    one, two = ([p.rate for p in paces[count]] for count in (1, 2))
    ratios = [b / a for a, b in zip(one, two, strict=True)]
    by_cpu = statistics.median(
        2 * b.per_cpu_s / a.per_cpu_s for a, b in zip(paces[1], paces[2], strict=True)
    )
    bare = [_bare(bench.cores[:2]) / _bare(bench.cores[:1]) for _ in range(bench.runs)]
    is_free = len(bench.cores) >= _FREE
    speedup = figure("workers.two/one", ratios, "x", _GOAL if is_free else None, _words(is_free))
    return [
        figure("workers.one", one, "samples/s", note=use(paces[1])),
        figure("workers.two", two, "samples/s", note=use(paces[2])),
        speedup,
        figure("workers.two/one.cpu", by_cpu, "x", _GOAL, "by samples a second of their own time"),
        figure(
            "workers.bare.two/one.cpu",
            [2 * one for one in bare],
            "x",
            note="banks alone, in two processes that share nothing but caches and memory",
        ),
    ]


def _bare(cores: Sequence[int]) -> float:
    """Samples for a second of processor time, where a process for each core judges its own."""
    with ProcessPoolExecutor(len(cores), mp_context=get_context("spawn")) as pool:
        return statistics.mean(pool.map(_on_core, cores))


def _on_core(core: int) -> float:
    os.sched_setaffinity(0, [core])
    return 1e6 / statistics.median(banks.measured(SERIES)[0] for _ in range(_BARE_RUNS))


def _words(is_free: bool) -> str:
    if is_free:
        return "two cores were free"
    return "no goal here: two cores were not free, the broker needs one as well"


async def _judged(bench: Bench, topic: str, records: int, count: int) -> Pace:
    setup = Setup(bench.bootstrap, topic)
    cores = [[core] for core in bench.cores[:count]]
    async with workers(setup, (cores * count)[:count]) as started:
        return await pace(setup, started, records)
