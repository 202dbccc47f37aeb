"""Records of the formats that are no text: OTLP as protobuf, and Avro."""

import io
from typing import Any

import fastavro
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from tests.streams.codecs.producers import OTLP_JSON, PROMETHEUS, SECOND, written

_AT = str(SECOND * 10**9)
_SINCE = str((SECOND - 60) * 10**9)
_POINT: dict[str, Any] = {
    "attributes": [
        {"key": "route", "value": {"stringValue": "/cart"}},
        {"key": "code", "value": {"intValue": "200"}},
        {"key": "ok", "value": {"boolValue": True}},
        {"key": "tags", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
    ],
    "startTimeUnixNano": _SINCE,
    "timeUnixNano": _AT,
}
OTLP_HISTOGRAMS: dict[str, Any] = {
    "resourceMetrics": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "cart"}},
                    {"key": "host.cpu.count", "value": {"doubleValue": 2.5}},
                ]
            },
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "latency",
                            "histogram": {
                                "aggregationTemporality": 2,
                                "dataPoints": [
                                    {
                                        **_POINT,
                                        "count": "10",
                                        "sum": 4.5,
                                        "explicitBounds": [0.1, 1.0],
                                        "bucketCounts": ["7", "2", "1"],
                                    }
                                ],
                            },
                        },
                        {
                            "name": "size",
                            "exponentialHistogram": {
                                "aggregationTemporality": 1,
                                "dataPoints": [
                                    {
                                        **_POINT,
                                        "count": "9",
                                        "sum": 30.5,
                                        "scale": 2,
                                        "zeroCount": "1",
                                        "positive": {"offset": 3, "bucketCounts": ["2", "0", "4"]},
                                        "negative": {"offset": 0, "bucketCounts": ["2"]},
                                    }
                                ],
                            },
                        },
                        {
                            "name": "took",
                            "summary": {
                                "dataPoints": [
                                    {
                                        **_POINT,
                                        "count": "3",
                                        "sum": 1.5,
                                        "quantileValues": [
                                            {"quantile": 0.5, "value": 0.4},
                                            {"quantile": 1.0, "value": 0.9},
                                        ],
                                    }
                                ]
                            },
                        },
                        {
                            "name": "sent",
                            "sum": {
                                "aggregationTemporality": 1,
                                "isMonotonic": True,
                                "dataPoints": [{**_POINT, "asInt": "5"}],
                            },
                        },
                    ]
                }
            ],
        }
    ]
}


def _protobuf(request: dict[str, Any]) -> bytes:
    return ParseDict(request, ExportMetricsServiceRequest()).SerializeToString()


def _avro(metric: dict[str, Any]) -> bytes:
    fields = [{"name": name, "type": "string"} for name in ("timestamp", "value", "name")]
    schema = {
        "type": "record",
        "name": "io.prometheus.Metric",
        "fields": [*fields, {"name": "labels", "type": {"type": "map", "values": "string"}}],
    }
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, schema, metric)
    return stream.getvalue()


BINARY: dict[str, list[bytes]] = {
    "otlp": [_protobuf(OTLP_JSON), _protobuf(OTLP_HISTOGRAMS)],
    "otlp_json": [written(OTLP_JSON), written(OTLP_HISTOGRAMS)],
    "prometheus_avro": [_avro(PROMETHEUS), b"\x00\x00\x00\x00\x07" + _avro(PROMETHEUS)],
}
"""Format -> records; OTLP as JSON is here as well, for it is the same requests."""
