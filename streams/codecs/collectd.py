"""collectd's write_kafka with `Format JSON`: a list of values, several numbers each.

    [{"values": [1901474177], "dstypes": ["derive"], "dsnames": ["value"], "time": 1280959128.0,
      "interval": 10.0, "host": "leeloo", "plugin": "cpu", "plugin_instance": "0", "type": "cpu",
      "type_instance": "idle"}]

A series is named as the Prometheus exporter of collectd names it: plugin, type where it is another
word, and the number's own name unless it is `value`. A number that was not measured is null.
"""

from typing import Any

from config.settings import Input
from streams.codecs.decoded import Codec, Kind
from streams.codecs.faults import Fault
from streams.codecs.json_records import JsonRecords, Run, kind_of
from streams.codecs.keys import SeriesKeys
from streams.codecs.metric import Metric

KINDS = {
    "gauge": Kind.GAUGE,
    "counter": Kind.CUMULATIVE,
    "derive": Kind.CUMULATIVE,
    "absolute": Kind.DELTA,
}
_LABELS = {"host": "host", "plugin_instance": "instance", "type_instance": "type"}


def collectd(source: Input) -> Codec:
    """The codec of an input with `format: collectd`."""
    keys = SeriesKeys(extra=source.labels, limits=source.limits)

    def take(record: Any, run: Run) -> None:
        for values in record if type(record) is list else [record]:
            if type(values) is not dict:
                raise Fault("shape", f"{kind_of(values)} stands where a map should")
            _take(values, run, keys)

    return JsonRecords(take, latest_ahead_s=source.latest_ahead_s)


def _take(record: dict[str, Any], run: Run, keys: SeriesKeys) -> None:
    plugin, type_ = _text(record, "plugin"), _text(record, "type")
    metric = Metric(
        run=run,
        keys=keys,
        name=plugin if plugin == type_ else f"{plugin}_{type_}",
        labels={label: text for key, label in _LABELS.items() if (text := _text(record, key))},
        at=run.instant(record.get("time")),
        start=0.0,
        kind=Kind.GAUGE,
    )
    for value, name, kind in _values(record):
        if value is not None:
            metric.sample(value, suffix="" if name == "value" else f"_{name}", kind=kind)


def _values(record: dict[str, Any]) -> list[tuple[Any, str, Kind]]:
    values, names, kinds = (record.get(key) for key in ("values", "dsnames", "dstypes"))
    if not type(values) is type(names) is type(kinds) is list:
        raise Fault("shape", "values, dsnames and dstypes are not lists")
    if not len(values) == len(names) == len(kinds):
        raise Fault("shape", "values, dsnames and dstypes differ in length")
    if not all(type(kind) is str and kind in KINDS for kind in kinds):
        raise Fault("shape", f"dstypes are not among {', '.join(KINDS)}")
    return [
        (value, str(name), KINDS[kind])
        for value, name, kind in zip(values, names, kinds, strict=True)
    ]


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key, "")
    if type(value) is not str:
        raise Fault("shape", f"{kind_of(value)} stands at {key!r} where a text should")
    return value
