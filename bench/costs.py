"""Writes what `tocsin plan` counts with: `python -m bench.costs [REPORT.json ...]`.

Reports are of `python -m bench.streams --json`; figures that they have replace those in
`streams/planning/costs.json`. What a detector takes, and how small state and samples become on
their way to Kafka, is measured here, in half a minute.
"""

import json
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cramjam
import msgspec
import numpy as np
import numpy.typing as npt

from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.defaults import DEFAULTS
from detectors.detector import Detector
from detectors.half_space_trees import HalfSpaceTrees
from detectors.profile import Profile
from detectors.registry import DETECTORS, OURS
from streams.planning import costs
from streams.planning.load import DEFAULT
from streams.samples import RECORD_BITS, Columns, pack

FILE = Path(costs.__file__).with_name("costs.json")
HERE = "python -m bench.costs"
REPORTED = ("start.first_event", "flush.pack", "flush.send", *costs.PATHS.values())
RECOVERED = "start.recovery.100000"
SERIES, ROUNDS, RUNS = 10_000, 20, 3
_OF_RIVER = {
    "river.LocalOutlierFactor": (3, 1010),
    "river.KSWIN": (10, 300),
    "river.LODA": (20, 300),
}
_USUAL_OF_RIVER = (100, 300)  # series, and turns until windows are full
_FIRST = 2  # turns that are another matter: rows and trees are made
GIVEN: dict[str, dict[str, Any]] = {"threshold": {"upper": 100.0}, "forecast": {"upper": 100.0}}


def main(paths: list[str]) -> None:
    """Measure, take over what the reports have, and write the file."""
    known = costs.read_costs()
    figures = dict(known.figures)
    reports = [json.loads(Path(path).read_text()) for path in paths]
    for name, cost in [*_own(), *(found for report in reports for found in _reported(report))]:
        figures[name] = cost
        sys.stderr.write(f"{name}: {cost.value:g} {cost.unit}\n")
    machine = reports[0]["machine"] if reports else {}
    words = f"{machine['cores']} cores of {machine['processor']}, " if machine else ""
    named = f"{words}Python {platform.python_version()}" if machine else known.machine
    written = costs.Costs(named, dict(sorted(figures.items())))
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n")


def _reported(report: dict[str, Any]) -> Iterator[tuple[str, costs.Cost]]:
    found = {one["name"]: one for one in report["figures"]}
    for name in (name for name in REPORTED if name in found):
        part = "start" if name.startswith(("start", "flush")) else name.partition(".")[0]
        command = f"python -m bench.streams --only {part}"
        yield name, costs.Cost(found[name]["value"], found[name]["unit"], command)
    if RECOVERED in found:
        took = found[RECOVERED]["value"] - found["start.first_event"]["value"]
        command = "python -m bench.streams --only start"
        yield "recovery.per_s", costs.Cost(round(100_000 / max(took, 0.1)), "series/s", command)
    if "series.bytes" in found:
        besides = found["series.bytes"]["value"] - _bank(DEFAULTS).bytes_per_row
        command = "python -m bench.streams --only series"
        yield "series.besides", costs.Cost(besides, "bytes a series", command)


def _own() -> Iterator[tuple[str, costs.Cost]]:
    alone = {name: _judge(_named(name)) for name in OURS}
    default, together = _judge(DEFAULTS), _judge(_named(*DEFAULT))
    every = (sum(alone[name] for name in DEFAULT) - together) / (len(DEFAULT) - 1)
    seasonal, *_, shift = DEFAULTS
    alone[f"{shift.name}.lent"] = every + _judge((seasonal, shift)) - alone[seasonal.name]
    rivers = {name: judge_objects(name) for name in DETECTORS if name not in OURS}
    judged = {name: us for name, (us, _) in rivers.items()}
    for name, value in {**alone, **judged, "default": default, "every": every}.items():
        yield f"judge.{name}", costs.Cost(round(value, 3), "us a sample", HERE)
    for name, (_, saved) in rivers.items():
        yield f"saved.{name}", costs.Cost(saved, "bytes a series besides its row", HERE)
    yield "objects.memory", costs.Cost(round(_held(), 1), "of the bytes that are saved", HERE)
    yield "judge.half_space_trees", costs.Cost(round(_model(), 1), "us a sample", HERE)
    yield "judge.default.bytes", costs.Cost(_bank(DEFAULTS).bytes_per_row, "bytes a series", HERE)
    yield "flush.ratio", costs.Cost(round(_flush_ratio(), 3), "of the size before lz4", HERE)
    yield "samples.bytes", costs.Cost(round(_samples_bytes(), 1), "bytes a sample", HERE)


