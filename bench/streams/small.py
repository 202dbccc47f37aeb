"""Small JSON messages, one sample each: keyed, re-keyed, a stock agent, a bare consumer."""

import statistics
from collections import defaultdict

from bench.streams.agents import Speed, speed_of
from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, Goal, at_least, figure
from bench.streams.load import PARTITIONS, fill, small
from bench.streams.pace import Pace, pace
from bench.streams.worker import Setup, workers

SERIES = 10_000
_STOCK = 60_000  # records are enough for a rate of the stock agent
_GOALS = {"keyed": at_least(300_000), "rekeyed": at_least(150_000)}
_RATIOS = {
    ("keyed", "stock"): at_least(30),
    ("rekeyed", "stock"): at_least(15),
    ("keyed", "raw"): at_least(0.5),
}
_WORDS = {
    "stock": "a stock Faust agent, river's GaussianScorer a series, in memory",
    "raw": "aiokafka getmany, counting",
}

Speeds = dict[str, list[Speed]]


async def measure(bench: Bench) -> list[Figure]:
    """All four, run after run in turn, for lz4 and for uncompressed batches."""
    records = bench.sized(1_000_000, 6_000_000)
    found: list[Figure] = []
    for name, compression in (("lz4", "lz4"), ("plain", None)):
        progress(f"small {name}: writing {records:,} records")
        topic = f"small-{name}"
        size = await fill(bench.bootstrap, topic, small(records, SERIES), compression=compression)
        progress(f"small {name}: {size / records:.0f} bytes a record")
        speeds: Speeds = defaultdict(list)
        paces: dict[str, list[Pace]] = defaultdict(list)
        for run in range(bench.runs):
            for way in _GOALS:
                done = await judged(bench, topic, records, is_keyed=way == "keyed")
                paces[way].append(done)
                speeds[way].append(Speed(done.rate, done.per_cpu_s))
                progress(f"small {name} {run + 1}/{bench.runs}: {way} {done.rate:,.0f}/s")
            few = min(records, _STOCK)
            argv = [bench.bootstrap, topic]
            stock = await speed_of("bench.stock", [*argv, "score"], few, bench.own)
            raw = await speed_of("bench.raw", [*argv, str(PARTITIONS)], records, bench.own)
            speeds["stock"].append(stock)
            speeds["raw"].append(raw)
            progress(f"small {name}: stock {stock.rate:,.0f}/s, raw {raw.rate:,.0f}/s")
        found += _figures(f"small.{name}", speeds, paces)
    return found


async def judged(bench: Bench, topic: str, records: int, *, is_keyed: bool) -> Pace:
    """One worker, from an empty state to all records judged."""
    setup = Setup(bench.bootstrap, topic, is_keyed=is_keyed)
    async with workers(setup, [bench.own]) as started:
        return await pace(setup, started, records)


def _figures(name: str, speeds: Speeds, paces: dict[str, list[Pace]]) -> list[Figure]:
    found = []
    for way, of in speeds.items():
        goal: Goal | None = _GOALS.get(way)
        note = use(paces[way]) if way in paces else _WORDS[way]
        found.append(figure(f"{name}.{way}", [s.rate for s in of], "samples/s", goal, note))
        busy = "for each second of its processor time, whatever else the machine does"
        cpu = [s.per_cpu_s for s in of]
        found.append(figure(f"{name}.{way}.cpu", cpu, "samples/cpu-s", note=busy))
    for (ours, theirs), least in _RATIOS.items():
        pairs = list(zip(speeds[ours], speeds[theirs], strict=True))
        by_cpu = statistics.median(one.per_cpu_s / other.per_cpu_s for one, other in pairs)
        ratios = [one.rate / other.rate for one, other in pairs]
        note = f"{by_cpu:.2f} by processor time"
        found.append(figure(f"{name}.{ours}/{theirs}", ratios, "x", least, note))
    return found


def use(paces: list[Pace]) -> str:
    """What runs used, in words."""
    worker, broker, memory, anomalies, left_out = (
        statistics.median(getattr(one, what) for one in paces)
        for what in ("worker_cores", "broker_cores", "rss_mb", "anomalies", "left_out")
    )
    return (
        f"worker {worker:.2f} cores, broker {broker:.2f}, {memory:.0f} MB, "
        f"{anomalies:.0f} anomalies, {left_out:.0%} read before and judged within"
    )
