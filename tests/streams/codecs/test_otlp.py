"""OTLP metrics in both forms: what each sort of point becomes, and what is wrong with it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from config.settings import Limits
from detectors.series import Series
from streams.codecs.decoded import Kind
from tests.streams.codecs.otlp import (
    AT,
    AT_NS,
    INSTANTS,
    NOW,
    SINCE,
    SINCE_NS,
    STAMP,
    Json,
    attributes,
    message,
    of_both,
    of_json,
    of_protobuf,
    request,
)

EXAMPLE = Path(__file__).parents[2] / "data/otlp/metrics.json"


def point(value: float = 5, **more: Any) -> Json:
    return {"asDouble": value, **INSTANTS, **more}


def gauge(*points: Json, name: str = "load") -> Json:
    return {"name": name, "gauge": {"dataPoints": list(points)}}


def a_sum(*points: Json, temporality: int = 2, monotonic: bool = True) -> Json:
    kind = {"aggregationTemporality": temporality, "isMonotonic": monotonic}
    return {"name": "requests", "sum": {"dataPoints": list(points), **kind}}


def histogram(**more: Any) -> Json:
    counted = {"count": "6", "explicitBounds": [1, 5], "bucketCounts": ["1", "2", "3"]}
    points = [{**INSTANTS, **counted, **more}]
    return {"name": "lat", "histogram": {"aggregationTemporality": 2, "dataPoints": points}}


def summary(*quantiles: tuple[float, Any]) -> Json:
    values = [{"quantile": level, "value": value} for level, value in quantiles]
    return {
        "name": "took",
        "summary": {"dataPoints": [{**INSTANTS, "count": "9", "quantileValues": values}]},
    }


def test_example_of_the_specification_is_read() -> None:
    found = of_both(json.loads(EXAMPLE.read_text()))
    labels = {"service.name": "my.service", "my.counter.attr": "some value"}
    assert found.keys[0] == Series("my.counter", labels).key
    assert found.value == [5.0, 10.0]
    assert found.at == [1544712660.3] * 2
    assert found.kinds == {found.keys[0]: Kind.DELTA}
    explicit, exponential = found.histograms
    assert (explicit.bounds, explicit.counts, explicit.is_delta) == ([1.0], [1.0, 1.0], True)
    assert exponential.bounds == [0.0, 2.0, 4.0, 8.0]
    assert exponential.counts == [1.0, 0.0, 0.0, 2.0, 0.0]
    assert (exponential.count, exponential.start) == (3.0, 1544712660.3)


def test_gauge_is_a_gauge_with_the_labels_of_resource_and_point() -> None:
    asked = request(
        gauge(point(1.5, attributes=attributes(host="own", disk="sda"))),
        resource=attributes(**{"service.name": "cart", "host": "of the resource"}),
    )
    found = of_both(asked, extra={"env": "prod", "host": "of the input"})
    assert found.keys == ['load{disk="sda",env="prod",host="own",service.name="cart"}']
    assert (found.at, found.value, found.position) == ([AT], [1.5], [0])
    assert (found.kinds, found.start) == ({}, [])


@pytest.mark.parametrize(
    ("temporality", "monotonic", "kind"),
    [
        pytest.param(2, True, Kind.CUMULATIVE, id="cumulative"),
        pytest.param(1, True, Kind.DELTA, id="delta"),
        pytest.param(2, False, None, id="up and down"),
        pytest.param(1, False, None, id="changes"),
        pytest.param(0, False, None, id="up and down, unsaid since when"),
    ],
)
def test_sum_is_a_counter_or_a_gauge(temporality: int, monotonic: bool, kind: Kind | None) -> None:
    found = of_both(request(a_sum(point(7), temporality=temporality, monotonic=monotonic)))
    assert found.value == [7.0]
    assert found.kinds == ({"requests": kind} if kind else {})
    assert found.start == ([SINCE] if kind else [])


def test_starts_are_there_for_gauges_beside_counters() -> None:
    bare = {"asInt": "3", "timeUnixNano": AT_NS}
    found = of_both(request(gauge(bare), a_sum(point()), a_sum(point(startTimeUnixNano="5"))))
    assert found.start == [0.0, SINCE, 0.0]  # none, known, absurd


def test_start_after_the_time_is_not_known() -> None:
    found = of_both(request(a_sum(point(startTimeUnixNano="1799999991000000000"))))
    assert found.start == [0.0]


def test_integers_are_read_exactly() -> None:
    found = of_both(request(gauge({"asInt": "-9007199254740991", "timeUnixNano": AT_NS})))
    assert found.value == [-9007199254740991.0]


def test_point_without_a_time_takes_that_of_its_record() -> None:
    found = of_both(request(gauge({"asDouble": 1}), histogram(timeUnixNano="0")))
    assert found.at == [STAMP / 1000]
    assert found.histograms[0].at == STAMP / 1000


def test_histogram_keeps_its_buckets() -> None:
    found = of_both(request(histogram(attributes=attributes(svc="a"))))
    assert found.keys == []
    (one,) = found.histograms
    assert (one.position, one.key, one.at, one.start) == (0, 'lat{svc="a"}', AT, SINCE)
    assert (one.count, one.bounds, one.counts) == (6.0, [1.0, 5.0], [1.0, 2.0, 3.0])
    assert not one.is_delta


def test_histogram_without_buckets_is_a_count() -> None:
    found = of_both(request(histogram(explicitBounds=[], bucketCounts=[])))
    assert (found.histograms[0].bounds, found.histograms[0].counts) == ([], [6.0])


def test_summary_is_a_gauge_for_each_quantile_and_a_counter() -> None:
    found = of_both(request(summary((0, 0.5), (0.5, 2), (0.99, "NaN"), (0.999, 7), (1, 9))))
    assert dict(zip(found.keys, found.value, strict=True)) == {
        "took_count": 9.0,
        "took_min": 0.5,
        "took_p50": 2.0,
        "took_p999": 7.0,
        "took_max": 9.0,
    }
    assert found.kinds == {"took_count": Kind.CUMULATIVE}
    assert found.start == [SINCE] * 5


def test_point_that_says_it_has_no_value_is_none() -> None:
    found = of_both(request(gauge(point(flags=1), point(3, flags=2)), histogram(flags=1)))
    assert (found.value, found.histograms, found.bad) == ([3.0], [], [])


def test_numbers_come_before_the_rest_of_a_resource() -> None:
    found = of_both(request(summary((0.5, 1)), gauge(point(5))))
    assert found.keys == ["load", "took_count", "took_p50"]


def test_points_with_exemplars_are_points() -> None:
    exemplar = {"asDouble": 4, "timeUnixNano": AT_NS, "spanId": "AAAAAAAAAAE="}
    of_double = point(1, attributes=attributes(a="b"), exemplars=[exemplar])
    of_int = {"asInt": "2", **INSTANTS, "exemplars": [exemplar] * 2}
    found = of_both(request(gauge(of_double, of_int, of_double)), request(gauge(of_double)))
    assert found.keys == ['load{a="b"}', "load", 'load{a="b"}', 'load{a="b"}']
    assert found.value == [1.0, 2.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"stringValue": 'a"b\\'}, 'a"b\\', id="text"),
        pytest.param({"stringValue": ""}, "", id="no text"),
        pytest.param({"boolValue": True}, "true", id="truth"),
        pytest.param({"boolValue": False}, "false", id="falsehood"),
        pytest.param({"intValue": "-5"}, "-5", id="integer"),
        pytest.param({"doubleValue": 2}, "2.0", id="number"),
        pytest.param({"doubleValue": "NaN"}, "nan", id="NaN"),
        pytest.param({"bytesValue": "AP8="}, "AP8=", id="bytes"),
        pytest.param({}, "", id="nothing"),
        pytest.param(
            {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "a"}, {}]}},
            '[1,"a",null]',
            id="list",
        ),
        pytest.param(
            {
                "kvlistValue": {
                    "values": [
                        {"key": "b", "value": {"boolValue": True}},
                        {"key": "a", "value": {"doubleValue": 0.5}},
                    ]
                }
            },
            '{"a":0.5,"b":true}',
            id="map",
        ),
        pytest.param({"arrayValue": {}}, "[]", id="empty list"),
    ],
)
def test_attribute_becomes_a_text_that_is_always_the_same(value: Json, text: str) -> None:
    found = of_both(request(gauge(point(attributes=[{"key": "x.y", "value": value}]))))
    assert Series.parse(found.keys[0]) == Series("load", {"x.y": text})


GOOD = gauge(point(1), name="good")


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        pytest.param(gauge(point(), name=""), "name", id="no name"),
        pytest.param(gauge(point(), name="a{b"), "name", id="a brace in the name"),
        pytest.param(gauge(point(attributes=attributes(**{"a=b": "c"}))), "name", id="label"),
        pytest.param(gauge(point(attributes=attributes(**{"": "c"}))), "name", id="no label"),
        pytest.param(gauge(INSTANTS), "missing", id="no value"),
        pytest.param(gauge(point("NaN")), "not_finite", id="NaN"),  # type: ignore[arg-type]
        pytest.param(gauge(point("-Infinity")), "not_finite", id="inf"),  # type: ignore[arg-type]
        pytest.param(gauge(point(timeUnixNano="5")), "timestamp", id="in 1970"),
        pytest.param(gauge(point(timeUnixNano="1" + AT_NS)), "timestamp", id="in 2300"),
        pytest.param(histogram(timeUnixNano="5"), "timestamp", id="histogram in 1970"),
        pytest.param(histogram(bucketCounts=["1"]), "shape", id="buckets and bounds differ"),
        pytest.param(histogram(explicitBounds=[5, 1]), "shape", id="falling bounds"),
        pytest.param(a_sum(point(), temporality=0), "shape", id="sum since when"),
        pytest.param({**summary((2, 1))}, "shape", id="quantile 2"),
        pytest.param(summary((0.5, "Infinity")), "not_finite", id="infinite quantile"),
        pytest.param(gauge(point(attributes=attributes(x="y" * 2000))), "label_length", id="long"),
        pytest.param(
            gauge(point(attributes=attributes(**{f"l{i}": "" for i in range(41)}))),
            "labels",
            id="many labels",
        ),
    ],
)
def test_bad_point_has_a_reason_and_does_not_hold_up_the_others(metric: Json, reason: str) -> None:
    found = of_both(request(GOOD, metric, GOOD), request(GOOD))
    assert [(bad.position, bad.reason) for bad in found.bad] == [(0, reason)]
    assert found.bad[0].detail
    goods = [value for key, value in zip(found.keys, found.value, strict=True) if key == "good"]
    assert goods == [1.0, 1.0, 1.0]


def test_histogram_must_say_since_when_it_counts() -> None:
    metric = histogram()
    del metric["histogram"]["aggregationTemporality"]
    assert [bad.reason for bad in of_both(request(metric)).bad] == ["shape"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"   ", "empty"),
        (b"x" * (2 << 20), "too_large"),
        (b"\xff\xff\xff", "not_protobuf"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "not_protobuf"),
        (b"\x0a\x7f\x00", "not_protobuf"),
        (b"\x0a\x02\x12\x7f", "not_protobuf"),
        (b"\x12\x00", "missing"),  # a field that OTLP does not know
    ],
)
def test_bytes_that_are_no_request_have_a_reason(value: bytes | None, reason: str) -> None:
    good = message(request(GOOD)).SerializeToString()
    found = of_protobuf(good, value, good)
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.value == [1.0, 1.0]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[]", "shape"),
        (b"{}", "missing"),
        (b'{"resourceMetrics": []}', "missing"),
        (b'{"resourceSpans": [{}]}', "missing"),
        (b'{"resourceMetrics": 5}', "shape"),
        (b"[" * 100_000, "shape"),
        (b'{"resourceMetrics": null}', "missing"),
        (json.dumps(request(gauge(point(attributes=5)))).encode(), "shape"),
        (json.dumps(request(gauge(point(attributes=[{"key": 5}])))).encode(), "shape"),
        (json.dumps(request(gauge(point(attributes=[{"value": 5}])))).encode(), "shape"),
        (json.dumps(request(gauge(point(asDouble="high")))).encode(), "shape"),
        (json.dumps(request(gauge(point(asDouble=None)))).encode(), "missing"),
        (json.dumps(request(histogram(bucketCounts=["-1", "2", "3"]))).encode(), "shape"),
        (json.dumps(request(a_sum(point(), temporality=7))).encode(), "shape"),
    ],
)
def test_json_that_is_no_request_has_a_reason(value: bytes, reason: str) -> None:
    good = json.dumps(request(GOOD)).encode()
    found = of_json(good, value, good)
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
    assert found.value == [1.0, 1.0]


def test_rest_of_a_request_is_left_after_a_hundred_bad_points() -> None:
    bad = [point(attributes=attributes(**{"a=b": ""}))] * 120
    found = of_both(request(GOOD, gauge(*bad), GOOD, histogram()), request(GOOD, histogram()))
    assert found.value[-1] == 1.0
    assert [bad.position for bad in found.bad] == [0]
    assert [one.position for one in found.histograms] == [1]


def test_request_without_points_is_no_fault() -> None:
    found = of_both(request(gauge(), {"name": "nothing"}), {"resourceMetrics": [{}]})
    assert not found.keys
    assert not found.bad


def test_null_and_numbers_for_text_are_understood_in_json() -> None:
    asked = request(
        gauge({"asInt": 5, "asDouble": None, "timeUnixNano": int(AT_NS), "attributes": None}),
        {"name": "r", "unit": None, "sum": None, "gauge": {"dataPoints": None}},
        resource=None,
    )
    asked["resourceMetrics"][0]["resource"] = None
    found = of_json(asked)
    assert (found.keys, found.value, found.at, found.bad) == (["load"], [5.0], [AT], [])


def test_temporality_may_be_a_name_in_json() -> None:
    metric = a_sum(point())
    metric["sum"]["aggregationTemporality"] = "AGGREGATION_TEMPORALITY_DELTA"
    assert of_json(request(metric)).kinds == {"requests": Kind.DELTA}


def test_start_and_time_of_a_histogram_are_instants() -> None:
    found = of_both(request(histogram(startTimeUnixNano=SINCE_NS)))
    assert math.isclose(found.histograms[0].at - found.histograms[0].start, 60)
    assert found.histograms[0].at < NOW


def test_limits_are_those_of_the_input() -> None:
    asked = request(gauge(point(attributes=attributes(a="long", b=""))))
    assert [bad.reason for bad in of_both(asked, limits=Limits(labels=1)).bad] == ["labels"]
    short = of_both(asked, limits=Limits(label_length=3))
    assert [bad.reason for bad in short.bad] == ["label_length"]
