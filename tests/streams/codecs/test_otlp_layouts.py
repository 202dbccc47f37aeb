"""Messages that are known by their layout are decoded as if they were new."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint, ScopeMetrics

from streams.codecs.decoded import Decoded
from streams.codecs.otlp import OtlpProtobuf
from tests.streams.codecs.otlp import AT, NOW, STAMP

NS = 10**9


def a_codec() -> OtlpProtobuf:
    return OtlpProtobuf(extra={}, latest_ahead_s=600)


def decode(codec: OtlpProtobuf, *values: bytes) -> Decoded:
    return codec.decode(values, [STAMP] * len(values), now=NOW)


def labels(chance: random.Random, number: int) -> list[KeyValue]:
    values = {"host": f"h{number}", "zone": "ab" * chance.randrange(60)}
    return [KeyValue(key=k, value=AnyValue(string_value=v)) for k, v in values.items() if v]


def point(chance: random.Random, number: int, **more: Any) -> NumberDataPoint:
    return NumberDataPoint(
        attributes=labels(chance, number) if chance.random() < 0.995 else [],
        start_time_unix_nano=chance.choice([0, 1_799_999_000 * NS, 1_799_999_500 * NS]),
        time_unix_nano=int(AT) * NS,
        **more,
    )


def metric(chance: random.Random, number: int, points: int) -> Metric:
    """One of any sort, mostly a gauge or a sum."""
    one = Metric(name=f"m{number}", description="x" * chance.choice([0, 0, 9, 200]), unit="1")
    (sort,) = chance.choices(["gauge", "sum", "odd", "histogram", "summary"], [9, 9, 1, 3, 3])
    if sort == "histogram":
        at = one.exponential_histogram.data_points.add(time_unix_nano=int(AT) * NS, count=3)
        at.positive.bucket_counts.extend([1, 2])
        one.exponential_histogram.aggregation_temporality = 1
        return one
    if sort == "summary":
        one.summary.data_points.add(count=4).quantile_values.add(quantile=0.5, value=1)
        return one
    numbers: Any = one.gauge if sort == "gauge" else one.sum
    for i in range(points):
        kind = chance.choice(["as_double", "as_int"])
        numbers.data_points.append(point(chance, i, **{kind: i}))
    if sort != "gauge":
        one.sum.aggregation_temporality = chance.choice([1, 2]) if sort == "sum" else 0
        one.sum.is_monotonic = chance.random() < 0.7
    return one


def a_request(chance: random.Random) -> ExportMetricsServiceRequest:
    asked = ExportMetricsServiceRequest()
    for resource in range(chance.randint(1, 2)):
        part = asked.resource_metrics.add(schema_url="s" * resource)
        part.resource.attributes.extend(labels(chance, resource))
        for _ in range(chance.randint(1, 2)):
            scope = part.scope_metrics.add()
            scope.scope.name = "lib" * chance.randrange(2)
            scope.metrics.extend(metric(chance, i, 12) for i in range(chance.randint(2, 4)))
    return asked


def with_other_numbers(asked: ExportMetricsServiceRequest, later: int) -> bytes:
    """The same request with other instants and values."""
    other = ExportMetricsServiceRequest()
    other.CopyFrom(asked)
    for part in other.resource_metrics:
        for scope in part.scope_metrics:
            for one in scope.metrics:
                for at in (*one.gauge.data_points, *one.sum.data_points):
                    at.time_unix_nano += later * NS
                    if at.WhichOneof("value") == "as_int":
                        at.as_int += later
                    else:
                        at.as_double -= later / 4
                for many in one.exponential_histogram.data_points:
                    many.positive.bucket_counts[0] += later
    return other.SerializeToString()


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_message_is_decoded_alike_the_first_time_and_the_tenth(seed: int) -> None:
    asked = a_request(random.Random(seed))
    codec = a_codec()
    for later in range(5):
        value = with_other_numbers(asked, later)
        found = decode(codec, value)
        assert found == decode(a_codec(), value)
        assert found.keys or found.histograms or found.bad


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_damaged_message_is_decoded_alike_by_who_knows_its_layout(seed: int) -> None:
    chance = random.Random(seed)
    asked = a_request(chance)
    codec = a_codec()
    for later in range(4):
        decode(codec, with_other_numbers(asked, later))
    damaged = bytearray(with_other_numbers(asked, 4))
    for _ in range(chance.randint(1, 3)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    found, fresh = decode(codec, bytes(damaged)), decode(a_codec(), bytes(damaged))
    assert [(bad.position, bad.reason) for bad in found.bad] == [
        (bad.position, bad.reason) for bad in fresh.bad
    ]
    assert (found.keys, found.at, found.value, found.start, found.kinds) == (
        fresh.keys, fresh.at, fresh.value, fresh.start, fresh.kinds,
    )  # fmt: skip
    assert found.histograms == fresh.histograms


def plain(points: int = 20) -> ExportMetricsServiceRequest:
    asked = ExportMetricsServiceRequest()
    metrics = asked.resource_metrics.add().scope_metrics.add().metrics
    data = metrics.add(name="load").gauge.data_points
    for number in range(points):
        at = data.add(time_unix_nano=int(AT) * NS, as_double=number)
        at.attributes.add(key="host").value.string_value = f"h{number}"
    return asked


def test_another_label_of_the_same_length_is_another_series() -> None:
    codec, asked = a_codec(), plain()
    for later in range(4):
        decode(codec, with_other_numbers(asked, later))
    value = asked.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[7]
    value.attributes[0].value.string_value = "x7"
    assert decode(codec, asked.SerializeToString()).keys[7] == 'load{host="x7"}'


def test_message_in_another_order_of_fields_is_understood() -> None:
    """Protobuf lets a writer choose: resource last, a scope in two parts, the name after points."""
    asked = plain()
    scope = asked.resource_metrics[0].scope_metrics[0]
    asked.resource_metrics[0].resource.attributes.add(key="a").value.string_value = "b"
    resource = asked.resource_metrics[0].resource.SerializeToString()
    gauge = scope.metrics[0].gauge.SerializeToString()
    swapped = field(2, field(2, field(5, gauge) + field(1, b"load")) + field(1, b"")) + field(
        1, resource
    )
    codec = a_codec()
    for _ in range(4):
        found = decode(codec, field(1, swapped))
        assert found == decode(a_codec(), asked.SerializeToString())
        assert found.keys[0] == 'load{a="b",host="h0"}'


def field(number: int, value: bytes) -> bytes:
    size, rest = len(value) & 0x7F, len(value) >> 7
    length = bytes([size | 0x80, rest]) if rest else bytes([size])
    return bytes([number << 3 | 2]) + length + value


@pytest.mark.parametrize("extra", [b"\x98\x06\x05", b"\xa2\x06\x01x"], ids=["number", "bytes"])
def test_fields_of_later_versions_are_passed_over(extra: bytes) -> None:
    asked = plain(1)
    point = asked.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[0]
    at = NumberDataPoint.FromString(point.SerializeToString() + extra)
    metric = Metric.FromString(
        Metric(name="load").SerializeToString() + field(5, field(1, at.SerializeToString()) + extra)
    )
    scope = ScopeMetrics(metrics=[metric]).SerializeToString() + extra
    block = field(2, scope) + extra
    assert decode(a_codec(), field(1, block)) == decode(a_codec(), plain(1).SerializeToString())
    assert decode(a_codec(), field(1, block) + extra).keys == ['load{host="h0"}']
