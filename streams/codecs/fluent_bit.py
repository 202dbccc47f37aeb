"""Fluent Bit's Kafka output: a record of an input, with its time beside it.

    {"@timestamp": 1795418525.12, "host": "web1", "cpu_p": 2.5, "cpu0.p_cpu": 3.0}

Every number at any depth is a series, numbers that only name something apart. A log line without
numbers is no fault: it has no samples.
"""

from config.settings import Input
from streams.codecs.decoded import Codec
from streams.codecs.json_records import JsonRecords
from streams.codecs.keys import SeriesKeys
from streams.codecs.mapping import Walk
from streams.codecs.shape import Shape

NAMING = ("id", "*.id", "*_id", "*Id", "pid", "*.pid", "tid", "*.tid", "port", "*_port", "*.port")
"""Globs of numbers that name something and measure nothing."""

LABELS = {
    "host": ("host", "host.name", "hostname", "kubernetes.host"),
    "service": ("service", "service.name", "app", "kubernetes.labels.app"),
    "namespace": ("kubernetes.namespace_name", "kubernetes.namespace", "kubernetes.pod_namespace"),
    "pod": ("kubernetes.pod_name", "kubernetes.pod.name"),
    "container": ("container_name", "kubernetes.container_name", "kubernetes.container.name"),
    "level": ("level", "severity"),
}
"""Where agents that ship logs put the labels that people use."""

SHAPE = Shape(timestamps=("@timestamp",), fields=("**",), drop=NAMING, labels=LABELS)


def fluent_bit(source: Input) -> Codec:
    """The codec of an input with `format: fluent_bit`."""
    keys = SeriesKeys(extra=source.labels, limits=source.limits)
    walk = Walk(SHAPE.refined(source.mapping), keys)
    return JsonRecords(walk.record, latest_ahead_s=source.latest_ahead_s)
