"""Points of OTLP that are no numbers: histograms of both sorts, and summaries.

Points are those of the protobuf library, or of `otlp_json`, which have the same attributes.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from streams.codecs.decoded import Histogram, Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.otlp_buckets import Buckets, Side, explicit, exponential
from streams.codecs.otlp_series import is_delta
from streams.meters.quantiles import quantile_name

KeyOf = Callable[..., str]
"""The key of the series of a point, with a suffix to its name where one is given."""

Add = Callable[[Gathered, Any, Any, KeyOf], None]
"""Adds a point of some points. Raises Fault."""


def _explicit(point: Any) -> Buckets:
    return explicit(point.explicit_bounds, point.bucket_counts, count=float(point.count))


def _exponential(point: Any) -> Buckets:
    return exponential(
        Side(point.positive.offset, point.positive.bucket_counts),
        Side(point.negative.offset, point.negative.bucket_counts),
        scale=point.scale,
        zero_count=point.zero_count,
        zero_threshold=point.zero_threshold,
    )


def _histogram(buckets_of: Callable[[Any], Buckets]) -> Add:
    def add(found: Gathered, points: Any, point: Any, key_of: KeyOf) -> None:
        """Take the buckets of one point in."""
        bounds, counts = buckets_of(point)
        found.histograms.append(
            Histogram(
                position=found.record,
                key=key_of(),
                at=float(point.time_unix_nano),
                start=float(point.start_time_unix_nano),
                is_delta=is_delta(points.aggregation_temporality),
                count=float(point.count),
                bounds=bounds,
                counts=counts,
            )
        )

    return add


def _summary(found: Gathered, points: Any, point: Any, key_of: KeyOf) -> None:
    instants = (point.time_unix_nano, point.start_time_unix_nano)
    counted = key_of("_count")
    found.kinds[counted] = Kind.CUMULATIVE
    found.add(counted, instants[0], float(point.count), instants[1])
    for each in point.quantile_values:
        if not math.isnan(each.value):
            key = key_of(f"_{_quantile_name(each.quantile)}")
            found.add(key, instants[0], each.value, instants[1])


def _quantile_name(level: float) -> str:
    if not 0 <= level <= 1:
        raise Fault("shape", f"a summary has a quantile {level}")
    return {0.0: "min", 1.0: "max"}.get(level) or quantile_name(level)


AGGREGATES: Mapping[str, Add] = {
    "histogram": _histogram(_explicit),
    "exponential_histogram": _histogram(_exponential),
    "summary": _summary,
}
"""The name of points in a metric -> what adds one of them."""
