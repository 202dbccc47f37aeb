"""Requests of OTLP in both forms, and what codecs make of them."""

import json
from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.otlp import OtlpProtobuf
from streams.codecs.otlp_json import OtlpJson

NOW = 1_800_000_000.0
STAMP = 1_799_999_995_000  # of every Kafka record, in ms
AT = 1_799_999_990.0
SINCE = AT - 60
AT_NS, SINCE_NS = "1799999990000000000", "1799999930000000000"
INSTANTS = {"timeUnixNano": AT_NS, "startTimeUnixNano": SINCE_NS}

Json = dict[str, Any]


def attributes(**labels: str) -> list[Json]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in labels.items()]


def request(*metrics: Json, resource: list[Json] | None = None) -> Json:
    part: Json = {"scopeMetrics": [{"metrics": list(metrics)}]}
    if resource is not None:
        part["resource"] = {"attributes": resource}
    return {"resourceMetrics": [part]}


def message(asked: Json) -> ExportMetricsServiceRequest:
    return ParseDict(asked, ExportMetricsServiceRequest())


def of_json(*values: Json | bytes | None, **settings: Any) -> Decoded:
    codec = OtlpJson(**{"extra": {}, "latest_ahead_s": 600, "limits": Limits(), **settings})
    written = [v if v is None or isinstance(v, bytes) else json.dumps(v).encode() for v in values]
    return codec.decode(written, [STAMP] * len(values), now=NOW)


def of_protobuf(*values: Json | bytes | None, **settings: Any) -> Decoded:
    codec = OtlpProtobuf(**{"extra": {}, "latest_ahead_s": 600, "limits": Limits(), **settings})
    written = [
        v if v is None or isinstance(v, bytes) else message(v).SerializeToString() for v in values
    ]
    return codec.decode(written, [STAMP] * len(values), now=NOW)


def of_both(*values: Json, **settings: Any) -> Decoded:
    """What both codecs make of requests, which is the same."""
    found = of_json(*values, **settings)
    assert of_protobuf(*values, **settings) == found
    as_library_writes = [MessageToJson(message(value)).encode() for value in values]
    assert of_json(*as_library_writes, **settings) == found
    return found
