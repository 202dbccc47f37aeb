"""Prometheus samples, as prometheus-kafka-adapter writes them: JSON, and Avro of the same shape.

    {"timestamp": "2026-11-23T10:00:00Z", "value": "9876543210", "name": "up",
     "labels": {"__name__": "up", "job": "node"}}

A value that is NaN or infinite is none, and no fault: Prometheus marks so where a series ends.
What a name ends in says whether it counts: see `COUNTERS`. Avro is of the schema
`io.prometheus.Metric`, without a header or with that of Confluent's registry, which is skipped.

Reference: Telefonica/prometheus-kafka-adapter, schemas/metric.avsc.
"""

import io
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import fastavro
import msgspec
from msgspec import Raw, Struct

from config.settings import Limits
from streams.codecs.decoded import Bad, Codec, Decoded, Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_each
from streams.codecs.raw_labels import labels_of

COUNTERS = ("_total", "_count", "_sum", "_bucket")
"""What the names of cumulative counters end in."""

_NAME = "__name__"
_encode = msgspec.json.Encoder(order="sorted").encode
_CONFLUENT = 5  # bytes of the header: a zero, and the number of the schema
_SCHEMA = fastavro.parse_schema(
    {
        "namespace": "io.prometheus",
        "type": "record",
        "name": "Metric",
        "fields": [
            {"name": "timestamp", "type": "string"},
            {"name": "value", "type": "string"},
            {"name": "name", "type": "string"},
            {"name": "labels", "type": {"type": "map", "values": "string"}},
        ],
    }
)


class _Metric(Struct, gc=False):
    value: float | str
    name: str = ""
    labels: Raw = Raw(b"{}")  # unparsed, for they are the same again and again
    timestamp: float | str | None = None


def prometheus_json(
    *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
) -> Codec:
    """The codec for JSON; `extra` labels are added to every series that does not have them."""
    keys = SeriesKeys(extra=extra, limits=limits)
    return _Prometheus(msgspec.json.Decoder(_Metric).decode, keys, latest_ahead_s)


def prometheus_avro(
    *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
) -> Codec:
    """The codec for Avro."""
    return _Prometheus(_of_avro, SeriesKeys(extra=extra, limits=limits), latest_ahead_s)


class _Prometheus:
    def __init__(
        self, parse: Callable[[bytes], _Metric], keys: SeriesKeys, latest_ahead_s: float
    ) -> None:
        self._parse = parse
        self._keys = keys
        self._ahead = latest_ahead_s
        self._counters: set[str] = set()

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        metrics, positions = parse_each(self._parse, values, found.bad)
        found.values, found.position = _numbers(metrics, positions, found.bad)
        if len(found.position) < len(metrics):
            kept = set(found.position)
            metrics = [m for m, place in zip(metrics, positions, strict=True) if place in kept]
        found.stamps = [metric.timestamp for metric in metrics]
        known = self._keys.tables
        try:
            found.keys = [known[metric.name][bytes(metric.labels)] for metric in metrics]
        except KeyError:
            found.name_each(metrics, self._key)
        counters = self._counters.intersection(found.keys)
        found.kinds = dict.fromkeys(counters, Kind.CUMULATIVE)
        return found.finish(timestamps, latest=now + self._ahead)

    def _key(self, metric: _Metric) -> str:
        raw = bytes(metric.labels)
        known = self._keys.find(metric.name, raw)
        if known is not None:
            return known
        labels = labels_of(raw)
        name = metric.name or labels.get(_NAME, "")
        labels.pop(_NAME, None)
        if not name:
            raise Fault("missing", "the metric has no name")
        key = self._keys.learn(metric.name, raw, name, labels)
        if name.endswith(COUNTERS):
            self._counters.add(key)
        return key


def _numbers(
    metrics: Sequence[_Metric], positions: Sequence[int], bad: list[Bad]
) -> tuple[list[float], list[int]]:
    """The values that there are, and the positions of their records."""
    try:
        values = [float(metric.value) for metric in metrics]
        if math.isfinite(sum(values)):
            return values, [*positions]
    except ValueError:
        pass
    values, places = [], []
    for metric, position in zip(metrics, positions, strict=True):
        try:
            value = float(metric.value)
        except ValueError:
            bad.append(Bad(position, "shape", f"the value {metric.value!r:.80} is no number"))
            continue
        if math.isfinite(value):
            values.append(value)
            places.append(position)
    return values, places


def _of_avro(value: bytes) -> _Metric:
    data = value[_CONFLUENT:] if value[:1] == b"\0" else value
    stream = io.BytesIO(data)
    try:
        found: Any = fastavro.schemaless_reader(stream, _SCHEMA, None)
    except (EOFError, ValueError, IndexError, OverflowError, MemoryError, struct.error) as error:
        raise Fault("not_avro", f"no io.prometheus.Metric: {error}") from None
    if stream.tell() < len(data):
        raise Fault("not_avro", f"{len(data) - stream.tell()} bytes more than a metric has")
    labels = Raw(_encode(found.pop("labels")))  # sorted, for writers of Avro do not sort
    return _Metric(**found, labels=labels)
