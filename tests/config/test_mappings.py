"""Section `mapping` of an input: what it becomes, and what is said about a wrong one."""

from pathlib import Path

import pytest

from config.settings import RecordMapping
from tests.config.samples import SMALL, loaded, refused

MARK = "»"  # stands where the problem must be shown
PLACE = "    kind: metrics\n"


def _with(text: str) -> str:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return SMALL.replace(PLACE, PLACE + lines, 1)


def _mapping(folder: Path, text: str) -> RecordMapping | None:
    return loaded(folder, _with(text)).inputs[0].mapping


def test_mapping_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = """\
format: mapping
mapping:
  each: data.items
  where: {$.type: metric, unit: [ms, s]}
  timestamp: "@timestamp"
  name: metric.name
  value: metric.value
  fields: [load1, "metrics.*", "**"]
  series: {cpu_ratio: cpu.busy}
  drop: ["*_id"]
  prefix: app_
  counters: ["*_total"]
  deltas: [hits]
  labels: {host: $.host.name}
  labels_from: [tags]"""
    assert _mapping(tmp_path, text) == RecordMapping(
        each="data.items",
        where={"$.type": ("metric",), "unit": ("ms", "s")},
        timestamp="@timestamp",
        name="metric.name",
        value="metric.value",
        fields=("load1", "metrics.*", "**"),
        series={"cpu_ratio": "cpu.busy"},
        drop=("*_id",),
        prefix="app_",
        counters=("*_total",),
        deltas=("hits",),
        labels={"host": "$.host.name"},
        labels_from=("tags",),
    )


def test_preset_needs_no_mapping_and_takes_one(tmp_path: Path) -> None:
    assert _mapping(tmp_path, "format: beats") is None
    refined = _mapping(tmp_path, "format: beats\nmapping: {labels: {zone: cloud.zone}}")
    assert refined == RecordMapping(labels={"zone": "cloud.zone"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("format: »mapping", "needs a mapping", id="none"),
        pytest.param(
            "format: influx\n»mapping: {fields: [a]}", "not with influx", id="another format"
        ),
        pytest.param("»mapping: {fields: [a]}", "not with auto", id="no format"),
        pytest.param(
            "format: mapping\n»mapping: {labels: {a: b}}", "takes nothing", id="takes nothing"
        ),
        pytest.param(
            "format: mapping\nmapping: {value: »v}", 'goes with "name"', id="value without name"
        ),
        pytest.param(
            "format: mapping\nmapping: {name: »v}", 'goes with "value"', id="name without value"
        ),
        pytest.param(
            "format: vector\nmapping: {»each: a}", "vector knows where", id="each in a preset"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], each: a.b»*}", "no star", id="star in a path"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a.b»**]}", "alone between dots", id="bad glob"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a.».b]}", "between its dots", id="empty key"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], timestamp: »5}", "must be a path", id="number"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], labels: {h: »''}}", "empty", id="empty path"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], labels: {h: »$}}", "after $.", id="bare dollar"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], where: {»a..b: c}}",
            "between its dots",
            id="path as a key",
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], where: {a: »5}}", "in quotes", id="where 5"
        ),
        pytest.param(
            "format: mapping\nmapping: {fields: [a], series: {»'a{b': c}}", "braces", id="a brace"
        ),
        pytest.param(
            "format: mapping\nmapping: {»field: [a]}", 'did you mean "fields"?', id="misspelt"
        ),
        pytest.param("format: »collected", 'did you mean "collectd"?', id="misspelt format"),
    ],
)
def test_wrong_mapping_is_named_where_it_was_made(tmp_path: Path, text: str, message: str) -> None:
    marked = _with(text)
    error = refused(tmp_path, marked.replace(MARK, ""))
    before = marked.partition(MARK)[0]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert [(p.place.line, p.place.column) for p in error.problems] == [(line, column)]
    assert message in error.problems[0].headline, error.render()
