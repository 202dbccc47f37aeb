"""Any JSON by a declared mapping: what it takes, and what becomes of records it does not fit."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Input, Limits, RecordMapping
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.registry import codec_for
from tests.streams.codecs.producers import written

NOW = 1_800_000_000.0
AT = 1_799_999_000
STAMP = 1_799_999_990_000  # of every Kafka record, in ms


def decode(*records: object, settings: dict[str, Any] | None = None, **mapping: Any) -> Decoded:
    declared = RecordMapping(**mapping)
    source = Input(name="in", topic="in", format="mapping", mapping=declared, **(settings or {}))
    values = [r if r is None or isinstance(r, bytes) else written(r) for r in records]
    return codec_for(source).decode(values, [STAMP] * len(values), now=NOW)


def samples(found: Decoded) -> list[tuple[str, float, float]]:
    assert not found.bad, found.bad
    return list(zip(found.keys, found.at, found.value, strict=True))


def test_fields_are_series_with_labels_and_the_time_that_is_declared() -> None:
    record = {"ts": AT, "host": {"name": "a"}, "load": {"1m": 0.4, "5m": 3}, "up": True}
    found = decode(
        record,
        timestamp="ts",
        fields=("load.*", "up"),
        labels={"host": "host.name", "zone": "zone"},
        prefix="node_",
    )
    assert samples(found) == [
        ('node_up{host="a"}', AT, 1.0),
        ('node_1m{host="a"}', AT, 0.4),
        ('node_5m{host="a"}', AT, 3.0),
    ]


def test_name_and_value_are_a_series() -> None:
    found = decode({"m": "cpu", "v": "1.5"}, name="m", value="v", settings={"labels": {"dc": "1"}})
    assert samples(found) == [('cpu{dc="1"}', STAMP / 1000, 1.5)]


def test_series_are_named_by_hand() -> None:
    found = decode({"data": {"temp": 21.5, "hum": 40}}, series={"temperature": "data.temp"})
    assert samples(found) == [("temperature", STAMP / 1000, 21.5)]


def test_fields_with_the_same_last_key_are_named_by_their_paths() -> None:
    found = decode({"in": {"bytes": 1}, "out": {"bytes": 2}}, fields=("in.bytes", "out.bytes"))
    assert found.keys == ["in.bytes", "out.bytes"]


def test_a_field_is_named_by_its_path_where_another_is_named_so_by_hand() -> None:
    record = {"cpu": {"busy": 1}, "mem": {"busy": 2}}
    found = decode(record, series={"busy": "cpu.busy"}, fields=("mem.busy",))
    assert found.keys == ["busy", "mem.busy"]


def test_globs_that_give_two_numbers_of_a_record_one_name_are_told_with_the_paths() -> None:
    record = {"cpu": {"busy": 1, "idle": 3}, "mem": {"busy": 2, "free": 4}}
    found = decode(record, record, fields=("cpu.*", "mem.*"))
    assert found.merged == {"busy": ("cpu.busy", "mem.busy")}
    assert decode(record, fields=("*.*",)).merged == {}
    assert decode(record, fields=("cpu.*", "mem.free")).merged == {}


def test_one_name_of_several_paths_in_different_records_is_one_series_and_told_by_nobody() -> None:
    found = decode({"v1": {"temp": 1}}, {"v2": {"temp": 2}}, fields=("v1.*", "v2.*"))
    assert (found.keys, found.merged) == (["temp", "temp"], {})


def test_each_item_is_read_as_a_record_beside_the_whole() -> None:
    record = {
        "host": "a",
        "at": AT,
        "disks": [{"dev": "sda", "free": 5}, {"dev": "sdb", "free": 6, "at": AT + 1}],
    }
    found = decode(
        record, each="disks", timestamp="$.at", fields=("free",), labels={"h": "$.host", "d": "dev"}
    )
    assert samples(found) == [('free{d="sda",h="a"}', AT, 5.0), ('free{d="sdb",h="a"}', AT, 6.0)]
    assert found.position == [0, 0]


def test_list_of_records_is_read_item_by_item() -> None:
    assert decode([{"x": 1}, {"x": 2}], fields=("x",)).value == [1.0, 2.0]


def test_where_leaves_other_records_out_and_they_are_no_faults() -> None:
    records = [{"type": "m", "x": 1}, {"type": "log"}, {"x": 2}, {"type": "n", "x": 3}]
    found = decode(*records, where={"type": ("m", "n")}, fields=("x",))
    assert found.value == [1.0, 3.0]
    assert found.position == [0, 3]
    assert not found.bad
    assert decode({"code": 200, "x": 1}, where={"code": ("200",)}, fields=("x",)).value == [1.0]


def test_drop_leaves_numbers_out_and_globs_leave_out_what_is_spoken_for() -> None:
    record = {"ts": AT, "shard": 3, "user_id": 7, "a": {"value": 1, "pid": 2}}
    found = decode(
        record, timestamp="ts", labels={"shard": "shard"}, fields=("**",), drop=("*_id", "a.pid")
    )
    assert samples(found) == [('a.value{shard="3"}', AT, 1.0)]


def test_counters_and_deltas_have_their_kinds() -> None:
    found = decode(
        {"hits_total": 5, "new": 2, "load": 1},
        fields=("*",),
        counters=("*_total",),
        deltas=("new",),
        prefix="a_",
    )
    assert found.kinds == {"a_hits_total": Kind.CUMULATIVE, "a_new": Kind.DELTA}
    assert found.start == [0.0, 0.0, 0.0]


def test_maps_of_labels_are_taken_whole() -> None:
    found = decode(
        {"x": 1, "tags": {"env": "prod", "n": 5, "ok": True, "list": []}},
        fields=("x",),
        labels_from=("tags", "more"),
    )
    assert found.keys == ['x{env="prod",n="5",ok="true"}']


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(b"{", "not_json", id="broken"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(None, "empty", id="tombstone"),
        pytest.param(b"x" * (2 << 20), "too_large", id="too large"),
        pytest.param(b"[" * 100_000, "shape", id="deep"),
        pytest.param({"other": 1}, "missing", id="nothing there"),
        pytest.param({"x": 1}, "missing", id="no timestamp"),
        pytest.param({"x": "much", "ts": AT}, "shape", id="text for a number"),
        pytest.param({"x": {}, "ts": AT}, "shape", id="map for a number"),
        pytest.param({"x": "NaN", "ts": AT}, "not_finite", id="not a number"),
        pytest.param({"x": 10**400, "ts": AT}, "not_finite", id="beyond doubles"),
        pytest.param({"x": 1, "ts": "soon"}, "timestamp", id="no instant"),
        pytest.param({"x": 1, "ts": [AT]}, "timestamp", id="list for an instant"),
        pytest.param({"x": 1, "ts": True}, "timestamp", id="truth for an instant"),
        pytest.param({"x": 1, "ts": 10**400}, "timestamp", id="huge instant"),
        pytest.param({"x": 1, "ts": AT * 2}, "timestamp", id="far future"),
        pytest.param({"x": 1, "ts": AT, "host": ["a"]}, "shape", id="list for a label"),
        pytest.param({"x": 1, "ts": AT, "tags": {"a=": "b"}}, "name", id="no label's name"),
        pytest.param(
            {"x": 1, "ts": AT, "host": "long" * 100}, "label_length", id="too long a label"
        ),
        pytest.param(5, "shape", id="a number"),
        pytest.param([[]], "shape", id="a list of lists"),
    ],
)
def test_record_that_does_not_fit_is_one_dead_letter(record: object, reason: str) -> None:
    good = {"x": 1, "ts": AT}
    found = decode(
        good,
        record,
        good,
        timestamp="ts",
        fields=("x",),
        labels={"host": "host"},
        labels_from=("tags",),
        settings={"limits": Limits(label_length=100)},
    )
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.bad[0].detail
    assert found.position == [0, 2]


@pytest.mark.parametrize(
    ("record", "detail"),
    [
        ({"m": "a"}, 'mapping.value is v: there is no "v" in the record, which has: m'),
        ({"v": 1}, 'mapping.name is m: there is no "m" in the record, which has: v'),
        ({"m": 5, "v": 1}, "mapping.name is m: a number stands there"),
        ({"m": "a{b", "v": 1}, "with a brace"),
    ],
)
def test_pair_without_name_or_value_says_which(record: object, detail: str) -> None:
    (bad,) = decode(record, name="m", value="v").bad
    assert detail in bad.detail


@pytest.mark.parametrize(
    ("record", "mapping", "detail"),
    [
        ({"a": 1}, {"each": "items", "fields": ("x",)}, 'mapping.each is items: there is no "item'),
        ({"y": 1}, {"fields": ("x",)}, 'number at x: there is no "x" in the record, which has: y'),
        ({}, {"fields": ("x",)}, 'there is no "x" in the record, which has no keys'),
        ({"x": None}, {"fields": ("x",)}, 'number at x: null stands at "x" in the record'),
        ({"h": {"y": 1}}, {"fields": ("h.x",)}, 'there is no "x" in "h", which has: y'),
        ({"h": [1]}, {"fields": ("h.1",)}, 'there is no "1" in "h", which is a list of 1'),
        ({"h": [1]}, {"fields": ("h." + 5000 * "9",)}, 'in "h", which is a list of 1'),
        ({"h.i": {"y": 1}}, {"fields": ("h.i.x",)}, 'there is no "x" in "h.i", which has: y'),
        ({"h": [1]}, {"fields": ("$.h[0]",)}, "lists: readings.0.value is in the first item"),
        ({"y": 1}, {"fields": ("x", "z.*")}, "numbers at x, z.*: none stands there; the record"),
        ({"y": 1}, {"series": {"n": "x"}}, "mapping takes a number at x: there is no"),
        ({"x": 1}, {"fields": ("x",), "timestamp": "t"}, "mapping.timestamp is t: there is no"),
        (
            {"i": [{"x": 1}], "host": "a"},
            {"each": "i", "fields": ("x",), "timestamp": "$.t"},
            'mapping.timestamp is $.t: there is no "t" in the record, which has: i, host',
        ),
        (dict.fromkeys("abcdefghij", 1), {"fields": ("x",)}, "a, b, c, d, e, f, g, h and 2 more"),
    ],
)
def test_path_that_leads_to_nothing_says_which_and_what_keys_there_are(
    record: object, mapping: dict[str, Any], detail: str
) -> None:
    (bad,) = decode(record, **mapping).bad
    assert bad.reason == "missing"
    assert detail in bad.detail


def test_part_that_does_not_fit_takes_its_record_with_it() -> None:
    found = decode([{"x": 1}, {"x": "?"}], [{"x": 2}], fields=("x",))
    assert found.value == [2.0]
    assert [bad.position for bad in found.bad] == [0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ts", "x", "y", "host", "tags", "a.b"]), inner)
    ),
    max_leaves=10,
)


@given(st.lists(JSON, max_size=6))
def test_any_json_ends_as_samples_or_as_one_dead_letter_each(records: list[Any]) -> None:
    values = [json.dumps(record).encode() for record in records]
    found = decode(
        *values, timestamp="ts", fields=("x", "**"), labels={"h": "host"}, labels_from=("tags",)
    )
    assert len(found.keys) == len(found.at) == len(found.value) == len(found.position)
    assert found.position == sorted(found.position)
    assert len({bad.position for bad in found.bad}) == len(found.bad)
    assert {bad.position for bad in found.bad} | set(found.position) <= set(range(len(values)))
