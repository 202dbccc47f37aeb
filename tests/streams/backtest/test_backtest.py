"""`tocsin backtest` end to end: the report, the scores, and what is wrong with the input."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app
from tests.config.samples import SMALL
from tests.streams.backtest.tables import rows, table, values, written

HEADER = "timestamp,value,anomaly_score,p_value,expected,lower,upper,anomaly"


def backtest(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["backtest", *map(str, arguments)])


def reported(out: Path) -> Any:
    return json.loads((out / "report.json").read_text())


def scores(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_fault_is_found_told_and_scored_above_all_else(tmp_path: Path) -> None:
    source, out = table(tmp_path / "in" / "shop" / "cpu.csv"), tmp_path / "out"
    result = backtest(tmp_path / "in", "--out", out)
    assert result.exit_code == 0, result.output
    assert "1 anomaly in 1,200 samples of 1 series from 1 file\n" in result.stdout
    told = scores(out / "shop" / "cpu.csv")
    assert (out / "shop" / "cpu.csv").read_text().startswith(HEADER + "\n")
    given = [line.split(",") for line in source.read_text().splitlines()[1:]]
    assert [[row["timestamp"], row["value"]] for row in told] == given
    score = [float(row["anomaly_score"]) for row in told]
    assert all(0 <= one <= 1 for one in score)
    assert 1000 <= score.index(max(score)) < 1006
    marked = [i for i, row in enumerate(told) if row["anomaly"] == "1"]
    assert 1000 <= marked[0] < 1006
    assert marked == list(range(marked[0], marked[-1] + 1))
    (line,) = reported(out)["series"]
    (found,) = line["anomalies"]
    assert found["kind"] == "above"
    assert found["opened_at"] == "2026-03-05T11:20:00Z"
    assert found["value"] > found["upper"] > found["expected"]
    assert line["budget"]["verdict"] in ("exceeded", "too short to tell")


def test_rows_that_are_only_numbered_need_their_step_to_leave_the_warm_up(tmp_path: Path) -> None:
    numbered = [f"{i},{value}" for i, value in enumerate(values(400, fault=300))]
    source = written(tmp_path / "cpu.csv", ["timestamp,value", *numbered])
    said = backtest(source).stdout
    assert "0 anomalies in 400 samples" in said
    assert "! cpu: only learnt, nothing could be told: 400 samples over 6 min" in said
    assert "the warm-up lasts 6 h and 120 samples. Read more of the past, or set `warm_up`" in said
    assert "! cpu.csv: its timestamps are small numbers: taken as seconds; if they number" in said
    mended = backtest(source, "--step", "5m").stdout
    assert "1 anomaly in 400 samples" in mended
    assert "!" not in mended


@pytest.mark.parametrize("step", ["0s", "soon"])
def test_a_step_that_is_none_is_told(tmp_path: Path, step: str) -> None:
    result = backtest(table(tmp_path / "cpu.csv"), "--step", step)
    assert result.exit_code == 2
    assert result.stderr.startswith("tocsin: --step")


def test_a_step_is_for_files_alone() -> None:
    result = backtest("telemetry", "--bootstrap", "127.0.0.1:1", "--step", "5m")
    assert result.exit_code == 2
    assert "--step is for files" in result.stderr


def test_a_file_whose_newest_rows_are_first_is_judged_as_if_it_were_sorted(tmp_path: Path) -> None:
    source = table(tmp_path / "in" / "cpu.csv")
    heading, *lines = source.read_text().splitlines()
    written(tmp_path / "turned" / "cpu.csv", [heading, *reversed(lines)])
    for folder in ("in", "turned"):
        result = backtest(tmp_path / folder, "--out", tmp_path / f"{folder}.out")
        assert result.exit_code == 0
    assert "! cpu.csv: its newest rows are first: they were judged" in result.stdout
    assert "left out" not in result.stdout
    sorted_out, turned_out = (scores(tmp_path / f"{of}.out" / "cpu.csv") for of in ("in", "turned"))
    assert turned_out == sorted_out[::-1]


def test_series_of_a_long_table_are_judged_each_by_itself(tmp_path: Path) -> None:
    plain = rows(values(fault=None, seed=2))
    faulty = rows(values())
    lines = [
        f"{row},{name}"
        for pair in zip(plain, faulty, strict=True)
        for row, name in zip(pair, "ab", strict=True)
    ]
    source = written(tmp_path / "in" / "all.csv", ["timestamp,value,metric", *lines])
    result = backtest(source, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    counts = {
        line["series"]: len(line["anomalies"]) for line in reported(tmp_path / "out")["series"]
    }
    assert counts == {"a": 0, "b": 1}
    told = scores(tmp_path / "out" / "all.csv")
    assert {row["series"] for row in told if row["anomaly"] == "1"} == {"b"}
    assert len(told) == 2400


def test_what_only_closed_since_it_lasted_is_not_told_as_if_it_were_over(tmp_path: Path) -> None:
    long, short = values(fault=None), values(fault=None)
    long[600:] += 100
    short[600:660] += 100
    for name, found in (("long", long), ("short", short)):
        written(tmp_path / "in" / f"{name}.csv", ["timestamp,value", *rows(found)])
    result = backtest(tmp_path / "in", "--out", tmp_path / "out")
    first = {
        line["series"]: line["anomalies"][0]["accepted"]
        for line in reported(tmp_path / "out")["series"]
    }
    assert first == {"long": True, "short": False}
    assert result.stdout.count(", then the new normal: ") == 1


def test_what_a_bound_tells_is_never_the_new_normal(tmp_path: Path) -> None:
    found = values(fault=None)
    found[600:720] += 100
    source = written(tmp_path / "disk.csv", ["timestamp,value", *rows(found)])
    bound = "profiles:\n  - {name: disk, detectors: {threshold: {upper: 150}}}\n"
    text = SMALL.replace("profiles:\n", bound, 1)
    config = written(tmp_path / "tocsin.yaml", text.splitlines())
    backtest(source, "--config", config, "--input", "shop", "--out", tmp_path / "out")
    (line,) = reported(tmp_path / "out")["series"]
    (anomaly,) = line["anomalies"]
    assert anomaly["lasted_s"] >= 10 * 3600
    assert not anomaly["accepted"]


def test_of_many_series_the_least_likely_anomalies_are_listed(tmp_path: Path) -> None:
    for number in range(6):
        fault = 1000 if number < 2 else None
        table(tmp_path / "in" / f"cpu-{number}.csv", fault=fault, seed=number)
    out = tmp_path / "out"
    result = backtest(tmp_path / "in", "--out", out)
    assert "\n  cpu-1  2026-03-05 11:20  for " in result.stdout
    assert "Without labels every anomaly counts" in result.stdout
    assert f"tocsin: wrote {out / 'report.html'}, " in result.stderr


def test_the_longest_pause_is_reported(tmp_path: Path) -> None:
    some = rows(values(fault=None))
    del some[700:760]
    source = written(tmp_path / "cpu.csv", ["timestamp,value", *some])
    backtest(source, "--out", tmp_path / "out")
    (line,) = reported(tmp_path / "out")["series"]
    assert (line["pause_s"], line["pause_at"]) == (61 * 300.0, "2026-03-04T10:15:00Z")


def test_truth_gives_precision_recall_and_delay(tmp_path: Path) -> None:
    lines = [
        f"{row},{int(1000 <= i < 1006 or 1100 <= i < 1103)}" for i, row in enumerate(rows(values()))
    ]
    source = written(tmp_path / "in" / "cpu.csv", ["timestamp,value,Label", *lines])
    result = backtest(source, "--truth", "label", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = reported(tmp_path / "out")["labelled"]
    assert (found["events"], found["found"], found["precision"], found["recall"]) == (
        2,
        1,
        1.0,
        0.5,
    )
    assert 0 <= found["delay_s"] <= 900
    assert reported(tmp_path / "out")["budget"]["found"] == 0


def test_profiles_are_matched_as_in_a_worker(tmp_path: Path) -> None:
    profiles = """\
