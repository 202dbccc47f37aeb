"""Native JSON: what is taken, and what becomes a dead letter with which reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codecs.decoded import Decoded
from streams.codecs.faults import LARGEST
from streams.codecs.native import NativeJson

NOW = 1_800_000_000.0
STAMP = 1_799_999_990_000  # of every Kafka record, in ms


def decode(*values: bytes | None, extra: dict[str, str] | None = None) -> Decoded:
    codec = NativeJson(extra=extra or {}, latest_ahead_s=600)
    return codec.decode(values, [STAMP] * len(values), now=NOW)


def one(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_sample_is_named_by_its_name_and_sorted_labels() -> None:
    found = decode(
        one(name="lat", labels={"service": "a", "host": "h"}, value=2, timestamp=NOW - 5)
    )
    assert (found.keys, found.at, found.value) == (
        ['lat{host="h",service="a"}'],
        [NOW - 5],
        [2.0],
    )


def test_list_and_object_of_fields_are_several_samples() -> None:
    many = json.dumps(
        [{"name": "a", "value": 1}, {"fields": {"b": 2, "c": 3.5}, "labels": {"x": "y"}}]
    ).encode()
    found = decode(many)
    assert found.keys == ["a", 'b{x="y"}', 'c{x="y"}']
    assert found.at == [STAMP / 1000] * 3  # none said when: the record did


def test_labels_of_the_input_are_added_but_do_not_overwrite() -> None:
    found = decode(one(name="a", value=1, labels={"env": "own"}), extra={"env": "in", "dc": "1"})
    assert found.keys == ['a{dc="1",env="own"}']


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        pytest.param(1_700_000_000, 1_700_000_000.0, id="seconds"),
        pytest.param(1_700_000_000.25, 1_700_000_000.25, id="float seconds"),
        pytest.param(1_700_000_000_250, 1_700_000_000.25, id="milliseconds"),
        pytest.param(1_700_000_000_250_000, 1_700_000_000.25, id="microseconds"),
        pytest.param("1700000000250000000", 1_700_000_000.25, id="nanoseconds as text"),
        pytest.param("2023-11-14T22:13:20.25Z", 1_700_000_000.25, id="RFC 3339"),
        pytest.param("2023-11-14T23:13:20.25+01:00", 1_700_000_000.25, id="with a zone"),
        pytest.param("2023-11-14T22:13:20.25", 1_700_000_000.25, id="no zone is UTC"),
    ],
)
def test_timestamp_is_read_in_every_common_unit(stamp: object, seconds: float) -> None:
    found = decode(one(name="a", value=1, timestamp=stamp))
    assert found.at == pytest.approx([seconds], abs=1e-6)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b'{"name": "a", ', "not_json", id="broken JSON"),
        pytest.param(b"\xff\xfe\x00junk", "not_json", id="not UTF-8"),
        pytest.param(b'{"name": "a", "value": NaN}', "not_json", id="NaN is no JSON"),
        pytest.param(b'{"name": "a", "value": 1e999}', "shape", id="beyond a double"),
        pytest.param(b'{"name": "a"}', "missing", id="no value"),
        pytest.param(b'{"value": 1}', "missing", id="no name"),
        pytest.param(b"{}", "missing", id="nothing"),
        pytest.param(b'{"name": "a", "value": "high"}', "shape", id="text for a value"),
        pytest.param(b'{"name": "a", "value": 1, "labels": {"x": 5}}', "shape", id="number label"),
        pytest.param(b'"text"', "shape", id="a bare string"),
        pytest.param(b'{"name":"a","value":1},{"name":"b","value":2}', "not_json", id="two in one"),
        pytest.param(one(name="a", value=1, timestamp=-5), "timestamp", id="before 2000"),
        pytest.param(one(name="a", value=1, timestamp=4e9), "timestamp", id="in 2096"),
        pytest.param(one(name="a", value=1, timestamp=1e30), "timestamp", id="no unit fits"),
        pytest.param(one(name="a", value=1, timestamp="soon"), "timestamp", id="no instant"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(None, "empty", id="tombstone"),
        pytest.param(b"x" * (2 << 20), "too_large", id="2 MB of junk"),
        pytest.param(b"[" * 100_000, "shape", id="deep nesting"),
    ],
)
def test_bad_record_has_a_reason_and_does_not_hold_up_its_neighbours(
    value: bytes | None, reason: str
) -> None:
    good = one(name="a", value=1)
    found = decode(good, value, good)
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.bad[0].detail
    assert found.value == [1.0, 1.0]


def test_record_just_under_the_limit_is_read() -> None:
    padded = one(name="a", value=1).ljust(LARGEST)
    assert decode(padded).value == [1.0]


@given(st.lists(st.binary(max_size=60) | st.none(), max_size=8))
def test_any_bytes_end_as_samples_or_as_dead_letters(values: list[bytes | None]) -> None:
    found = decode(*values)
    assert len(found.keys) == len(found.at) == len(found.value)
    assert all(0 <= bad.position < len(values) and bad.reason for bad in found.bad)
    decoded = decode(*(v for i, v in enumerate(values) if i not in {b.position for b in found.bad}))
    assert decoded.bad == []


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="{"), min_size=1)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": NAMES, "value": st.floats(allow_nan=False, allow_infinity=False)}
        )
    )
)
def test_values_pass_unchanged_in_order(samples: list[dict[str, Any]]) -> None:
    found = decode(*(one(**sample) for sample in samples))
    assert found.value == [sample["value"] for sample in samples]


@pytest.mark.parametrize(
    ("name", "labels"),
    [("a{b", {}), ("a{}", {}), ("a", {"x}": "y"}), ("a", {"x=": "y"}), ("a", {"": "y"})],
)
def test_name_that_no_series_can_have_is_a_dead_letter(name: str, labels: dict[str, str]) -> None:
    found = decode(one(name="good", value=1), one(name=name, labels=labels, value=2))
    assert (found.keys, found.value) == (["good"], [1.0])
    assert [(fault.position, fault.reason) for fault in found.bad] == [(1, "name")]


def test_bad_sample_of_a_list_does_not_hold_up_the_others() -> None:
    samples = [
        {"name": "a", "value": 1},
        {"name": "b", "value": 2, "timestamp": 5},
        {"name": "c{", "value": 3},
        {"name": "d"},
        {"name": "e", "value": 5},
    ]
    found = decode(json.dumps(samples).encode(), one(name="f", value=6))
    assert (found.keys, found.position) == (["a", "e", "f"], [0, 0, 1])
    assert [(bad.position, bad.reason) for bad in found.bad] == [(0, "missing")]


def test_name_and_fields_may_stand_together() -> None:
    found = decode(one(name="a", value=1, fields={"b": 2, "c": 3}, labels={"x": "y"}))
    assert dict(zip(found.keys, found.value, strict=True)) == {
        'a{x="y"}': 1.0,
        'b{x="y"}': 2.0,
        'c{x="y"}': 3.0,
    }


def test_labels_written_in_another_way_are_the_same_series() -> None:
    forms = [b'{"x":"1","y":"2"}', b'{ "y": "2", "x": "1" }', b'{"x":"\\u0031","y":"2"}']
    found = decode(*(b'{"name":"a","value":1,"labels":' + form + b"}" for form in forms))
    assert found.keys == ['a{x="1",y="2"}'] * 3


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (b"null", "shape"),
        (b"[]", "shape"),
        (b'{"x": null}', "shape"),
        (b'{"x": "\xff"}', "not_json"),
        (b'{"x": "\\ud800"}', "not_json"),
        (b'{"x": "\x01"}', "not_json"),
        (b"[" * 100_000, "shape"),
    ],
)
def test_labels_that_are_none_have_a_reason(labels: bytes, reason: str) -> None:
    good = one(name="a", value=1)
    found = decode(good, b'{"name":"a","value":1,"labels":' + labels + b"}", good)
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.value == [1.0, 1.0]


def test_halves_of_records_are_not_put_together() -> None:
    found = decode(
        b'[{"name":"a","value":1}', b'{"name":"b","value":2}]',
        b'{"name":"c","value":3},{"name":"d","value":4}',
    )  # fmt: skip
    assert (found.keys, [bad.position for bad in found.bad]) == ([], [0, 1, 2])


SAMPLES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "b", "a{", ""]),
        "value": st.sampled_from([1, 2.5, None, "x"]),
        "labels": st.sampled_from([{}, {"x": "y"}, {"x": 1}, {"=": ""}]),
        "fields": st.sampled_from([None, {}, {"c": 1}, {"": 1}]),
        "timestamp": st.sampled_from([None, NOW, NOW * 1000, "2027-01-15T08:00:00Z", "x", 5, 4e9]),
    },
)


@given(st.lists(SAMPLES | st.lists(SAMPLES, max_size=3), max_size=6))
def test_run_is_decoded_as_each_record_alone(records: list[Any]) -> None:
    written = [json.dumps(record).encode() for record in records]
    whole = decode(*written)
    alone = [decode(value) for value in written]
    assert whole.keys == [key for found in alone for key in found.keys]
    assert whole.at == [at for found in alone for at in found.at]
    assert whole.value == [value for found in alone for value in found.value]
    assert whole.position == [i for i, found in enumerate(alone) for _ in found.keys]
    assert whole.bad == [bad._replace(position=i) for i, a in enumerate(alone) for bad in a.bad]
    for record, found in zip(records, alone, strict=True):
        assert found.keys or found.bad or record == []
