"""Formats of many points a message, keyed and re-keyed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.streams import batches
from bench.streams.bench import Bench, progress
from bench.streams.figures import Figure, at_least, figure
from bench.streams.load import Record, fill
from bench.streams.pace import Pace, pace
from bench.streams.small import use
from bench.streams.worker import Setup, workers

_GOAL = at_least(350_000)


class Format(NamedTuple):
    """A format, what makes its records, and how many points one has."""

    name: str
    records: Callable[[int], Iterator[Record]]
    points: int


FORMATS = (Format("otlp", batches.otlp, 500), Format("influx", batches.influx, 1000))


async def measure(bench: Bench) -> list[Figure]:
    """Points a second through the whole pipeline, each format in turn."""
    points = bench.sized(2_000_000, 12_000_000)  # a session judges up to a million of them
    found: list[Figure] = []
    for form in FORMATS:
        progress(f"{form.name}: writing {points:,} points")
        size = await fill(bench.bootstrap, form.name, form.records(points), compression="lz4")
        for way in ("keyed", "rekeyed"):
            runs = []
            for run in range(bench.runs):
                runs.append(await _judged(bench, form, points, is_keyed=way == "keyed"))
                progress(f"{form.name} {run + 1}/{bench.runs}: {way} {runs[-1].rate:,.0f}/s")
            note = f"{size / points:.0f} bytes a point; {use(runs)}"
            name, rates = f"batched.{form.name}.{way}", [one.rate for one in runs]
            found.append(figure(name, rates, "points/s", _GOAL, note))
            cpu = [one.per_cpu_s for one in runs]
            found.append(figure(f"{name}.cpu", cpu, "points/cpu-s"))
    return found


async def _judged(bench: Bench, form: Format, points: int, *, is_keyed: bool) -> Pace:
    setup = Setup(bench.bootstrap, form.name, format=form.name, is_keyed=is_keyed)
    async with workers(setup, [bench.own]) as started:
        return await pace(setup, started, points, per_record=form.points)