shipped_profiles: false
profiles:
  - name: slow
    match: [input="backtest", name="cpu"]
    detectors: {threshold: {upper: 1000}}
    false_alarms: 1/30d
"""
    head, _, tail = SMALL.partition("profiles:\n")
    rest = tail[tail.index("channels:") :]
    config = written(tmp_path / "tocsin.yaml", (head + profiles + rest).splitlines())
    table(tmp_path / "in" / "cpu.csv")
    table(tmp_path / "in" / "mem.csv")
    result = backtest(tmp_path / "in", "--config", config, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (line,) = reported(tmp_path / "out")["series"]
    assert (line["series"], line["profile"], line["anomalies"]) == ("cpu", "slow", [])
    assert "! no profile watches 1 series: mem" in result.stdout


@pytest.mark.parametrize(
    "watched",
    [
        "detectors: {river.GaussianScorer: {window_size: 300}, river.ADWIN: }",
        "detectors: {river.PredictiveAnomalyDetection: {predictive_model: "
        "{SNARIMAX: {p: 2, d: 0, q: 1}}}}",
    ],
)
def test_models_of_river_judge_as_a_profile_says(tmp_path: Path, watched: str) -> None:
    profiles = f"shipped_profiles: false\nprofiles:\n  - name: ours\n    {watched}\n"
    head, _, tail = SMALL.partition("profiles:\n")
    rest = tail[tail.index("channels:") :]
    config = written(tmp_path / "tocsin.yaml", (head + profiles + rest).splitlines())
    source = table(tmp_path / "in" / "cpu.csv")
    result = backtest(source, "--config", config, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {line["profile"] for line in reported(tmp_path / "out")["series"]} == {"ours"}


def test_groups_of_a_model_are_told_of_beside_the_series(tmp_path: Path) -> None:
    profiles = """shipped_profiles: false
profiles:
  - name: each
    false_alarms: 1/30d
  - name: together
    model: {half_space_trees: {trees: 25, height: 8, window: 200}}
    open_after: 2 of 3
    by: [service]
    false_alarms: 1/7d
