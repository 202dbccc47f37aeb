"""Presets on records as real producers write them."""

from typing import Any

import pytest

from config.settings import Input, RecordMapping
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.registry import codec_for
from tests.streams.codecs import producers
from tests.streams.codecs.producers import SECOND, written

NOW = SECOND + 10.0
STAMP = (SECOND + 5) * 1000  # of every Kafka record, in ms


def decode(format: str, *records: object, **mapping: Any) -> Decoded:
    refined = RecordMapping(**mapping) if mapping else None
    codec = codec_for(Input(name="in", topic="in", format=format, mapping=refined))
    values = [r if r is None or isinstance(r, bytes) else written(r) for r in records]
    return codec.decode(values, [STAMP] * len(values), now=NOW)


def samples(found: Decoded) -> dict[str, float]:
    assert not found.bad
    assert len(found.keys) == len(found.at) == len(found.value) == len(found.position)
    return dict(zip(found.keys, found.value, strict=True))


def changed(record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**record, **fields}


def test_fluent_bit_numbers_at_any_depth_are_series() -> None:
    found = decode("fluent_bit", producers.FLUENT_BIT_CPU)
    assert samples(found) == {
        "cpu_p": 1.75,
        "user_p": 1.25,
        "system_p": 0.5,
        "cpu0.p_cpu": 3.0,
        "cpu0.p_user": 2.0,
        "cpu0.p_system": 1.0,
    }
    assert set(found.at) == {SECOND + 0.5}


def test_fluent_bit_log_line_gives_its_measurements_with_labels_of_kubernetes() -> None:
    found = decode("fluent_bit", producers.FLUENT_BIT_LOG)
    labels = 'container="cart",host="node1",namespace="shop",pod="cart-7d9f",service="cart"'
    assert samples(found) == {f"duration_ms{{{labels}}}": 12.0}
    assert found.at == [SECOND]


def test_log_line_without_numbers_is_no_fault() -> None:
    assert samples(decode("fluent_bit", {"@timestamp": SECOND, "log": "hello"})) == {}
    assert samples(decode("vector", {"timestamp": producers.RFC3339, "message": "hello"})) == {}
    assert samples(decode("beats", {"@timestamp": producers.RFC3339, "message": "hello"})) == {}


def test_preset_takes_what_a_mapping_refines() -> None:
    found = decode(
        "fluent_bit",
        {"ts": SECOND, "zone": "a", "hits": 4, "bytes": 9, "took": 1.5},
        timestamp="ts",
        drop=("took",),
        counters=("hits",),
        labels={"zone": "zone"},
        prefix="app_",
    )
    assert samples(found) == {'app_hits{zone="a"}': 4.0, 'app_bytes{zone="a"}': 9.0}
    assert found.kinds == {'app_hits{zone="a"}': Kind.CUMULATIVE}
    assert found.at == [SECOND, SECOND]


def test_beats_numbers_of_the_module_are_named_as_in_elasticsearch() -> None:
    found = decode("beats", producers.BEATS_CPU)
    assert samples(found) == {
        'system.cpu.cores{host="web1"}': 24.0,
        'system.cpu.idle.norm.pct{host="web1"}': 0.9543,
        'system.cpu.idle.pct{host="web1"}': 22.9021,
        'system.cpu.idle.ticks{host="web1"}': 2001810369.0,
        'system.cpu.user.norm.pct{host="web1"}': 0.0295,
        'system.cpu.user.pct{host="web1"}': 0.7068,
        'system.cpu.user.ticks{host="web1"}': 41097150.0,
    }
    assert set(found.kinds) == {key for key in found.keys if ".ticks" in key}


def test_beats_documents_of_one_metric_set_are_told_apart_by_its_dimensions() -> None:
    found = decode("beats", producers.BEATS_FILESYSTEM)
    labels = 'device_name="overlay",host="web1",mount_point="/"'
    assert f"system.filesystem.free{{{labels}}}" in samples(found)


def test_beats_labels_of_prometheus_are_labels() -> None:
    found = decode("beats", producers.BEATS_PROMETHEUS)
    labels = 'address="127.0.0.1:9090",handler="/metrics",host="web1",job="node"'
    counter = f"prometheus.metrics.http_requests_total{{{labels}}}"
    assert samples(found) == {
        counter: 42.0,
        f"prometheus.metrics.process_open_fds{{{labels}}}": 12.0,
    }
    assert found.kinds == {counter: Kind.CUMULATIVE}


