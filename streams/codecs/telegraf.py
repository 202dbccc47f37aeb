"""Telegraf's JSON, a metric or a batch of them a record.

    {"name": "cpu", "tags": {"host": "a"}, "fields": {"usage_idle": 97.1}, "timestamp": 1458229140}
    {"metrics": [{"name": "cpu", ...}, ...]}

Each number or truth (1 or 0) is a sample of the series `cpu_usage_idle`, texts are left out. The
timestamp is in seconds unless Telegraf was told otherwise: any unit is understood.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw, Struct

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.faults import Fault
from streams.codecs.fields import keep_numbers, series_name
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_each
from streams.codecs.raw_labels import labels_of


class _Metric(Struct, gc=False):
    name: str = ""
    fields: dict[str, float | bool | str | None] | None = None
    tags: Raw = Raw(b"{}")  # unparsed, for they are the same again and again
    timestamp: float | str | None = None
    metrics: "list[_Metric] | None" = None


_parse = msgspec.json.Decoder(_Metric).decode


class TelegrafJson:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(
        self, *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
    ) -> None:
        self._keys = SeriesKeys(extra=extra, limits=limits)
        self._ahead = latest_ahead_s

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        records, positions = parse_each(_parse, values, found.bad)
        for record, found.record in zip(records, positions, strict=True):
            for metric in (record,) if record.metrics is None else record.metrics:
                if found.is_given_up:
                    break
                try:
                    self._add(found, metric)
                except Fault as fault:
                    found.fault(fault)
            found.place()
        keep_numbers(found)
        return found.finish(timestamps, latest=now + self._ahead)

    def _add(self, found: Gathered, metric: _Metric) -> None:
        fields = metric.fields
        if fields is None or not metric.name:
            raise Fault("missing", "a metric has no name" if fields else "a metric has no fields")
        group = (metric.name, bytes(metric.tags))
        try:
            known = self._keys.tables[group]
            found.keys += [known[field] for field in fields]
        except KeyError:
            self._add_new(found, metric, fields, group)
            return
        found.values += fields.values()  # type: ignore[arg-type]
        found.stamps += [metric.timestamp] * len(fields)

    def _add_new(
        self,
        found: Gathered,
        metric: _Metric,
        fields: Mapping[str, float | str | None],
        group: tuple[str, bytes],
    ) -> None:
        """Add a metric with a field that is new, or a text. Raises Fault for the tags."""
        tags = labels_of(group[1])
        for field, value in fields.items():
            if isinstance(value, str | None) or found.is_given_up:
                continue
            try:
                key = self._keys.find(group, field) or self._keys.learn(
                    group, field, series_name(metric.name, field), tags
                )
            except Fault as fault:
                found.fault(fault)
            else:
                found.keys.append(key)
                found.values.append(value)
                found.stamps.append(metric.timestamp)