"""
    head, _, tail = SMALL.partition("profiles:\n")
    rest = tail[tail.index("channels:") :]
    config = written(tmp_path / "tocsin.yaml", (head + profiles + rest).splitlines())
    pairs = zip(rows(values(seed=1)), rows(values(seed=2)), strict=True)
    lines = [f"{row},{name},pay" for pair in pairs for row, name in zip(pair, "ab", strict=True)]
    source = written(tmp_path / "in" / "all.csv", ["timestamp,value,name,service", *lines])
    result = backtest(source, "--labels", "service", "--config", config, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = {line["series"]: line for line in reported(tmp_path / "out")["series"]}
    group = 'together{service="pay"}'
    assert set(found) == {'a{service="pay"}', 'b{service="pay"}', group}
    assert 800 < found[group]["samples"] <= 1200
    assert found[group]["anomalies"][0]["opened_at"].startswith("2026-03-05T11:")
    vectors = scores(tmp_path / "out" / "together.groups.csv")
    assert len(vectors) == found[group]["samples"]
    assert {row["timestamp"][:13] for row in vectors if row["anomaly"] == "1"} == {"2026-03-05T11"}


def test_bad_input_is_told_and_the_rest_is_judged(tmp_path: Path) -> None:
    source = table(tmp_path / "in" / "cpu.csv")
    source.write_text(source.read_text() + "soon,1\n2026-03-02 00:00:00,7\n")
    (tmp_path / "in" / "broken.csv").write_text("a,b\n1,2\n")
    result = backtest(tmp_path / "in", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "! cpu.csv:1202: timestamp 'soon' is not RFC 3339" in result.stdout
    assert "! cpu: 1 of 1,202 samples are not newer than one before them" in result.stdout
    assert "! broken.csv has no columns `timestamp` and `value`" in result.stdout
    assert result.stderr.endswith("tocsin: 1 file could not be read\n")
    assert result.output.count("broken.csv") == 1
    report = reported(tmp_path / "out")
    assert report["series"][0]["out_of_order"] == 1
    assert report["bad"][0]["rows"] == 1
    told = scores(tmp_path / "out" / "cpu.csv")
    assert [row["anomaly_score"] for row in told[-2:]] == ["0", "0"]
    assert told[-2]["timestamp"] == "soon"


def test_where_nothing_could_be_read_nothing_is_said_of_budgets(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n")
    result = backtest(tmp_path / "broken.csv")
    assert result.exit_code == 1
    assert "Budget" not in result.stdout


def test_every_file_with_bad_rows_has_a_few_of_them_told(tmp_path: Path) -> None:
    lines = ["timestamp,value", *(f"{1_700_000_000 + i},many" for i in range(30)), "1700000100,1"]
    for name in ("a", "b"):
        written(tmp_path / f"{name}.csv", lines)
    told = backtest(tmp_path).stdout
    for name in ("a", "b"):
        assert told.count(f"! {name}.csv:") == 4
        assert f"! {name}.csv: and 27 more bad rows" in told


def test_a_series_whose_times_begin_at_zero_is_judged_from_its_first_row(tmp_path: Path) -> None:
    lines = ["timestamp,value", *(f"{60 * i},{5 + i % 3}" for i in range(400))]
    result = backtest(written(tmp_path / "steps.csv", lines), "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert scores(tmp_path / "out" / "steps.csv")[0]["p_value"] == "1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.csv",), "there is no file or folder nowhere.csv"),
        (("metrics",), "if it is a topic, say where Kafka is"),
        (("in", "metrics", "--bootstrap", "a:1"), "there is no file or folder metrics"),
        (("in", "--out", "in"), "--out in is where the files are"),
        (("in", "--out", "in/cpu.csv"), "--out in/cpu.csv is not a folder"),
        (("in", "--out", "in/cpu.csv/x"), "--out in/cpu.csv/x cannot be written (Not a directory)"),
        (("t", "--bootstrap", "a:1", "--out", "in/cpu.csv/x"), "--out in/cpu.csv/x cannot be"),
    ],
)
def test_wrong_arguments_are_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "in" / "cpu.csv", n=20, fault=None)
    result = backtest(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_progress_is_told_in_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    result = backtest(table(tmp_path / "cpu.csv"))
    assert result.stderr.endswith("tocsin: 1,200 of 1,200 samples (100%)\n")


def test_series_that_share_a_budget_have_parts_of_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        table(tmp_path / "in" / f"{name}.csv", seed=ord(name))
    allowed = {}
    for per in ("series", "profile"):
        text = SMALL.replace("profiles:\n", f"profiles:\n  - {{name: all, per: {per}}}\n", 1)
        config = written(tmp_path / "tocsin.yaml", text.splitlines())
        arguments = ("--config", config, "--input", "shop", "--out", tmp_path / per)
        result = backtest(tmp_path / "in", *arguments)
        assert result.exit_code == 0, result.output
        allowed[per] = [line["budget"]["allowed"] for line in reported(tmp_path / per)["series"]]
    assert allowed["profile"] == pytest.approx([one / 2 for one in allowed["series"]])