def test_beats_with_flat_keys_read_the_same() -> None:
    flat = {
        "@timestamp": producers.RFC3339,
        "event.module": "system",
        "event.dataset": "system.cpu",
        "metricset.name": "cpu",
        "host.name": "web1",
        "system.cpu.idle.pct": 22.5,
    }
    nested = changed(producers.BEATS_CPU, system={"cpu": {"idle": {"pct": 22.5}}})
    assert samples(decode("beats", flat)) == samples(decode("beats", nested))


def test_vector_counter_has_kind_and_start() -> None:
    found = decode("vector", producers.VECTOR_COUNTER)
    key = 'app_requests{host="web1",method="GET"}'
    assert samples(found) == {key: 5.0}
    assert found.kinds == {key: Kind.DELTA}
    assert found.start == pytest.approx([SECOND + 0.123456 - 10.0], abs=1e-5)
    absolute = decode("vector", changed(producers.VECTOR_COUNTER, kind="absolute"))
    assert absolute.kinds == {key: Kind.CUMULATIVE}


def test_vector_gauge_set_and_summary_are_samples() -> None:
    labels = '{collector="memory",host="web1"}'
    gauge = producers.VECTOR_GAUGE
    assert samples(decode("vector", gauge)) == {f"host_memory_available_bytes{labels}": 22126592.0}
    unique = {"name": "users", "kind": "incremental", "set": {"values": ["a", "b"]}}
    assert samples(decode("vector", unique)) == {"users": 2.0}
    summary = {
        "name": "lat",
        "kind": "absolute",
        "aggregated_summary": {
            "quantiles": [
                {"quantile": 0.5, "value": 0.2},
                {"quantile": 0.99, "value": 3},
                {"quantile": 1, "value": 9},
            ],
            "count": 10,
            "sum": 4.0,
        },
    }
    found = decode("vector", summary)
    assert samples(found) == {"lat_p50": 0.2, "lat_p99": 3.0, "lat_max": 9.0, "lat_count": 10.0}
    assert found.kinds == {"lat_count": Kind.CUMULATIVE}
    assert found.at == [STAMP / 1000] * 4


def test_vector_histogram_and_distribution_are_histograms() -> None:
    distribution = {
        "name": "took",
        "timestamp": producers.RFC3339,
        "kind": "incremental",
        "interval_ms": 1000,
        "distribution": {
            "samples": [{"value": 2.0, "rate": 3}, {"value": 1.0, "rate": 1}],
            "statistic": "histogram",
        },
    }
    found = decode("vector", producers.VECTOR_HISTOGRAM, distribution)
    assert not found.keys
    assert not found.bad
    first, second = found.histograms
    assert (first.key, first.at, first.position) == ("latency_seconds", SECOND, 0)
    assert (first.bounds, first.counts, first.count) == ([0.1, 1.0], [7.0, 2.0, 1.0], 10.0)
    assert not first.is_delta
    assert (second.bounds, second.counts, second.count) == ([1.0, 2.0], [1.0, 3.0, 0.0], 4.0)
    assert (second.is_delta, second.start, second.position) == (True, SECOND - 1, 1)


def test_vector_distribution_of_many_values_keeps_its_count_in_few_buckets() -> None:
    observed = [{"value": i / 7, "rate": 1 + i % 3} for i in range(1001)]
    metric = {"name": "a", "kind": "incremental", "distribution": {"samples": observed}}
    (histogram,) = decode("vector", metric).histograms
    assert len(histogram.bounds) <= 160
    assert len(histogram.counts) == len(histogram.bounds) + 1
    assert histogram.count == sum(sample["rate"] for sample in observed)
    assert histogram.bounds[-1] == 1000 / 7


