"""Runs of records for the measurement of the codecs, as producers send them one after the other."""

import io
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import fastavro
import msgspec
import orjson
from google.protobuf.json_format import MessageToDict
from line_protocol_parser import parse_line
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

BEGAN_S = 1_700_000_000
_NS = 10**9
_RUNS = 4
_BOUNDS = [0.005 * 2**i for i in range(11)]
_AVRO = fastavro.parse_schema(
    {
        "type": "record",
        "name": "io.prometheus.Metric",
        "fields": [
            *({"name": name, "type": "string"} for name in ("timestamp", "value", "name")),
            {"name": "labels", "type": {"type": "map", "values": "string"}},
        ],
    }
)

Records = list[bytes]


class Work(NamedTuple):
    """Records of a format run by run, and a parser of one that does nothing else."""

    title: str
    format: str
    runs: Sequence[Records]
    raw_name: str
    raw: Callable[[bytes], object]


def works() -> list[Work]:
    """All that is measured: each with runs that have the same series and other numbers."""
    protobuf: Any = ExportMetricsServiceRequest.FromString
    return [
        Work("JSON, a sample each", "json", _runs(_small, 10_000), "orjson", orjson.loads),
        Work("JSON, 500 samples each", "json", _runs(_lists, 20), "orjson", orjson.loads),
        Work("OTLP, 10 metrics of 50 points", "otlp", _otlp(10, 50), "upb", protobuf),
        Work("OTLP, 500 metrics of 1 point", "otlp", _otlp(500, 1), "upb", protobuf),
        Work("OTLP, the 50 in any order", "otlp", _otlp(10, 50, mixed=True), "upb", protobuf),
        Work("OTLP, the 500 in any order", "otlp", _otlp(500, 1, mixed=True), "upb", protobuf),
        Work("OTLP, 50 histograms of 12 buckets", "otlp", _histograms(), "upb", protobuf),
        Work("OTLP JSON, 500 points", "otlp_json", _as_json(_otlp(10, 50)), "orjson", orjson.loads),
        Work("Influx, 1,000 lines of 1 field", "influx", _influx(1), "parse_line", _each_line),
        Work("Influx, 1,000 lines of 7 fields", "influx", _influx(7), "parse_line", _each_line),
        Work(
            "Telegraf JSON, 3 fields",
            "telegraf_json",
            _runs(_telegraf, 5_000),
            "orjson",
            orjson.loads,
        ),
        Work(
            "Prometheus JSON", "prometheus_json", _runs(_prometheus, 10_000), "orjson", orjson.loads
        ),
        Work("Prometheus Avro", "prometheus_avro", _avro(), "fastavro", _of_avro),
    ]


def _runs(make: Callable[[int, int], object], records: int) -> list[Records]:
    return [[msgspec.json.encode(make(run, i)) for i in range(records)] for run in range(_RUNS)]


def _value(run: int, number: int) -> float:
    return 100 + ((run * 7919 + number) * 2654435761 % 1000) / 100


def _small(run: int, number: int) -> dict[str, Any]:
    """As `bench.streams` sends them: 58 to 80 bytes, 10,000 series."""
    labels = {"host": f"h{number}"}
    value = _value(run, number)
    return {"name": "cpu", "labels": labels, "value": value, "timestamp": BEGAN_S + 10 * run}


def _lists(run: int, number: int) -> list[dict[str, Any]]:
    return [_small(run, 500 * number + i) for i in range(500)]


def _telegraf(run: int, number: int) -> dict[str, Any]:
    fields = {"usage_idle": _value(run, number), "usage_user": 1.5, "procs": number}
    tags = {"host": f"h{number}", "region": "eu"}
    return {"name": "cpu", "tags": tags, "fields": fields, "timestamp": BEGAN_S + 10 * run}


def _prometheus(run: int, number: int) -> dict[str, Any]:
    name = "http_requests_total"
    labels = {"__name__": name, "instance": f"h{number}", "job": "node"}
    at = f"2023-11-14T22:13:{20 + run}Z"
    return {"timestamp": at, "value": str(_value(run, number)), "name": name, "labels": labels}


