"""What `tocsin plan` says of a load: sums over measured figures, and what does not fit."""

import asyncio
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from config.loader import load
from config.status import InputStatus, WorkerStatus, encode
from detectors.defaults import DEFAULTS
from detectors.registry import DETECTORS, MODELS, OURS
from streams import clock
from streams.cli import app
from streams.planning.costs import PATHS, Cost, Costs, path_of, read_costs
from streams.planning.load import Load, Watch, default_watch, judge_us, watches_of
from streams.planning.measured import measure
from streams.planning.report import Here, as_json, misfits, report
from streams.planning.sizing import PARTITIONS_A_WORKER, Plan, plan
from streams.topics import Topic, ensure_topics
from streams.wiring import COMMIT_EVERY_S
from tests.config.samples import ENVIRON, SMALL, write
from tests.streams.log import Log

_OWN = f"shipped_profiles: false\n{SMALL}"
FIGURES = {
    "small.lz4.rekeyed.cpu": 100_000.0,  # 10 us a sample
    "small.lz4.keyed.cpu": 200_000.0,
    "judge.default": 1.0,
    "judge.default.bytes": 2000.0,
    "flush.pack": 20.0,  # with the next, 10 us a series
    "flush.send": 80.0,
    "flush.ratio": 0.5,
    "samples.bytes": 20.0,
    "series.besides": 1000.0,
    "objects.memory": 10.0,
    "worker.bytes": 200e6,
    "start.first_event": 5.0,
    "recovery.per_s": 20_000.0,
}
COSTS = Costs("a bench", {name: Cost(value, "", "") for name, value in FIGURES.items()})
WATCH = Watch(name="all", detectors=("ewma",), row_bytes=2000, judge_us=1.0)
PLENTY = Here(cores=1000, memory_bytes=1e15)


def planned(samples_per_s: float, series: int, **more: Any) -> Plan:
    more = {"watch": WATCH, "replication": 1, **more}
    return plan(Load(samples_per_s=samples_per_s, series=series, **more), COSTS)


class Case(NamedTuple):
    what: str
    plan: Plan
    cores: float
    workers: int