def _named(*names: str) -> tuple[Detector, ...]:
    """Each as whoever names it and nothing else has it."""
    return tuple(DETECTORS[name](**GIVEN.get(name, {})) for name in names)


def _bank(detectors: tuple[Detector, ...]) -> Bank:
    return Bank(Profile(name="bench", detectors=detectors))


def _cpu_s(bank: Any, rows: npt.NDArray[np.int32], rounds: int, first: int = _FIRST) -> float:
    """Processor seconds of so many samples of each row, all rows at once, after the first ones."""
    x = np.random.default_rng(1).normal(100, 5, (rounds + first, len(rows)))
    began = 0.0
    for turn in range(rounds + first):
        if turn == first:
            began = time.process_time()
        bank.observe(
            rows, np.full(len(rows), 1.7e9 + 30.0 * turn), x[turn], np.full(len(rows), turn)
        )
    return time.process_time() - began


def _judge(detectors: tuple[Detector, ...]) -> float:
    """Microseconds a sample, many series at once."""
    runs = []
    for _ in range(RUNS):
        bank = _bank(detectors)
        rows = bank.rows([f"series{i}" for i in range(SERIES)])
        runs.append(1e6 * _cpu_s(bank, rows, ROUNDS) / (SERIES * ROUNDS))
    return statistics.median(runs)


def judge_objects(name: str) -> tuple[float, int]:
    """Microseconds a sample of a detector that keeps an object a series, once windows are full.

    And the bytes that are saved of one.
    """
    series, first = _OF_RIVER.get(name, _USUAL_OF_RIVER)
    bank = _bank(_named(name))
    rows = bank.rows([f"series{i}" for i in range(series)])
    took = _cpu_s(bank, rows, ROUNDS, first)
    saved = [value for _, value in bank.snapshot() if value is not None]
    plain = _bank(_named("threshold")).bytes_per_row
    return 1e6 * took / (series * ROUNDS), max(map(len, saved)) - plain


def _held() -> float:
    """How many times as large as saved a model of river is in memory: a small one, the worst."""
    bank, series = _bank(_named("river.GaussianScorer")), 100
    bank.rows(["imports"])
    tracemalloc.start()
    rows = bank.rows([f"series{i}" for i in range(series)])
    _cpu_s(bank, rows, ROUNDS)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    saved = sum(len(value) - bank.bytes_per_row for _, value in bank.snapshot() if value)
    return held / saved


def _model() -> float:
    """Microseconds a sample of a model over five series together, a hundred groups."""
    profile = Profile(name="bench", model=HalfSpaceTrees(), by=("service",))
    bank = bank_for(profile)
    names = [f'm{i}{{service="s{j}"}}' for j in range(100) for i in range(5)]
    return 1e6 * _cpu_s(bank, bank.rows(names), ROUNDS) / (len(names) * ROUNDS)


def _flush_ratio() -> float:
    bank = _bank(DEFAULTS)
    rows = bank.rows([f'cpu{{host="h{i}"}}' for i in range(SERIES)])
    _cpu_s(bank, rows, 100)  # rings are full
    values = [value for _, value in bank.snapshot() if value is not None]
    return sum(len(cramjam.lz4.compress_block(v)) for v in values) / sum(map(len, values))


def _samples_bytes() -> float:
    """A message of five thousand samples of a thousand series, as it goes to one partition."""
    noise, count = np.random.default_rng(1), 5000
    columns = Columns(
        "app",
        "app/0",
        1.7e9,
        [f'cpu_usage{{host="host-{i:04}",zone="eu-{i % 3}"}}' for i in range(1000)],
        np.tile(np.arange(1000, dtype=np.int32), count // 1000),
        1.7e9 + np.sort(noise.uniform(0, 50, count)).round(3),
        noise.normal(50, 5, count).round(3),
        np.arange(count, dtype=np.int64) << RECORD_BITS,
    )
    return len(cramjam.lz4.compress_block(pack(columns))) / count


if __name__ == "__main__":
    main(sys.argv[1:])
