"""Elastic Beats and Agent: ECS documents, of which every number of the module is a series.

    {"@timestamp": "2026-11-23T08:05:34.853Z", "event": {"module": "system"},
     "metricset": {"name": "cpu"}, "host": {"name": "web1"}, "system": {"cpu": {"cores": 24}}}

The series is called `system.cpu.cores`, as the field is in Elasticsearch. Labels are the host, the
service, and what tells the documents of one metric set apart (the mount point, the interface). A
document without a module is a log line: it has no samples, unless a mapping says which.
"""

from typing import Any

from config.settings import Input
from streams.codecs.decoded import Codec
from streams.codecs.faults import Fault
from streams.codecs.fluent_bit import NAMING
from streams.codecs.json_records import JsonRecords, Run, kind_of
from streams.codecs.keys import SeriesKeys
from streams.codecs.mapping import Walk
from streams.codecs.paths import compile_path
from streams.codecs.shape import Shape

LABELS = {
    "host": ("host.name", "host.hostname", "agent.hostname", "beat.hostname", "agent.name"),
    "service": ("service.name",),
    "address": ("service.address", "metricset.host"),
    "environment": ("service.environment",),
    "namespace": ("kubernetes.namespace",),
    "node": ("kubernetes.node.name",),
    "pod": ("kubernetes.pod.name",),
    "container": ("container.name", "kubernetes.container.name", "container.id"),
    "process": ("process.name",),
    "pid": ("process.pid",),
    "monitor": ("monitor.name", "monitor.id"),
}
"""Labels of ECS that are the same in all modules."""

DIMENSIONS = (
    "name",
    "id",
    "mount_point",
    "device_name",
    "device",
    "interface",
    "instance",
    "queue",
)
"""What a metric set calls the thing that a document is about, beside its numbers."""

LABEL_MAPS = ("labels", "label", "tags", "dimensions")
"""Maps of a module or metric set that hold labels, such as those of Prometheus and AWS."""

COUNTERS = (
    *("system.network.in.*", "system.network.out.*", "system.cpu.*.ticks", "system.core.*.ticks"),
    *("system.diskio.read.*", "system.diskio.write.*", "system.diskio.io.time"),
    *("kubernetes.*.network.*.bytes", "kubernetes.*.network.*.errors", "prometheus.*_total"),
    *("nginx.stubstatus.accepts", "nginx.stubstatus.handled", "nginx.stubstatus.requests"),
)
"""Well-known fields that count up; a mapping may add others."""

_MOST_WALKS = 1000  # metric sets, of which a forger could make up any number
_MODULES = (compile_path("event.module"), compile_path("metricset.module"))
_METRICSET = compile_path("metricset.name")
_DATASET = compile_path("event.dataset")


def beats(source: Input) -> Codec:
    """The codec of an input with `format: beats`."""
    return JsonRecords(_Beats(source).take, latest_ahead_s=source.latest_ahead_s)


def metricset_of(record: object) -> tuple[str, str] | None:
    """The module and the metric set of a document, None when it has none.

    >>> metricset_of({"event": {"dataset": "system.cpu", "module": "system"}})
    ('system', 'cpu')
    """
    dataset = _DATASET(record)
    first, _, rest = dataset.partition(".") if type(dataset) is str else ("", "", "")
    module = next((found for find in _MODULES if (found := find(record)) is not None), first)
    metricset = _METRICSET(record)
    if metricset is None and rest:
        metricset = rest
    if type(module) is not str or type(metricset) is not str or not module or not metricset:
        return None
    return module, metricset


class _Beats:
    """A walk for each metric set, made when its first document comes."""

    def __init__(self, source: Input) -> None:
        self._mapping = source.mapping
        self._keys = SeriesKeys(extra=source.labels, limits=source.limits)
        self._walks: dict[tuple[str, str] | None, Walk] = {}

    def take(self, record: Any, run: Run) -> None:
        """Take one document in."""
        if type(record) is not dict:
            raise Fault("shape", f"{kind_of(record)} stands where a document should")
        chosen = metricset_of(record)
        walk = self._walks.get(chosen)
        if walk is None:
            if len(self._walks) >= _MOST_WALKS:
                self._walks.clear()
            shape = _shape(*(chosen or ("monitor", "")))
            walk = self._walks[chosen] = Walk(shape.refined(self._mapping), self._keys)
        walk.record(record, run)


def _shape(module: str, metricset: str) -> Shape:
    below = (f"{module}.{metricset}", module) if metricset else (module,)
    return Shape(
        timestamps=("@timestamp",),
        fields=(f"{module}.**",),
        drop=NAMING,
        whole_names=True,
        counters=COUNTERS,
        labels={**{label: (f"{below[0]}.{label}",) for label in DIMENSIONS}, **LABELS},
        labels_from=tuple(f"{base}.{name}" for base in below for name in LABEL_MAPS),
    )
