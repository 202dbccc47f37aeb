"""A mapping guessed for JSON of unknown shape must read what it was guessed from."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.models.inputs import InputModel
from config.settings import Input, RecordMapping
from streams.codecs.decoded import Kind
from streams.codecs.registry import codec_for
from streams.sniffing.guessing import guess_mapping
from streams.sniffing.suggestion import as_yaml, suggested
from streams.sniffing.survey import survey
from tests.streams.codecs.producers import RFC3339, SECOND, written
from tests.streams.sniffing.slices import a_slice

NOW = SECOND + 10.0

FLAT: list[dict[str, Any]] = [
    {
        "ts": (SECOND - 100 + i) * 1000,
        "host": f"web{i % 4}",
        "message": f"request {i} of many",
        "request_id": f"r{i * 7919}",
        "user_id": i * 7,
        "status": 200,
        "latency_ms": (i * 37) % 101 / 10,
        "requests_total": i * 3,
    }
    for i in range(100)
]
NESTED: list[dict[str, Any]] = [
    {
        "device": {"id": 12, "zone": "ab"[i % 2]},
        "readings": {f"s{k}": (i * k) % 7 / 2 for k in range(9)},
        "when": RFC3339,
    }
    for i in range(50)
]
PAIRS: list[dict[str, Any]] = [
    {"timestamp": SECOND - i, "metric": "cpu.load", "value": i / 3, "tags": {"host": f"h{i % 3}"}}
    for i in range(30)
]
LISTS: list[dict[str, Any]] = [
    {
        "host": "a",
        "at": SECOND - i,
        "metrics": [
            {"name": "cpu", "value": 1.5, "core": "0"},
            {"name": "cpu", "value": "2.5", "core": "1"},
        ],
    }
    for i in range(30)
]


@pytest.mark.parametrize(
    ("records", "mapping"),
    [
        pytest.param(
            FLAT,
            RecordMapping(
                timestamp="ts",
                fields=("latency_ms", "requests_total"),
                counters=("requests_total",),
                labels={"host": "host", "status": "status"},
            ),
            id="flat",
        ),
        pytest.param(
            NESTED,
            RecordMapping(
                timestamp="when", fields=("readings.**",), labels={"zone": "device.zone"}
            ),
            id="many fields below one key",
        ),
        pytest.param(
            PAIRS,
            RecordMapping(
                timestamp="timestamp", name="metric", value="value", labels_from=("tags",)
            ),
            id="pairs of name and value",
        ),
        pytest.param(
            LISTS,
            RecordMapping(
                each="metrics",
                timestamp="$.at",
                name="name",
                value="value",
                labels={"core": "core", "host": "$.host"},
            ),
            id="lists",
        ),
        pytest.param(
            [
                {
                    "cpu": {"a": i / 2, "b": 1, "c": 2},
                    "id": 7,
                    "ram": {"a": 1, "b": 2, "x": {"id": 7}},
                }
                | {f"f{k}": 1.5 for k in range(2)}
                for i in range(9)
            ],
            RecordMapping(fields=("**",), drop=("id", "ram.x.id")),
            id="many fields of the same names below several keys",
        ),
        pytest.param(
            [{"temp": 21.5 + i} for i in range(5)],
            RecordMapping(fields=("temp",)),
            id="no time and no labels",
        ),
    ],
)
def test_guess_reads_the_records_it_was_made_from(
    records: list[dict[str, Any]], mapping: RecordMapping
) -> None:
    guess = guess_mapping(records, now=NOW)
    assert guess == mapping
    source = Input(name="in", topic="in", format="mapping", mapping=guess)
    values = [written(record) for record in records]
    found = codec_for(source).decode(values, [SECOND * 1000] * len(values), now=NOW)
    assert not found.bad
    assert set(found.position) == set(range(len(records)))


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([], id="none"),
        pytest.param([{"message": "hello"}], id="no numbers"),
        pytest.param([{"ts": SECOND, "id": 5, "pid": 6}], id="numbers that only name"),
        pytest.param([5, "text", None, [1, 2]], id="no maps"),
        pytest.param([{"": {"": 1}, "a*": 1, "a..b": 2}], id="keys that no path can name"),
        pytest.param([{"n": 10**400}], id="no double"),
    ],
)
def test_no_guess_without_a_measurement(records: list[Any]) -> None:
    assert guess_mapping(records, now=NOW) is None


def test_numbers_that_fall_are_no_counter() -> None:
    records = [{"queue": value} for value in (1, 2, 3, 4, 5, 6, 7, 8, 3)]
    mapping = guess_mapping(records, now=NOW)
    assert mapping is not None
    assert mapping.counters == ()


def test_counters_are_followed_host_by_host() -> None:
    records = [{"host": f"h{i % 2}", "sent": i if i % 2 else 1000 + i} for i in range(30)]
    mapping = guess_mapping(records, now=NOW)
    assert mapping is not None
    assert mapping.counters == ("sent",)


@pytest.mark.parametrize("keys", ["abc", "abcdefgh"], ids=["few", "many"])
def test_counters_that_end_alike_are_counters(keys: str) -> None:
    records = [{key: {"sent": i * 3} for key in keys} for i in range(9)]
    guess = guess_mapping(records, now=NOW)
    source = Input(name="in", topic="in", format="mapping", mapping=guess)
    values = [written(record) for record in records]
    found = codec_for(source).decode(values, [SECOND * 1000] * len(values), now=NOW)
    assert set(found.keys) == {f"{key}.sent" for key in keys}
    assert found.kinds == dict.fromkeys(found.keys, Kind.CUMULATIVE)


def test_maps_of_tags_are_labels_whole_but_for_one_that_never_repeats() -> None:
    records = [
        {"load": i / 2, "tags": {"host": "a"}, "attributes": {"trace": f"t{i}"}} for i in range(99)
    ]
    mapping = guess_mapping(records, now=NOW)
    assert mapping is not None
    assert (mapping.labels_from, mapping.labels) == (("tags",), {})


def test_timestamp_is_known_by_its_values_where_its_name_says_nothing() -> None:
    records = [{"x": SECOND - i, "y": i, "size": 1_200_000_000 + i} for i in range(9)]
    mapping = guess_mapping(records, now=NOW)
    assert mapping is not None
    assert mapping.timestamp == "x"
    assert set(mapping.fields) == {"y", "size"}


def test_name_of_a_service_or_a_host_is_a_label_though_it_has_one_value() -> None:
    mapping = guess_mapping([{"load": i / 2, "service.name": "cart"} for i in range(9)], now=NOW)
    assert mapping is not None
    assert list(mapping.labels.values()) == ["service.name"]


def test_labels_that_end_alike_are_named_by_their_paths() -> None:
    records = [
        {"load": i / 2, "pod": {"name": f"p{i % 3}"}, "node": {"name": f"n{i % 2}"}}
        for i in range(20)
    ]
    mapping = guess_mapping(records, now=NOW)
    assert mapping is not None
    assert mapping.labels == {"pod.name": "pod.name", "node.name": "node.name"}


KEYS = st.text(max_size=3) | st.sampled_from(["name", "value", "ts", "host", "$", "a.b", "x{", "*"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=5))
@example([{"\x85": 0}])
@example([{"\u2028": 0, "größe": 1}])
def test_suggestion_for_any_json_is_a_configuration(records: list[Any]) -> None:
    found = survey([a_slice(*records)], Input(name="in", topic="in"), now=NOW)
    item = suggested(found)
    if item is not None:
        (read,) = YAML(typ="safe", pure=True).load(as_yaml(item))["inputs"]
        assert read == item
        InputModel.model_validate(read)
