"""Native JSON: one sample, a list of samples, or an object of fields.

    {"name": "latency_ms", "labels": {"service": "cart"}, "value": 12.5, "timestamp": 1700000000}
    {"labels": {"host": "a"}, "fields": {"cpu_ratio": 0.4, "load1": 1.2}, "timestamp": "2026-..Z"}

A record without a timestamp takes that of its Kafka record.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from detectors.series import Series, series_key
from streams.codecs.decoded import Bad, Decoded
from streams.codecs.instants import BadInstant, epoch_seconds

LARGEST = 1 << 20  # bytes; a larger record is no telemetry


class _Sample(Struct, gc=False):
    name: str = ""
    value: float | None = None
    labels: dict[str, str] = {}
    fields: dict[str, float] = {}
    timestamp: float | str | None = None


_Record = _Sample | list[_Sample]
_one = msgspec.json.Decoder(_Record)
_many = msgspec.json.Decoder(list[_Record])


class NativeJson:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(self, *, extra: Mapping[str, str], latest_ahead_s: float) -> None:
        self._extra = dict(extra)
        self._ahead = latest_ahead_s
        self._keys: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Decoded()
        for position, record in enumerate(parse_run(values, found.bad)):
            if record is None:
                continue
            samples = record if isinstance(record, list) else [record]
            fallback = timestamps[position] / 1000.0
            for sample in samples:
                fault = self._take(sample, fallback, now + self._ahead, found)
                found.position += [position] * (len(found.keys) - len(found.position))
                if fault is not None:
                    found.bad.append(Bad(position, *fault))
                    break
        return found

    def _take(
        self, sample: _Sample, fallback: float, latest: float, found: Decoded
    ) -> tuple[str, str] | None:
        stamp = fallback if sample.timestamp is None else sample.timestamp
        try:
            at = epoch_seconds(stamp, latest=latest)
        except BadInstant as error:
            return "timestamp", str(error)
        pairs = dict(sample.fields)
        if sample.name:
            if sample.value is None:
                return "missing", f"{sample.name!r} has no value"
            pairs[sample.name] = sample.value
        if not pairs:
            return "missing", "neither name and value nor fields"
        for name, value in pairs.items():
            if not math.isfinite(value):
                return "not_finite", f"{name!r} is {value}"
        try:
            keys = [self._key(name, sample.labels) for name in pairs]
        except ValueError as error:
            return "name", str(error)
        found.keys += keys
        found.at += [at] * len(keys)
        found.value += pairs.values()
        return None

    def _key(self, name: str, labels: Mapping[str, str]) -> str:
        known = (name, tuple(labels.items()))
        key = self._keys.get(known)
        if key is None:
            if len(self._keys) > 1_000_000:
                self._keys.clear()
            key = self._keys[known] = _series_key(name, {**self._extra, **labels})
        return key


def _series_key(name: str, labels: Mapping[str, str]) -> str:
    """The key of a series. Raises ValueError for names that could not be read back from it."""
    key = series_key(name, labels)
    try:
        is_readable = Series.parse(key) == Series(name, labels)
    except ValueError:
        is_readable = False
    if not is_readable:
        raise ValueError(f"{key[:200]!r} has a brace, comma, quote or = in a name, or an empty one")
    return key


def parse_run(
    values: Sequence[bytes | None], bad: list[Bad]
) -> list[_Sample | list[_Sample] | None]:
    """Each record parsed, or None where it is bad (and then told in `bad`).

    The run is parsed in one piece, three times as fast, and one by one where that fails.
    """
    if all(value is not None and len(value) <= LARGEST for value in values):
        try:
            whole = _many.decode(b"[" + b",".join(v for v in values if v is not None) + b"]")
            if len(whole) == len(values):  # else a record held two, or half of one
                return [*whole]
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    parsed: list[_Sample | list[_Sample] | None] = []
    for position, value in enumerate(values):
        parsed.append(None)
        if value is None or not value.strip():
            bad.append(Bad(position, "empty", "the record has no value"))
        elif len(value) > LARGEST:
            bad.append(Bad(position, "too_large", f"{len(value)} bytes, more than {LARGEST}"))
        else:
            try:
                parsed[position] = _one.decode(value)
            except msgspec.ValidationError as error:
                bad.append(Bad(position, "shape", str(error)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                bad.append(Bad(position, "not_json", str(error)))
    return parsed