def test_vector_log_and_wrapped_events_are_read() -> None:
    log = producers.VECTOR_LOG
    assert samples(decode("vector", log)) == {'took_ms{host="web1",service="cart"}': 12.5}
    assert samples(decode("vector", {"log": log})) == samples(decode("vector", log))
    gauge = producers.VECTOR_GAUGE
    assert samples(decode("vector", {"metric": gauge})) == samples(decode("vector", gauge))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"counter": {"value": "x"}}, "shape", id="text for a value"),
        pytest.param({"counter": {}}, "shape", id="no value"),
        pytest.param({"name": 5}, "shape", id="number for a name"),
        pytest.param({"tags": []}, "shape", id="list of tags"),
        pytest.param({"name": "a{b"}, "name", id="brace in the name"),
        pytest.param({"timestamp": "soon"}, "timestamp", id="no instant"),
        pytest.param({"timestamp": {}}, "timestamp", id="map for an instant"),
        pytest.param({"interval_ms": 10**400}, "not_finite", id="interval beyond doubles"),
        pytest.param({"interval_ms": "10s"}, "shape", id="text for an interval"),
        pytest.param({"counter": {"value": 10**400}}, "not_finite", id="beyond doubles"),
    ],
)
def test_vector_metric_with_a_mistake_is_one_dead_letter(
    fields: dict[str, Any], reason: str
) -> None:
    good = producers.VECTOR_COUNTER
    found = decode("vector", good, changed(good, **fields), good)
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.position == [0, 2]
    assert len(found.start) == 2


def test_debezium_numbers_of_the_row_are_series_and_dates_and_keys_are_not() -> None:
    found = decode("debezium", producers.DEBEZIUM_UPDATE)
    labels = '{db="inventory",table="products"}'
    assert samples(found) == {f"quantity{labels}": 7.0, f"price{labels}": 568.01}
    assert found.at == [SECOND, SECOND]


@pytest.mark.parametrize("column", [{"field": [], "name": "a"}, {"field": {}, "name": "a"}, 5, []])
def test_debezium_schema_with_odd_columns_is_left_aside(column: object) -> None:
    row = {"id": 101, "quantity": 7}
    payload = changed(producers.DEBEZIUM_UPDATE["payload"], after=row)
    after = {"field": "after", "fields": [column, {"field": "quantity", "name": 7}]}
    found = decode("debezium", {"schema": {"fields": [after]}, "payload": payload})
    assert samples(found) == {'quantity{db="inventory",table="products"}': 7.0}


def test_debezium_key_column_is_a_label_where_the_mapping_says() -> None:
    found = decode("debezium", producers.DEBEZIUM_UPDATE, labels={"product": "id"})
    assert 'quantity{db="inventory",product="101",table="products"}' in samples(found)


def test_debezium_without_schema_and_unwrapped_reads_the_same_row() -> None:
    bare = producers.DEBEZIUM_UPDATE["payload"]
    assert 'quantity{db="inventory",table="products"}' in samples(decode("debezium", bare))
    found = decode("debezium", producers.DEBEZIUM_UNWRAPPED)
    assert samples(found) == {'quantity{table="products"}': 7.0, 'price{table="products"}': 568.01}
    assert found.at == [SECOND, SECOND]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"null", id="null"),
        pytest.param({"schema": None, "payload": None}, id="empty payload"),
        pytest.param({"op": "d", "before": {"id": 1}, "after": None, "ts_ms": 1}, id="delete"),
        pytest.param({"op": "t", "before": None, "after": None}, id="truncate"),
        pytest.param({"ts_ms": SECOND * 1000}, id="heartbeat"),
        pytest.param({"databaseName": "inventory", "ddl": "DROP TABLE a"}, id="schema change"),
        pytest.param(
            changed(producers.DEBEZIUM_UNWRAPPED, __deleted="true"), id="unwrapped delete"
        ),
    ],
)
def test_debezium_messages_without_a_row_are_no_faults(record: object) -> None:
    assert samples(decode("debezium", record)) == {}


def test_collectd_names_kinds_and_labels() -> None:
    found = decode("collectd", producers.COLLECTD)
    cpu = 'cpu{host="web1",instance="0",type="idle"}'
    assert samples(found) == {
        cpu: 1901474177.0,
        'load_shortterm{host="web1"}': 0.25,
        'load_midterm{host="web1"}': 0.5,
    }
    assert found.kinds == {cpu: Kind.CUMULATIVE}
    assert found.at == pytest.approx([SECOND + 0.123] * 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"values": [1, 2]},
        {"values": "1"},
        {"dstypes": ["unknown"]},
        {"dstypes": [["gauge"]]},
        {"host": 5},
        {"values": ["x"]},
    ],
    ids=str,
)
def test_collectd_value_with_a_mistake_is_one_dead_letter(fields: dict[str, Any]) -> None:
    good = producers.COLLECTD[0]
    found = decode("collectd", [good], [good, changed(good, **fields)], [good])
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, "shape")]
    assert found.position == [0, 2]
