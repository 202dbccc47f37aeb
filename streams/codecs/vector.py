"""Vector's Kafka sink: metrics as it holds them itself, and log events.

    {"name": "requests", "namespace": "app", "tags": {"host": "a"}, "kind": "incremental",
     "timestamp": "2026-11-23T10:00:00Z", "counter": {"value": 1.0}}

A metric's value stands under the word for what it is, in `VALUES`. Anything else is a log event:
its numbers are series, and without any it is no fault. The codec `native_json` is understood too.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from config.settings import Input
from streams.codecs.decoded import Codec, Kind
from streams.codecs.faults import Fault
from streams.codecs.fluent_bit import LABELS, NAMING
from streams.codecs.json_records import JsonRecords, Run, kind_of
from streams.codecs.keys import SeriesKeys
from streams.codecs.mapping import Walk
from streams.codecs.metric import Metric, finite
from streams.codecs.places import text_of
from streams.codecs.shape import Shape
from streams.meters.quantiles import quantile_name

KINDS: Mapping[object, Kind] = {"absolute": Kind.CUMULATIVE, "incremental": Kind.DELTA}

_ENDS = {0.0: "min", 1.0: "max"}  # quantiles that have a name
_LOG = Shape(timestamps=("timestamp", "@timestamp"), fields=("**",), drop=NAMING, labels=LABELS)


def vector(source: Input) -> Codec:
    """The codec of an input with `format: vector`."""
    keys = SeriesKeys(extra=source.labels, limits=source.limits)
    take = _Vector(Walk(_LOG.refined(source.mapping), keys), keys).take
    return JsonRecords(take, latest_ahead_s=source.latest_ahead_s)


class _Vector:
    def __init__(self, log: Walk, keys: SeriesKeys) -> None:
        self._log = log
        self._keys = keys

    def take(self, record: Any, run: Run) -> None:
        """Take one event in: a metric, or a log."""
        if type(record) is not dict:
            raise Fault("shape", f"{kind_of(record)} stands where an event should")
        event = record.get("metric") or record.get("log")
        if type(event) is not dict or len(record) > 1:
            event = record
        value = value_of(event)
        if value is None:
            self._log.record(event, run)
        else:
            VALUES[value](self._metric(event, run), event[value])

    def _metric(self, event: dict[str, Any], run: Run) -> Metric:
        at = run.instant(event.get("timestamp"))
        interval_ms = event.get("interval_ms", 0)
        return Metric(
            run=run,
            keys=self._keys,
            name=_name(event),
            labels=_labels(event.get("tags")),
            at=at,
            start=at - finite(interval_ms) / 1000.0 if interval_ms else 0.0,
            kind=KINDS[event["kind"]],
        )


def value_of(event: Mapping[str, Any]) -> str | None:
    """The word under which the value of a metric stands, None for what is no metric."""
    if event.get("kind") not in ("absolute", "incremental") or "name" not in event:
        return None
    return next((word for word in VALUES if type(event.get(word)) is dict), None)


def _name(event: Mapping[str, Any]) -> str:
    name, namespace = event["name"], event.get("namespace")
    if type(name) is not str:
        raise Fault("shape", f"{kind_of(name)} stands where the name should")
    return f"{namespace}_{name}" if namespace and type(namespace) is str else name


def _labels(tags: Any) -> Mapping[str, str]:
    """The tags; one with several values has the last, as Vector itself says it in one."""
    if tags is None:
        return {}
    if type(tags) is not dict:
        raise Fault("shape", f"{kind_of(tags)} stands where the tags should")
    single = (
        (tag, value[-1] if type(value) is list and value else value) for tag, value in tags.items()
    )
    return {tag: text for tag, value in single if (text := text_of(value)) is not None}


def _counter(metric: Metric, body: dict[str, Any]) -> None:
    metric.sample(body.get("value"), kind=metric.kind)


def _gauge(metric: Metric, body: dict[str, Any]) -> None:
    metric.sample(body.get("value"))


def _set(metric: Metric, body: dict[str, Any]) -> None:
    metric.sample(len(_list(body, "values")))


def _distribution(metric: Metric, body: dict[str, Any]) -> None:
    observed: dict[float, float] = {}
    for sample in _list(body, "samples"):
        value = finite(_of(sample, "value"))
        observed[value] = observed.get(value, 0.0) + finite(_of(sample, "rate"))
    metric.observations(observed)


def _aggregated_histogram(metric: Metric, body: dict[str, Any]) -> None:
    bounds, counts, beyond = [], [], 0.0
    for bucket in _list(body, "buckets"):
        limit, count = _of(bucket, "upper_limit"), finite(_of(bucket, "count"))
        if limit is None or limit in ("inf", "+Inf", "Inf"):  # JSON knows no infinity
            beyond += count
        else:
            bounds.append(finite(limit))
            counts.append(count)
    total = finite(body.get("count", math.fsum(counts) + beyond))
    metric.histogram(bounds, [*counts, beyond or max(0.0, total - math.fsum(counts))])


def _aggregated_summary(metric: Metric, body: dict[str, Any]) -> None:
    for quantile in _list(body, "quantiles"):
        level = finite(_of(quantile, "quantile"))
        if not 0 <= level <= 1:
            raise Fault("shape", f"a summary has a quantile {level}")
        if _of(quantile, "value") is not None:
            name = _ENDS.get(level) or quantile_name(level)
            metric.sample(_of(quantile, "value"), suffix=f"_{name}")
    metric.sample(body.get("count"), suffix="_count", kind=metric.kind)


def _sketch(metric: Metric, body: dict[str, Any]) -> None:
    for sketch in body.values():
        for part in ("min", "max", "avg"):
            metric.sample(_of(sketch, part), suffix=f"_{part}")
        metric.sample(_of(sketch, "count"), suffix="_count", kind=metric.kind)


VALUES: Mapping[str, Callable[[Metric, dict[str, Any]], None]] = {
    "counter": _counter,
    "gauge": _gauge,
    "set": _set,
    "distribution": _distribution,
    "aggregated_histogram": _aggregated_histogram,
    "aggregated_summary": _aggregated_summary,
    "sketch": _sketch,
}
"""What to make of a metric's value, by the word it stands under."""


def _list(body: dict[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    if type(value) is not list:
        raise Fault("shape", f"{kind_of(value)} stands at {key!r} where a list should")
    return value


def _of(item: Any, key: str) -> Any:
    if type(item) is not dict:
        raise Fault("shape", f"{kind_of(item)} stands where {key!r} should be")
    return item.get(key)