CASES = [
    Case("next to nothing", planned(1, 1), 0.00001, 1),
    Case("judging alone", planned(100_000, 1), 1.0, 2),
    Case("keyed is cheaper", planned(100_000, 1, is_keyed=True), 0.5, 1),
    Case("all state is written at each commit", planned(100_000, 100_000), 1.2, 3),
    Case("a dearer profile", planned(100_000, 1, watch=Watch(
        name="dear", detectors=("ewma",), row_bytes=2000, judge_us=11.0)), 2.0, 4),
    Case("more state", planned(100_000, 100_000, watch=Watch(
        name="wide", detectors=("ewma",), row_bytes=4000, judge_us=1.0)), 1.4, 3),
    Case("a margin of 4", planned(100_000, 1, margin=4.0), 1.0, 4),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_work_is_judging_and_writing_state(case: Case) -> None:
    assert case.plan.cores == pytest.approx(case.cores, rel=0.01, abs=2e-5)
    assert case.plan.workers == case.workers
    assert case.plan.partitions == PARTITIONS_A_WORKER * case.workers


def test_series_that_are_seldom_heard_are_seldom_written() -> None:
    often, seldom = planned(64_000, 64_000), planned(64_000 / 6400, 64_000)
    assert often.flushed_per_s == pytest.approx(64_000 / COMMIT_EVERY_S, rel=0.01)
    assert seldom.flushed_per_s == pytest.approx(10, rel=0.01)  # each sample another series


def test_memory_is_for_when_one_worker_is_down() -> None:
    found = planned(200_000, 100_000)  # five workers
    series = 1.2 * 100_000 / 4
    assert found.worker_bytes == pytest.approx(200e6 + series * 3000 + 3 * (4 << 20))


def test_standbys_cost_memory_and_reading_and_save_the_recovery() -> None:
    without, with_one = planned(200_000, 100_000), planned(200_000, 100_000, standby=1)
    assert with_one.worker_bytes - without.worker_bytes == pytest.approx(1.2 * 25_000 * 3000)
    read = with_one.read_bytes_per_s - without.read_bytes_per_s
    assert read == pytest.approx(with_one.changelog_bytes_per_s)
    assert with_one.recovery_s < without.recovery_s


def test_bytes_on_the_wire_and_on_disk() -> None:
    found = planned(10_000, 1000, replication=3, retention_s=100, samples_per_record=10)
    assert found.samples_bytes_per_s == 200_000
    assert found.read_bytes_per_s == 200_000 + 80_000
    assert found.changelog_bytes_per_s == pytest.approx(1e6 / COMMIT_EVERY_S)
    state = 1.25 * 1e6 + found.partitions * (64 << 20)
    assert found.disk_bytes == pytest.approx(3 * (20e6 + state))
    assert found.backlog_records == 3_600_000


def test_an_outage_is_made_up_for_in_the_time_that_is_left_over() -> None:
    assert planned(100_000, 1, outage_s=60).catch_up_s == pytest.approx(60, rel=0.01)
    assert planned(100_000, 1, outage_s=60, margin=4).catch_up_s == pytest.approx(20, rel=0.01)


@given(
    st.floats(1, 1e7), st.integers(1, 10**8), st.floats(1.1, 10), st.booleans(), st.integers(1, 5)
)
def test_a_plan_has_the_margin_it_says(
    rate: float, series: int, margin: float, is_keyed: bool, replication: int
) -> None:
    found = planned(rate, series, margin=margin, is_keyed=is_keyed, replication=replication)
    assert found.workers >= found.cores * margin - 0.01
    assert found.flushed_per_s <= series
    assert found.catch_up_s >= 0
    assert found.worker_bytes * found.workers >= series * 3000


@pytest.mark.parametrize(
    ("found", "here", "says"),
    [
        (planned(100_000, 10), Here(cores=9, memory_bytes=1e12, partitions=1), "kafka.partitions"),
        (planned(1e8, 10), PLENTY, "several installations"),
        (planned(1e6, 10**6), PLENTY, "1 Gbit/s"),
        (planned(100_000, 10), Here(cores=1, memory_bytes=1e12), "1 cores for 2 workers"),
        (planned(100_000, 10), Here(cores=2, memory_bytes=1e8), "100 MB of memory"),
        (planned(100, 10, margin=1.0), PLENTY, "never made up for"),
        (planned(10, 10, record_bytes=2e7), PLENTY, "a faster network"),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(found: Plan, here: Here, says: str) -> None:
    (problem,) = (p for p in misfits(found, here) if says in p)
    assert f"! {problem}" in report(found, COSTS, here)
    assert problem in as_json(found, COSTS, here)["does_not_fit"]


def test_what_fits_has_no_misfits() -> None:
    assert list(misfits(planned(1000, 1000), PLENTY)) == []


# The figures that come with this version


def test_every_figure_is_there_with_a_command_that_can_be_run() -> None:
    costs = read_costs()
    judged = {f"judge.{name}" for name in (*DETECTORS, *MODELS, "every")}
    saved = {f"saved.{name}" for name in set(DETECTORS) - set(OURS)}
    assert {*FIGURES, *PATHS.values(), *judged, *saved} <= set(costs.figures)
    for cost in costs.figures.values():
        assert cost.value > 0
        assert cost.unit
        module = cost.command.removeprefix("python -m ").split()[0]
        assert importlib.util.find_spec(module) is not None


def test_judging_by_the_default_costs_what_the_whole_does() -> None:
    costs, watch = read_costs(), default_watch(read_costs())
    assert judge_us(DEFAULTS, costs) == pytest.approx(watch.judge_us, rel=0.15)


def test_a_format_that_was_not_measured_is_taken_as_the_dearest() -> None:
    assert path_of("telegraf_json", is_keyed=True) == path_of("json", is_keyed=True)


def test_the_profiles_of_a_configuration_are_found_dearest_first(tmp_path: Path) -> None:
    config = load(write(tmp_path, _OWN), environ=ENVIRON)
    (watch,) = watches_of(config, read_costs())
    assert (watch.name, watch.detectors) == ("service", ("ewma",))
    assert 500 < watch.row_bytes < 3000


def test_models_of_river_are_counted_with_what_they_keep_of_a_series(tmp_path: Path) -> None:
    own = _OWN.replace("ewma: {memory: 10m}", "river.ADWIN: {}\n      river.LODA: {}")
    assert own != _OWN
    (watch,) = watches_of(load(write(tmp_path, own), environ=ENVIRON), read_costs())
    costs = read_costs()
    assert watch.object_bytes == costs["saved.river.ADWIN"] + costs["saved.river.LODA"]
    assert watch.judge_us > costs["judge.river.LODA"]


def test_objects_of_models_are_written_and_held_besides_the_rows() -> None:
    few = planned(100_000, 100_000)
    many = planned(100_000, 100_000, watch=replace(WATCH, object_bytes=2000))
    assert many.flush_us == pytest.approx(2 * few.flush_us)
    assert many.changelog_bytes_per_s == pytest.approx(2 * few.changelog_bytes_per_s)
    more = many.worker_bytes - few.worker_bytes
    assert more > 10 * 2000 * 100_000 / max(1, many.workers - 1)


# The command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plan", *arguments])


def test_the_command_prints_a_plan() -> None:
    answer = run("--samples-per-s", "100000", "--series", "10000", "--outage", "2h")
    assert answer.exit_code == 0, answer.stderr
    assert "100,000 samples/s of 10,000 series, json, re-keyed" in answer.stdout
    assert "margin 2" in answer.stdout
    assert "of 2 h:" in answer.stdout


def test_the_command_prints_json(tmp_path: Path) -> None:
    config = str(write(tmp_path, _OWN))
    numbers = ("--samples-per-s", "5000", "--series", "100")
    answer = run(*numbers, "--config", config, "--keyed", "--json")
    found = json.loads(answer.stdout)
    assert found["load"]["watch"]["name"] == "service"
    assert found["load"]["is_keyed"] is True
    assert found["workers"] == 1
    assert found["costs"]["flush.send"]["command"].startswith("python -m bench")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--samples-per-s is needed"),
        (("--samples-per-s", "5"), "--series is needed"),
        (("--measure", "1s"), "--measure goes with --config"),
        (("--samples-per-s", "5", "--series", "5", "--outage", "soon"), "--outage:"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], says: str) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 2
    assert says in answer.stderr


def test_inputs_that_are_quiet_are_told_from_workers_that_are_away(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    text = SMALL.replace("kafka:9092", bootstrap).replace("shop.metrics", f"in-{prefix}")
    answer = run("--config", str(write(tmp_path, text)), "--measure", "1s")
    assert answer.exit_code == 2
    assert "nothing was written to the inputs meanwhile" in answer.stderr


def test_a_load_that_does_not_end_is_measured_all_the_same(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    text = SMALL.replace("kafka:9092", bootstrap).replace("shop.metrics", f"in-{prefix}")
    text = text.replace("kafka:\n", f"kafka:\n  topic_prefix: {prefix}\n")
    config = load(write(tmp_path, text), environ=ENVIRON)

    async def flow(log: Log, ended: asyncio.Event) -> None:
        while not ended.is_set():
            await log.write(f"in-{prefix}", b"x" * 90, partition=0)
            await log.write(config.topics.workers, b"{}", partition=0)

    async def story() -> None:
        await ensure_topics(bootstrap, [Topic(f"in-{prefix}"), Topic(config.topics.workers)])
        ended = asyncio.Event()
        async with Log(bootstrap) as log, asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(flow(log, ended))
            try:
                found = await measure(config, for_s=0.5)
            finally:
                ended.set()
        assert found.record_bytes == 90

    asyncio.run(story())


def test_a_load_is_measured_where_it_is(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    text = SMALL.replace("kafka:9092", bootstrap).replace("shop.metrics", f"in-{prefix}")
    text = text.replace("kafka:\n", f"kafka:\n  topic_prefix: {prefix}\n")
    config = load(write(tmp_path, text), environ=ENVIRON)
    topic, workers = f"in-{prefix}", config.topics.workers
    status = WorkerStatus(
        worker="a",
        host="h",
        pid=1,
        at=clock.epoch_s(),
        series=300,
        inputs={"shop": InputStatus(records=50, samples=200)},
    )

    async def story() -> None:
        await ensure_topics(bootstrap, [Topic(topic, 2), Topic(workers)])
        async with Log(bootstrap) as log:
            await log.write(workers, encode(status), partition=0)
            await log.write(topic, b"x" * 90, partition=0)
            measuring = asyncio.create_task(measure(config, for_s=1.0))
            for _ in range(5):
                await asyncio.sleep(0.1)
                await log.write(topic, b"x" * 110, b"x" * 110, partition=1)
            found = await measuring
        assert 4 < found.records_per_s <= 10.5
        assert found.record_bytes == pytest.approx((90 + 10 * 110) / 11)
        assert found.samples_per_record == 4
        assert found.series == 300
        assert found.source.name == "shop"

    asyncio.run(story())
