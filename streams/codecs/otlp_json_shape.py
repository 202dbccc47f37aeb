"""The shape of an OTLP request in JSON, named as in protobuf."""

from typing import Annotated

from msgspec import Meta, Raw, Struct, field

Unsigned = Annotated[float, Meta(ge=0, le=2.0**64)]
"""An integer that is used as a number only."""

Int = Annotated[int, Meta(ge=-(2**31), le=2**32 - 1)]

_NO_ATTRIBUTES = Raw(b"[]")


class _Part(Struct, gc=False, rename="camel"):
    """Any object of a request."""


class _Point(_Part):
    attributes: Raw = _NO_ATTRIBUTES  # unparsed, for they are the same again and again
    time_unix_nano: Unsigned = 0.0
    start_time_unix_nano: Unsigned = 0.0
    flags: Int = 0


class NumberPoint(_Point):
    """NumberDataPoint."""

    as_double: float | None = None
    as_int: float | None = None


class Numbers(_Part):
    """Gauge and Sum."""

    data_points: list[NumberPoint] = []
    aggregation_temporality: int | str = 0
    is_monotonic: bool = False


class HistogramPoint(_Point):
    """HistogramDataPoint."""

    count: Unsigned = 0.0
    bucket_counts: list[Unsigned] = []
    explicit_bounds: list[float] = []


class Histograms(_Part):
    """Histogram."""

    data_points: list[HistogramPoint] = []
    aggregation_temporality: int | str = 0


class Buckets(_Part):
    """The buckets of one sign."""

    offset: Int = 0
    bucket_counts: list[Unsigned] = []


class ExponentialPoint(_Point):
    """ExponentialHistogramDataPoint."""

    count: Unsigned = 0.0
    scale: Int = 0
    zero_count: Unsigned = 0.0
    zero_threshold: float = 0.0
    positive: Buckets = field(default_factory=Buckets)
    negative: Buckets = field(default_factory=Buckets)


class Exponentials(_Part):
    """ExponentialHistogram."""

    data_points: list[ExponentialPoint] = []
    aggregation_temporality: int | str = 0


class Quantile(_Part):
    """ValueAtQuantile."""

    quantile: float = 0.0
    value: float = 0.0


class SummaryPoint(_Point):
    """SummaryDataPoint."""

    count: Unsigned = 0.0
    quantile_values: list[Quantile] = []


class Summaries(_Part):
    """Summary."""

    data_points: list[SummaryPoint] = []


class Metric(_Part):
    """Metric: one of these is there."""

    name: str = ""
    gauge: Numbers | None = None
    sum: Numbers | None = None
    histogram: Histograms | None = None
    exponential_histogram: Exponentials | None = None
    summary: Summaries | None = None


class ScopeMetrics(_Part):
    """ScopeMetrics."""

    metrics: list[Metric] = []


class Resource(_Part):
    """Resource."""

    attributes: Raw = _NO_ATTRIBUTES


class ResourceMetrics(_Part):
    """ResourceMetrics."""

    resource: Resource = field(default_factory=Resource)
    scope_metrics: list[ScopeMetrics] = []


class Request(_Part):
    """ExportMetricsServiceRequest."""

    resource_metrics: list[ResourceMetrics] = []
