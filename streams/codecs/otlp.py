"""OTLP metrics as protobuf: one ExportMetricsServiceRequest a record, as the Collector sends it.

A gauge is a gauge. A monotonic sum is a counter, cumulative or delta. A sum that may fall is a
gauge: its value where it is cumulative, the change since the point before where it is delta.
Histograms of both sorts become histograms; a summary becomes a gauge for each quantile
(`lat_p99`; `lat_min` and `lat_max` for the quantiles 0 and 1) and the counter `lat_count`.

Labels are the attributes of the resource and of the point, which wins, under their own names
(`service.name`). Those of the scope are left out. A point with the flag NO_RECORDED_VALUE, and a
quantile that is NaN, say that there is no value, and are none. What is wrong with one point does
not hold up the others of its record.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from config.settings import Limits
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.otlp_aggregates import AGGREGATES
from streams.codecs.otlp_labels import labels_of_messages
from streams.codecs.otlp_layouts import Layouts, add_laid_out
from streams.codecs.otlp_points import Other, Walk, attributes_of, resource_of, value_of, varint
from streams.codecs.otlp_series import NO_RECORDED_VALUE, AttributeKeys, kind_of_sum
from streams.codecs.parsing import parse_one

_RESOURCE_METRICS = 0x0A  # the tag of them in a request


class OtlpProtobuf:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(
        self, *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
    ) -> None:
        self._series = AttributeKeys(
            SeriesKeys(extra=extra, limits=limits),
            of_resource=lambda data: labels_of_messages(Resource.FromString(data).attributes),
            of_point=lambda data: labels_of_messages(NumberDataPoint.FromString(data).attributes),
            name_of=lambda data: Metric.FromString(data).name,
        )
        self._layouts = Layouts()
        self._ahead = latest_ahead_s

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        for found.record, value in enumerate(values):
            try:
                for block in parse_one(_blocks, value):
                    self._add(found, block)
            except Fault as fault:
                found.fault(fault)
            found.place()
        found.values = [*map(float, found.values)]
        found.stamps = [*map(float, found.stamps)]  # type: ignore[arg-type]
        if 0.0 in found.stamps:
            found.stamps = [stamp or None for stamp in found.stamps]
        return found.finish(timestamps, latest=now + self._ahead)

    def _add(self, found: Gathered, block: bytes) -> None:
        """Add what one resource sent: its numbers, and after them whatever else it has."""
        layout = self._layouts.find(block)
        if layout is not None:
            others: Iterable[Metric] = [*_metrics(block, layout.others)]
            add_laid_out(found, block, layout)
        else:
            written = _read(ResourceMetrics, block).SerializeToString()
            walk, before = Walk(found, written, self._series), len(found.keys)
            walk.add_numbers()
            others = _metrics(written, walk.others)
            if written == block:
                self._layouts.remember(block, walk, found, before)
            block = written
        for metric in others:
            self._add_other(found, resource_of(block), metric)

    def _add_other(self, found: Gathered, resource: bytes, metric: Metric) -> None:
        """Add a metric that is not made of numbers, or not written as most are."""
        kind = metric.WhichOneof("data")
        if kind is None:
            return
        points = getattr(metric, kind)
        for point in points.data_points:
            if not point.flags & NO_RECORDED_VALUE and not found.is_given_up:
                key_of = partial(self._key, resource, metric.name, attributes_of(point))
                try:
                    _ADD[kind](found, points, point, key_of)
                except Fault as fault:
                    found.fault(fault)

    def _key(self, resource: bytes, name: str, attributes: bytes, suffix: str = "") -> str:
        return self._series.key((resource, name + suffix), attributes)


def _blocks(value: bytes) -> list[bytes]:
    """What each resource sent, of a request. Raises Fault."""
    blocks: list[bytes] = []
    at, end = 0, len(value) - 1
    try:
        while at < end and value[at] == _RESOURCE_METRICS:
            size, first = varint(value, at + 1)
            at = first + size
            blocks.append(value[first:at])
    except IndexError:  # it is cut off in a length: the library says so
        at = -1
    return blocks if blocks and at == len(value) else _blocks_of_library(value)


def _blocks_of_library(value: bytes) -> list[bytes]:
    request = _read(ExportMetricsServiceRequest, value)
    if not request.resource_metrics:
        raise Fault("missing", "no metrics of any resource in it")
    return [part.SerializeToString() for part in request.resource_metrics]


def _metrics(block: bytes, places: Sequence[Other]) -> Iterator[Metric]:
    return (_read(Metric, block[first:last]) for first, _, last in places)


def _read(message: type[Message], data: bytes) -> Any:
    try:
        return message.FromString(data)
    except DecodeError as error:
        raise Fault("not_protobuf", str(error)) from None


def _add_number(found: Gathered, points: Any, point: Any, key_of: "_KeyOf") -> None:
    kind = Kind.GAUGE
    if isinstance(points, Sum):
        kind = kind_of_sum(points.aggregation_temporality, is_monotonic=points.is_monotonic)
    key, value = key_of(), value_of(point)
    if kind is not Kind.GAUGE:
        found.kinds[key] = kind
    found.add(key, point.time_unix_nano, value, point.start_time_unix_nano)


_KeyOf = Callable[..., str]
_ADD: Mapping[str, Callable[[Gathered, Any, Any, _KeyOf], None]] = {
    "gauge": _add_number,
    "sum": _add_number,
    **AGGREGATES,
}
