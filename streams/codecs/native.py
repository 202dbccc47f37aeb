"""Native JSON: one sample, a list of samples, or an object of fields.

    {"name": "latency_ms", "labels": {"service": "cart"}, "value": 12.5, "timestamp": 1700000000}
    {"labels": {"host": "a"}, "fields": {"cpu_ratio": 0.4, "load1": 1.2}, "timestamp": "2026-..Z"}

A record without a timestamp takes that of its Kafka record. What is wrong with one sample of a
list does not hold up the others.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Raw, Struct

from config.settings import Limits
from streams.codecs.decoded import Bad, Decoded
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_each
from streams.codecs.plain import Plain, PlainRuns, Shaped
from streams.codecs.raw_labels import labels_of
from streams.codecs.texts import Bytes, Places
from streams.kernels.json_sample import MEMBERS, TIMESTAMP, VALUE, samples

_VALUES, _STAMPS = 2 * VALUE, 2 * TIMESTAMP  # where their spans begin, after those of the texts


class _Sample(Struct, gc=False):
    name: str = ""
    value: float | None = None
    labels: Raw = Raw(b"{}")  # unparsed, for they are the same again and again
    fields: dict[str, float] | None = None
    timestamp: float | str | None = None


KEYS = frozenset(_Sample.__struct_fields__)
"""Those that are read; others are passed over."""

_Record = _Sample | list[_Sample]
_parse = msgspec.json.Decoder(_Record).decode
_name = msgspec.json.Decoder(str).decode


class NativeJson:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(
        self, *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
    ) -> None:
        self._keys = SeriesKeys(extra=extra, limits=limits)
        self._ahead = latest_ahead_s
        self._plain = PlainRuns(_shape, self._key_of)

    def plain(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Plain | None:
        """See :class:`streams.codecs.plain.ReadsPlain`."""
        return self._plain.read(values, timestamps, latest=now + self._ahead)

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        records, positions = parse_each(_parse, values, found.bad)
        if not _are_plain(records):
            records, positions = _flat(records, positions, found.bad)
        self._add(found, records, positions)
        return found.finish(timestamps, latest=now + self._ahead)

    def _add(self, found: Gathered, samples: Sequence[_Sample], positions: Sequence[int]) -> None:
        found.values = [sample.value for sample in samples]  # type: ignore[misc]
        found.stamps = [sample.timestamp for sample in samples]
        found.position = [*positions]
        known = self._keys.tables
        try:
            found.keys = [known[sample.name][bytes(sample.labels)] for sample in samples]
        except KeyError:
            found.name_each(samples, self._key)

    def _key_of(self, name: bytes, labels: bytes) -> str:
        return self._keys.of(_name(name), labels_of(labels or b"{}"))

    def _key(self, sample: _Sample) -> str:
        name, labels = sample.name, bytes(sample.labels)
        known = self._keys.find(name, labels)
        return known or self._keys.learn(name, labels, name, labels_of(labels))


def _shape(data: Bytes, ends: Places) -> Shaped | None:
    spans = np.full((len(ends), 2 * len(MEMBERS)), -1, np.int64)
    value, stamp = numbers = np.full((2, len(ends)), -1.0)
    if not samples(data, ends, spans, numbers):
        return None
    texts, written, stamps_written = (
        spans[:, :_VALUES],
        spans[:, _VALUES:_STAMPS],
        spans[:, _STAMPS:],
    )
    return Shaped(texts, value, written, stamp, np.arange(len(ends)), stamps_written)


def _are_plain(records: Sequence[_Record]) -> bool:
    """Whether each record is one sample with a name and a value, and nothing is to be split."""
    try:
        fields = [record.fields for record in records]  # type: ignore[union-attr]
        values = [record.value for record in records]  # type: ignore[union-attr]
        names = [record.name for record in records]  # type: ignore[union-attr]
    except AttributeError:  # a list
        return False
    return fields.count(None) == len(fields) and None not in values and all(names)


def _flat(
    records: Sequence[_Record], positions: Sequence[int], bad: list[Bad]
) -> tuple[list[_Sample], list[int]]:
    """Samples with one name and value each, and the positions of their records."""
    flat: list[_Sample] = []
    places: list[int] = []
    for record, position in zip(records, positions, strict=True):
        for sample in record if isinstance(record, list) else (record,):
            fault = _fault(sample)
            if fault:
                bad.append(Bad(position, "missing", fault))
            elif sample.fields:
                flat += _split(sample, sample.fields)
            else:
                flat.append(sample)
        places += [position] * (len(flat) - len(places))
    return flat, places


def _fault(sample: _Sample) -> str | None:
    if sample.name and sample.value is None:
        return f"{sample.name[:80]!r} has no value"
    if not sample.name and not sample.fields:
        return "neither name and value nor fields"
    return None


def _split(sample: _Sample, fields: dict[str, float]) -> Iterator[_Sample]:
    if sample.name:
        fields[sample.name] = sample.value or 0.0
    for name, value in fields.items():
        yield _Sample(name, value, sample.labels, None, sample.timestamp)
