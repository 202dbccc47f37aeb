"""Samples of prometheus-kafka-adapter, as JSON and as Avro."""

import io
import json
from typing import Any

import fastavro
import pytest

from config.settings import Limits
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.prometheus import prometheus_avro, prometheus_json

NOW = 1_800_000_000.0
STAMP = 1_799_999_995_000
AT = "2027-01-15T07:59:50Z"
SCHEMA = {
    "type": "record",
    "name": "io.prometheus.Metric",
    "fields": [
        *({"name": name, "type": "string"} for name in ("timestamp", "value", "name")),
        {"name": "labels", "type": {"type": "map", "values": "string"}},
    ],
}
CONFLUENT = b"\x00\x00\x00\x00\x07"


def sample(name: str = "up", value: str = "1", **more: Any) -> dict[str, Any]:
    labels = {"__name__": name, "job": "node"}
    return {"timestamp": AT, "value": value, "name": name, "labels": labels, **more}


def avro(record: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, SCHEMA, record)
    return stream.getvalue()


def of_json(*records: Any, **settings: Any) -> Decoded:
    codec = prometheus_json(**{"extra": {}, "latest_ahead_s": 600, **settings})
    written = [r if r is None or isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    first = codec.decode(written, [STAMP] * len(written), now=NOW)
    assert codec.decode(written, [STAMP] * len(written), now=NOW) == first  # all is known now
    return first


def of_avro(*records: Any, header: bytes = b"") -> Decoded:
    codec = prometheus_avro(extra={}, latest_ahead_s=600)
    written = [header + avro(r) if isinstance(r, dict) else r for r in records]
    return codec.decode(written, [STAMP] * len(written), now=NOW)


def of_both(*records: dict[str, Any]) -> Decoded:
    found = of_json(*records)
    assert of_avro(*records) == of_avro(*records, header=CONFLUENT) == found
    return found


def test_sample_is_a_gauge_of_its_name_and_labels() -> None:
    found = of_both(sample(value="9876543210"))
    assert found.keys == ['up{job="node"}']
    assert (found.value, found.at) == ([9876543210.0], [1_799_999_990.0])
    assert (found.kinds, found.start) == ({}, [])


@pytest.mark.parametrize("ending", ["_total", "_count", "_sum", "_bucket"])
def test_name_says_what_counts(ending: str) -> None:
    found = of_both(sample(f"http{ending}"), sample("total"), sample(f"http{ending}"))
    key = f'http{ending}{{job="node"}}'
    assert found.kinds == {key: Kind.CUMULATIVE}
    assert found.start == [0.0] * 3


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_value_that_is_none_is_no_fault(value: str) -> None:
    found = of_both(sample(value="1"), sample(value=value), sample(value="2"))
    assert (found.value, found.position, found.bad) == ([1.0, 2.0], [0, 2], [])


def test_labels_in_another_order_are_the_same_series() -> None:
    turned = sample(labels={"job": "node", "__name__": "up"})
    assert len(set(of_both(sample(), turned).keys)) == 1


def test_name_may_stand_among_the_labels_only() -> None:
    assert of_both(sample(name="", labels={"__name__": "up"})).keys == ["up"]


def test_value_may_be_a_number_in_json() -> None:
    assert of_json({**sample(), "value": 2.5}).value == [2.5]


BAD = [
    pytest.param(sample(value="high"), "shape", id="a word for a value"),
    pytest.param(sample(value=""), "shape", id="no value"),
    pytest.param(sample(name="", labels={}), "missing", id="no name"),
    pytest.param(sample(name="a{"), "name", id="a brace"),
    pytest.param(sample(labels={"a=": "b"}), "name", id="a label"),
    pytest.param(sample(labels={"a": "b" * 2000}), "label_length", id="a long label"),
    pytest.param(sample(labels={f"l{i}": "" for i in range(41)}), "labels", id="many labels"),
    pytest.param(sample(timestamp="soon"), "timestamp", id="no instant"),
    pytest.param(sample(timestamp="1970-01-01T00:00:00Z"), "timestamp", id="in 1970"),
]


@pytest.mark.parametrize(("record", "reason"), BAD)
def test_bad_sample_has_a_reason_and_does_not_hold_up_its_neighbours(
    record: dict[str, Any], reason: str
) -> None:
    found = of_both(sample(value="1"), record, sample(value="2"))
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert (found.value, found.position) == ([1.0, 2.0], [0, 2])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "empty"),
        (b"{", "not_json"),
        (b"[]", "shape"),
        (b"{}", "shape"),
        ({**sample(), "value": None}, "shape"),
        ({**sample(), "labels": {"a": 1}}, "shape"),
        ({**sample(), "labels": None}, "shape"),
        (b"x" * (2 << 20), "too_large"),
    ],
)
def test_json_that_is_no_sample_has_a_reason(record: Any, reason: str) -> None:
    found = of_json(sample(), record, sample())
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.value == [1.0, 1.0]


WHOLE = avro(sample())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\x00", "not_avro"),
        (CONFLUENT, "not_avro"),
        (WHOLE + b"\x00", "not_avro"),
        (b"\xff" * 20, "not_avro"),
        (b"x" * (2 << 20), "too_large"),
        *((WHOLE[:length], "not_avro") for length in range(1, len(WHOLE), 7)),
    ],
)
def test_avro_that_is_no_sample_has_a_reason(value: bytes | None, reason: str) -> None:
    found = of_avro(sample(), value, sample())
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.value == [1.0, 1.0]


def test_limits_are_those_of_the_input() -> None:
    found = of_json(sample(), extra={"x": "y"}, limits=Limits(labels=1))
    assert [bad.reason for bad in found.bad] == ["labels"]
