"""OTLP metrics as JSON; what they become is told in `otlp`.

Integers may be text or numbers, enumerations numbers or names, and null is as good as nothing.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from config.settings import Limits
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.otlp_aggregates import AGGREGATES
from streams.codecs.otlp_json_shape import Metric, NumberPoint, Numbers, Request
from streams.codecs.otlp_labels import labels_of_json
from streams.codecs.otlp_series import NO_RECORDED_VALUE, AttributeKeys, Group, kind_of_sum
from streams.codecs.parsing import parse_one

_parse_strictly = msgspec.json.Decoder(Request, strict=False).decode


class OtlpJson:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(
        self, *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
    ) -> None:
        keys = SeriesKeys(extra=extra, limits=limits)
        self._series = AttributeKeys(keys, of_resource=labels_of_json, of_point=labels_of_json)
        self._ahead = latest_ahead_s

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        for found.record, value in enumerate(values):
            try:
                request = parse_one(_parse, value)
            except Fault as fault:
                found.fault(fault)
            else:
                for part in request.resource_metrics:
                    resource = bytes(part.resource.attributes)
                    metrics = [metric for scope in part.scope_metrics for metric in scope.metrics]
                    self._add(found, resource, metrics)
            found.place()
        found.stamps = [stamp or None for stamp in found.stamps]
        return found.finish(timestamps, latest=now + self._ahead)

    def _add(self, found: Gathered, resource: bytes, metrics: Sequence[Metric]) -> None:
        """Add what one resource sent: its numbers, and after them whatever else it has."""
        others: list[Metric] = []
        for metric in metrics:
            numbers = metric.gauge or metric.sum
            if numbers is None:
                others.append(metric)
                continue
            try:
                self._add_numbers(found, numbers, (resource, metric.name))
            except Fault as fault:
                found.fault(fault)
        for metric in others:
            for kind, add in AGGREGATES.items():
                points = getattr(metric, kind)
                for point in points.data_points if points else ():
                    if not point.flags & NO_RECORDED_VALUE and not found.is_given_up:
                        key_of = partial(self._key, resource, metric.name, bytes(point.attributes))
                        try:
                            add(found, points, point, key_of)
                        except Fault as fault:
                            found.fault(fault)

    def _add_numbers(self, found: Gathered, numbers: Numbers, group: Group) -> None:
        kind = kind_of_sum(numbers.aggregation_temporality, is_monotonic=numbers.is_monotonic)
        known, before = self._series.tables.get(group, {}), len(found.keys)
        for point in numbers.data_points:
            value = point.as_int if point.as_double is None else point.as_double
            key = known.get(bytes(point.attributes))
            if key is None or value is None or point.flags:
                self._add_odd(found, point, value, group)
            else:
                found.add(key, point.time_unix_nano, value, point.start_time_unix_nano)
        if kind is not Kind.GAUGE:
            found.kinds.update(dict.fromkeys(found.keys[before:], kind))

    def _add_odd(
        self, found: Gathered, point: NumberPoint, value: float | None, group: Group
    ) -> None:
        """Add a point of new attributes, or with flags, or without a value."""
        if point.flags & NO_RECORDED_VALUE or found.is_given_up:
            return
        try:
            key = self._series.key(group, bytes(point.attributes))
            if value is None:
                raise Fault("missing", "a point has no value")
        except Fault as fault:
            found.fault(fault)
        else:
            found.add(key, point.time_unix_nano, value, point.start_time_unix_nano)

    def _key(self, resource: bytes, name: str, attributes: bytes, suffix: str = "") -> str:
        return self._series.key((resource, name + suffix), attributes)


def _parse(value: bytes) -> Request:
    try:
        request = _parse_strictly(value)
    except msgspec.ValidationError:
        request = _parse_strictly(msgspec.json.encode(_without_nulls(msgspec.json.decode(value))))
    if not request.resource_metrics:
        raise Fault("missing", "no metrics of any resource in it")
    return request


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [*map(_without_nulls, value)] if isinstance(value, list) else value
