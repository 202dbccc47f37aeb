"""Telegraf's JSON: what a metric becomes, and what is wrong with one."""

import json
from typing import Any

import pytest

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.telegraf import TelegrafJson

NOW = 1_800_000_000.0
STAMP = 1_799_999_995_000
AT = 1_799_999_990


def decode(*records: Any, **settings: Any) -> Decoded:
    codec = TelegrafJson(**{"extra": {}, "latest_ahead_s": 600, **settings})
    written = [r if r is None or isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    first = codec.decode(written, [STAMP] * len(written), now=NOW)
    assert codec.decode(written, [STAMP] * len(written), now=NOW) == first  # all is known now
    return first


def metric(name: str = "cpu", **more: Any) -> dict[str, Any]:
    return {"name": name, "tags": {"host": "a"}, "fields": {"idle": 97.5}, "timestamp": AT, **more}


def test_fields_are_series_of_their_measurement() -> None:
    fields = {"idle": 97, "ok": True, "off": False, "model": "x86", "none": None, "value": 5}
    found = decode(metric(fields=fields))
    assert dict(zip(found.keys, found.value, strict=True)) == {
        'cpu_idle{host="a"}': 97.0,
        'cpu_ok{host="a"}': 1.0,
        'cpu_off{host="a"}': 0.0,
        'cpu{host="a"}': 5.0,
    }
    assert found.at == [float(AT)] * 4


def test_field_that_becomes_a_text_is_left_out_then() -> None:
    found = decode(metric(), metric(fields={"idle": "unknown"}), metric(fields={"idle": None}))
    assert (found.value, found.position, found.bad) == ([97.5], [0], [])


def test_batch_is_its_metrics() -> None:
    found = decode({"metrics": [metric(), metric("mem")]}, metric(), {"metrics": []})
    assert found.keys == ['cpu_idle{host="a"}', 'mem_idle{host="a"}', 'cpu_idle{host="a"}']
    assert (found.position, found.bad) == ([0, 0, 1], [])


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_timestamp_is_read_in_every_unit(unit: int) -> None:
    assert decode(metric(timestamp=AT * unit)).at == [AT]


def test_metric_without_a_timestamp_takes_that_of_its_record() -> None:
    assert decode(metric(timestamp=None)).at == [STAMP / 1000]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(None, "empty", id="tombstone"),
        pytest.param(b" ", "empty", id="blank"),
        pytest.param(b"{" + b" " * (2 << 20), "too_large", id="too large"),
        pytest.param(b"{", "not_json", id="broken"),
        pytest.param(b"cpu idle=5", "not_json", id="line protocol"),
        pytest.param([metric()], "shape", id="a list"),
        pytest.param({}, "missing", id="nothing"),
        pytest.param({"name": "cpu"}, "missing", id="no fields"),
        pytest.param(metric(name=""), "missing", id="no name"),
        pytest.param(metric(tags={"a": 5}), "shape", id="a number for a tag"),
        pytest.param(metric(tags={"a}": "x"}), "name", id="a brace"),
        pytest.param(metric(fields={"a": [1]}), "shape", id="a list for a field"),
        pytest.param(metric(fields={"{": 1}), "name", id="a brace in a field"),
        pytest.param(metric(timestamp="soon"), "timestamp", id="no instant"),
        pytest.param(metric(timestamp=5), "timestamp", id="in 1970"),
        pytest.param({"metrics": [metric(), {}]}, "missing", id="half a batch"),
    ],
)
def test_bad_record_has_a_reason_and_does_not_hold_up_its_neighbours(
    record: Any, reason: str
) -> None:
    found = decode(metric(), record, metric())
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert [v for v, p in zip(found.value, found.position, strict=True) if p != 1] == [97.5, 97.5]


def test_good_fields_of_a_bad_metric_are_taken() -> None:
    found = decode(metric(fields={"a": 1, "{": 2, "b": 3}))
    assert found.value == [1.0, 3.0]
    assert [bad.reason for bad in found.bad] == ["name"]


def test_limits_are_those_of_the_input() -> None:
    found = decode(metric(), extra={"x": "y"}, limits=Limits(labels=1))
    assert [bad.reason for bad in found.bad] == ["labels"]