def _avro() -> list[Records]:
    def written(metric: dict[str, Any]) -> bytes:
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, _AVRO, metric)
        return stream.getvalue()

    return [[written(_prometheus(run, i)) for i in range(10_000)] for run in range(_RUNS)]


def _of_avro(value: bytes) -> object:
    return fastavro.schemaless_reader(io.BytesIO(value), _AVRO, None)


def _influx(fields: int) -> list[Records]:
    def line(run: int, number: int) -> str:
        pairs = ",".join(f"usage_{i}={_value(run, number + i):.2f}" for i in range(fields))
        return f"cpu,host=h{number},region=eu {pairs} {(BEGAN_S + 10 * run) * _NS}"

    return [
        ["\n".join(line(run, 1000 * r + i) for i in range(1000)).encode() for r in range(10)]
        for run in range(_RUNS)
    ]


def _each_line(value: bytes) -> object:
    return [parse_line(line) for line in value.decode().split("\n")]


def _otlp(metrics: int, points: int, *, mixed: bool = False) -> list[Records]:
    """Twenty resources of 500 points, each sending the same series in every run."""
    return [
        [_numbers(run, resource, metrics, points, mixed=mixed) for resource in range(20)]
        for run in range(_RUNS)
    ]


def _numbers(run: int, resource: int, metrics: int, points: int, *, mixed: bool) -> bytes:
    asked, chance = ExportMetricsServiceRequest(), random.Random(run * 1000 + resource)
    scope = _scope(asked, resource)
    for number in chance.sample(range(metrics), metrics) if mixed else range(metrics):
        metric = scope.metrics.add(name=f"http.server.metric.{number}", unit="ms")
        data: Any = metric.sum if number % 2 else metric.gauge
        for i in chance.sample(range(points), points) if mixed else range(points):
            point = data.data_points.add(time_unix_nano=(BEGAN_S + 10 * run) * _NS)
            point.start_time_unix_nano = BEGAN_S * _NS
            _label(point, "http.method", "GET")
            _label(point, "http.route", f"/api/{i}")
            if i % 3:
                point.as_double = _value(run, i)
            else:
                point.as_int = run * i
        if number % 2:
            metric.sum.aggregation_temporality, metric.sum.is_monotonic = 2, True
    return bytes(asked.SerializeToString())


def _histograms() -> list[Records]:
    def request(run: int, resource: int) -> bytes:
        """An export of fifty histograms of one resource."""
        asked = ExportMetricsServiceRequest()
        data = _scope(asked, resource).metrics.add(name="http.server.duration").histogram
        data.aggregation_temporality = 2
        for i in range(50):
            counts = [(run + 1) * (i + b) for b in range(len(_BOUNDS) + 1)]
            point = data.data_points.add(
                time_unix_nano=(BEGAN_S + 10 * run) * _NS, start_time_unix_nano=BEGAN_S * _NS,
                count=sum(counts), sum=1.5, bucket_counts=counts, explicit_bounds=_BOUNDS,
            )  # fmt: skip
            _label(point, "http.route", f"/api/{i}")
        return bytes(asked.SerializeToString())

    return [[request(run, resource) for resource in range(20)] for run in range(_RUNS)]


def _scope(asked: ExportMetricsServiceRequest, resource: int) -> Any:
    part = asked.resource_metrics.add()
    for key, value in (
        ("service.name", "cart"),
        ("host.name", f"node-{resource}"),
        ("env", "prod"),
    ):
        _label(part.resource, key, value)
    return part.scope_metrics.add()


def _label(thing: Any, key: str, value: str) -> None:
    thing.attributes.add(key=key).value.string_value = value


def _as_json(runs: list[Records]) -> list[Records]:
    def written(value: bytes) -> bytes:
        return msgspec.json.encode(MessageToDict(ExportMetricsServiceRequest.FromString(value)))

    return [[written(value) for value in records] for records in runs]
