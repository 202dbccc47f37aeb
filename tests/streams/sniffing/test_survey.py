"""The figures about a topic, and the input that is suggested for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.settings import Input, Limits, RecordMapping
from streams.codecs.recognition import Guess
from streams.sniffing.reading import Slice
from streams.sniffing.series import series_seen
from streams.sniffing.suggestion import as_yaml, notes, suggested
from streams.sniffing.survey import Survey, survey
from streams.sniffing.units import NONE, unit_of
from tests.config.samples import SMALL, loaded
from tests.streams.codecs import producers
from tests.streams.codecs.producers import FLUENT_BIT_CPU, NATIVE, SECOND, written
from tests.streams.sniffing.slices import a_slice
from tests.streams.sniffing.test_guessing import FLAT

NOW = SECOND + 10.0
SOURCE = Input(name="app", topic="app.metrics")


def surveyed(*slices: Slice, source: Input = SOURCE) -> Survey:
    return survey(slices, source, now=NOW)


def native(host: str, **fields: Any) -> dict[str, Any]:
    return {**NATIVE, "labels": {"host": host}, **fields}


def test_figures_are_of_all_partitions() -> None:
    found = surveyed(
        a_slice(NATIVE, None, b"junk", key=b"k"), a_slice(NATIVE, partition=1, first=100)
    )
    assert [(part.partition, part.records, part.read) for part in found.parts] == [
        (0, 8, 3),
        (1, 6, 1),
    ]
    assert (found.read, found.nulls, found.count) == (4, 1, 2)
    assert (found.keys.records, found.keys.distinct, found.keys.example) == (3, 1, "k")
    assert found.compressions == {"zstd": 4}
    assert found.guesses == (Guess("json", 2 / 3),)
    assert found.share == 0.5
    assert found.bad == {"empty": 1, "not_json": 1}
    assert {fault.reason for fault in found.faults} == {"empty", "not_json"}
    assert found.times is not None
    assert (found.times.newest, found.times.behind_kafka_s) == (SECOND, 2.0)
    assert found.times.behind_clock_s == 10.0
    assert found.unit == "seconds"


def test_samples_are_of_different_series_where_there_are_such() -> None:
    found = surveyed(a_slice(*[native("a")] * 5, native("b"), native("c", name="other")))
    assert len(found.samples) == 3
    assert {sample.series.partition("{")[0] for sample in found.samples} == {"latency_ms", "other"}
    assert {sample.kind for sample in found.samples} == {"gauge"}


def test_kinds_of_samples_are_told() -> None:
    found = surveyed(a_slice(producers.VECTOR_COUNTER, producers.VECTOR_HISTOGRAM))
    assert {sample.kind for sample in found.samples} == {"delta", "histogram"}


@pytest.mark.parametrize(
    ("slices", "may_be_keyed"),
    [
        pytest.param(
            [a_slice(*[native("a")] * 3), a_slice(*[native("b")] * 3, partition=1)],
            True,
            id="each in its own",
        ),
        pytest.param(
            [a_slice(*[native("a")] * 3), a_slice(native("a"), native("b"), partition=1)],
            False,
            id="one in both",
        ),
        pytest.param([a_slice(*[native("a")] * 3)], False, id="one partition tells nothing"),
        pytest.param(
            [
                a_slice(*[native(f"a{i}") for i in range(9)]),
                a_slice(*[native(f"b{i}") for i in range(9)], partition=1),
            ],
            False,
            id="none came twice",
        ),
    ],
)
def test_keyed_is_suggested_only_when_each_series_stays_in_a_partition(
    slices: list[Slice], may_be_keyed: bool
) -> None:
    found = surveyed(*slices)
    item = suggested(found)
    assert item is not None
    assert ("keyed" in item) == may_be_keyed


def test_label_that_always_brings_a_new_value_is_named_and_series_are_estimated() -> None:
    records = [
        {"labels": {"host": f"h{i % 3}", "request": f"r{i}"}, "fields": {"a": 1, "b": 2}}
        for i in range(60)
    ]
    found = surveyed(a_slice(*records))
    assert found.series is not None
    assert [(label.name, label.values, label.is_endless) for label in found.series.labels] == [
        ("request", 60, True),
        ("host", 3, False),
    ]
    assert found.series.estimated > 1000
    assert any("label request" in note for note in notes(found))


def test_series_that_came_often_are_all_there_are() -> None:
    found = surveyed(a_slice(*[native(f"h{i % 7}") for i in range(70)]))
    assert found.series is not None
    assert (found.series.seen, found.series.estimated) == (7, 7)


def test_no_runs_have_no_series() -> None:
    assert series_seen([]).seen == 0


def test_unknown_json_gets_a_mapping_that_reads_it(tmp_path: Path) -> None:
    found = surveyed(a_slice(*FLAT))
    assert found.share == 1.0
    assert found.unit == "milliseconds"
    item = suggested(found)
    assert item is not None
    assert item["mapping"]["labels"] == {"host": "host", "status": "status"}
    text = as_yaml(item).removeprefix("inputs:\n").replace("\n", "\n  ").rstrip()
    config = loaded(tmp_path, SMALL.replace("inputs:\n", f"inputs:\n  {text}\n", 1))
    assert config.inputs[0] == found.source


def test_errors_are_known_by_their_service() -> None:
    record = {"timestamp": SECOND, "service": "cart", "type": "Timeout", "message": "late"}
    found = surveyed(a_slice(*[record] * 5))
    assert suggested(found) == {"name": "app", "topic": "app.metrics", "kind": "errors"}
    assert found.samples[0].series == 'errors{service="cart"}'


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param({"type": "Timeout", "message": "late", "line": 7}, "errors", id="error"),
        pytest.param({"level": "ERROR", "elapsed_ms": 3.5}, "errors", id="level of errors"),
        pytest.param({"message": "late"}, "errors", id="nothing to measure"),
        pytest.param({"level": "info", "elapsed_ms": 3.5}, "mapping", id="level of requests"),
        pytest.param({"route": "/buy", "elapsed_ms": 3.5}, "mapping", id="measured"),
        pytest.param({"level": "info", "message": "done"}, None, id="log lines"),
    ],
)
def test_records_with_a_service_are_errors_only_if_they_say_so(
    own: dict[str, Any], expected: str | None
) -> None:
    record = {"timestamp": SECOND, "service": "cart", **own}
    source = surveyed(a_slice(*[record] * 5)).source
    found = source and ("errors" if source.kind == "errors" else source.format)
    assert found == expected


@pytest.mark.parametrize(
    ("own", "mapping"),
    [
        pytest.param({"tags": {"host": "a"}}, {"labels_from": ("tags",)}, id="tags"),
        pytest.param({"host": "a"}, {"labels": {"host": "host"}}, id="a label by its side"),
        pytest.param({"time": SECOND * 1000}, {"timestamp": "time"}, id="another time"),
    ],
)
def test_native_records_whose_labels_or_time_json_would_not_read_get_a_mapping(
    own: dict[str, Any], mapping: dict[str, Any]
) -> None:
    record = {"name": "load", "value": 0.5, **own}
    source = surveyed(a_slice(*[record] * 5)).source
    assert source is not None
    assert source.mapping == RecordMapping(name="name", value="value", **mapping)


def test_native_records_with_remarks_that_are_no_labels_stay_native() -> None:
    source = surveyed(a_slice(*[{**NATIVE, "note": f"run {i} of many"} for i in range(5)])).source
    assert source is not None
    assert source.format == "json"


def test_declared_format_is_taken_as_it_is() -> None:
    source = Input(name="shop", topic="shop.metrics", format="fluent_bit", labels={"dc": "1"})
    found = surveyed(a_slice(FLUENT_BIT_CPU), source=source)
    assert suggested(found) == {
        "name": "shop",
        "topic": "shop.metrics",
        "format": "fluent_bit",
        "labels": {"dc": "1"},
    }
    assert found.share == 1.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"\x00\x00\x00\x00\x07abcdef", "schema registry"),
        (b'{"message": "hello"}', "without a number"),
        (b'{"name": "a", "value": 1}\n{"name": "b", "value": 2}\n', "several JSON values"),
        (b"2027-01-15 INFO hello", "text in no format"),
        (b"\x81\xa1a\x01", "bytes in no format"),
    ],
)
def test_records_that_nothing_reads_get_advice(value: bytes, words: str) -> None:
    found = surveyed(a_slice(value, value))
    assert suggested(found) is None
    (note,) = notes(found)
    assert words in note


@pytest.mark.parametrize(
    ("slices", "source", "words"),
    [
        ([a_slice(*[{**NATIVE, "timestamp": NOW + 60}] * 3)], SOURCE, "ahead of this machine"),
        (
            [a_slice(NATIVE, NATIVE, *producers.BY_FORMAT["vector"])],
            SOURCE,
            "several formats in one topic",
        ),
        (
            [a_slice(*[native(f"h{i}") for i in range(9)])],
            Input(name="a", topic="a", limits=Limits(series=5)),
            "limits.series",
        ),
        ([a_slice({"@timestamp": SECOND, "log": "a"})], SOURCE, "no numbers"),
        (
            [a_slice(NATIVE, {**NATIVE, "value": 7}, {**NATIVE, "value": 8})],
            SOURCE,
            "has several values at one instant",
        ),
    ],
)
def test_what_to_think_about_is_said(slices: list[Slice], source: Input, words: str) -> None:
    assert any(words in note for note in notes(surveyed(*slices, source=source)))


def test_numbers_that_globs_merge_are_told_with_their_paths() -> None:
    mapping = RecordMapping(timestamp="ts", fields=("cpu.*", "mem.*"))
    source = Input(name="a", topic="a", format="mapping", mapping=mapping)
    record = {"ts": SECOND, "cpu": {"busy": 1}, "mem": {"busy": 2}}
    (note,) = notes(surveyed(a_slice(record), source=source))
    assert note.startswith("cpu.busy and mem.busy are both called busy, and only the first")


def row(id: int, quantity: int, at: float) -> dict[str, Any]:
    place = {"db": "shop", "table": "stock", "ts_ms": int(at * 1000)}
    return {"op": "u", "before": None, "after": {"id": id, "quantity": quantity}, "source": place}


@pytest.mark.parametrize(
    ("key", "labels"),
    [
        (b'{"id":%d}', "{id: id}"),
        (b'{"schema":{},"payload":{"shop":%d,"id":1}}', "{shop: shop, id: id}"),
        (b"\x00\x00%d", "{NAME: COLUMN}"),
    ],
)
def test_rows_that_no_label_tells_apart_are_told(key: bytes, labels: str) -> None:
    rows = a_slice(*(row(i, 10 * i, SECOND + i) for i in range(3)))
    rows.keys[:] = [key % i for i in range(3)]
    found = surveyed(rows)
    (note,) = notes(found)
    assert found.source is not None
    assert found.source.format == "debezium"
    assert note.startswith("rows of 3 keys are one series, quantity{")
    assert f"`mapping: {{labels: {labels}}}`" in note
    apart = replace(found.source, mapping=RecordMapping(labels={"id": "id"}))
    assert not list(notes(surveyed(rows, source=apart)))


def test_records_that_come_twice_lack_no_label() -> None:
    found = surveyed(a_slice(NATIVE, NATIVE, {**NATIVE, "timestamp": SECOND + 1}))
    assert not any("several values" in note for note in notes(found))


def test_clock_of_a_producer_that_is_hours_ahead_is_told_though_its_records_are_bad() -> None:
    found = surveyed(a_slice(*[native("a", timestamp=NOW + 7200)] * 3, NATIVE))
    assert found.share == 0.25
    assert found.bad == {"timestamp": 3}
    assert found.times is not None
    assert found.times.behind_clock_s == -7200
    assert any("7,200 s, more than latest_ahead" in note for note in notes(found))


@pytest.mark.parametrize(
    ("format", "record", "unit"),
    [
        ("json", {**NATIVE, "timestamp": SECOND * 10**6}, "microseconds"),
        ("json", [NATIVE], "seconds"),
        ("json", {"name": "a", "value": 1}, NONE),
        ("influx", producers.LINES, "nanoseconds"),
        ("influx", b"cpu a=1", NONE),
        ("debezium", producers.DEBEZIUM_UPDATE, "milliseconds"),
        ("beats", producers.BEATS_CPU, "RFC 3339"),
        ("otlp_json", producers.OTLP_JSON, "nanoseconds"),
        ("collectd", producers.COLLECTD, "seconds"),
        ("telegraf_json", {"metrics": [producers.TELEGRAF]}, "seconds"),
    ],
)
def test_unit_of_timestamps_is_told(format: str, record: object, unit: str) -> None:
    value = record if isinstance(record, bytes) else written(record)
    assert unit_of([value, None], Input(name="a", topic="a", format=format)) == unit


def test_unit_is_told_of_lists_that_a_mapping_reads() -> None:
    source = Input(
        name="a", topic="a", format="mapping", mapping=RecordMapping(timestamp="at", fields=("x",))
    )
    assert unit_of([written([{"at": SECOND * 1000, "x": 1}])], source) == "milliseconds"
