"""What format records are in: marks that are quick to see, then whether the codec can read them."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from streams.codecs.beats import metricset_of
from streams.codecs.decoded import Codec
from streams.codecs.faults import LARGEST
from streams.codecs.vector import value_of

MOST = 50
"""Records that are looked at of a run, as far apart as can be."""

ENOUGH = 0.2
"""Share of the records that a format must be able to read, to be taken for theirs."""

LENIENT = frozenset({"vector", "fluent_bit", "beats", "debezium"})
"""Formats that take any JSON: what has no samples is a log line to them."""

OWN_FAULTS = frozenset({"timestamp", "not_finite", "name", "labels", "label_length"})
"""Reasons of bad records that are in the right format all the same."""

_LINE = re.compile(
    rb"(?:\\.|[^\s,\\#{\[\"<])(?:\\.|[^\s,\\])*"  # the measurement
    rb"(?:,(?:\\.|[^\s,=\\])+=(?:\\.|[^\s,=\\])+)*"  # tags
    rb" +(?:\\.|[^\s,=\\])+=(?:\"|[-+.\d]|[tTfF])"  # the first field
)
_AVRO = re.compile(rb"(?s:\x00.{4})?[\x14-\x7e]\d{4}-\d\d-\d\dT\d\d:\d\d")
_COMMENTS = re.compile(rb"(?:\s*#[^\n]*\n)*\s*")
_SENDERS = ("agent", "beat", "ecs", "@metadata", "data_stream")
_parse = msgspec.json.Decoder().decode


class Guess(NamedTuple):
    """A format, and the share of the records that it can read."""

    format: str
    share: float


class Look(NamedTuple):
    """A record as the marks see it: its bytes, and its JSON or the first item of it."""

    value: bytes
    whole: Any
    item: Mapping[str, Any]


def look(value: bytes) -> Look:
    """A record to look at."""
    whole = None
    if value.lstrip()[:1] in (b"{", b"["):
        with suppress(ValueError, RecursionError):
            whole = _parse(value)
    item = whole[0] if type(whole) is list and whole else whole
    return Look(value, whole, item if type(item) is dict else {})


def chosen(values: Sequence[bytes | None]) -> list[int]:
    """The positions of the records to look at, in their order."""
    usable = [i for i, value in enumerate(values) if value and len(value) <= LARGEST]
    step = max(1, -(-len(usable) // MOST))
    return usable[::step]


def recognise(
    values: Sequence[bytes | None],
    timestamps: Sequence[int],
    *,
    now: float,
    formats: Sequence[str],
    codec_of: Callable[[str], Codec],
) -> list[Guess]:
    """The formats that can read some of the records, the likeliest first; the same for the same.

    Tombstones and records too large for telemetry do not count.
    """
    positions = chosen(values)
    looks = {i: look(values[i] or b"") for i in positions}
    guesses = []
    for name in (name for name in MARKS if name in formats):
        marked = [i for i in positions if MARKS[name](looks[i])]
        if marked:
            found = codec_of(name).decode(
                [values[i] for i in marked], [timestamps[i] for i in marked], now=now
            )
            unread = sum(bad.reason not in OWN_FAULTS for bad in found.bad)
            guesses.append(Guess(name, (len(marked) - unread) / len(positions)))
    return sorted((g for g in guesses if g.share), key=lambda guess: -guess.share)


def _is_otlp(seen: Look) -> bool:
    """Whether it is a run of protobuf fields 1, each with a length."""
    value, at = seen.value, 0
    while at < len(value) and value[at] == 0x0A:
        size, at = _varint(value, at + 1)
        at += size
    return len(value) > 1 and at == len(value)


def _varint(value: bytes, at: int) -> tuple[int, int]:
    size = 0
    for i in range(min(5, len(value) - at)):
        size |= (value[at + i] & 0x7F) << 7 * i
        if value[at + i] < 0x80:
            return size, at + i + 1
    return len(value), at + 1  # leads beyond the end


def _is_line(seen: Look) -> bool:
    start = _COMMENTS.match(seen.value)
    return _LINE.match(seen.value, start.end() if start else 0) is not None


def _is_telegraf(seen: Look) -> bool:
    metrics = seen.item.get("metrics")
    item = metrics[0] if type(metrics) is list and metrics else seen.item
    return _has(item, fields=dict, name=str, tags=dict)


def _is_debezium(seen: Look) -> bool:
    payload = seen.item.get("payload", seen.item)
    if "schema" in seen.item and seen.item.keys() == {"schema", "payload"} and payload is None:
        return True
    return type(payload) is dict and (
        ("op" in payload and "source" in payload and ("after" in payload or "before" in payload))
        or any(key in payload for key in ("__op", "__source_ts_ms", "__deleted"))
    )


def _is_vector(seen: Look) -> bool:
    event = seen.item.get("metric") or seen.item.get("log") or seen.item
    if type(event) is not dict:
        return False
    return value_of(event) is not None or _has(event, source_type=str, timestamp=str)


def _is_beats(seen: Look) -> bool:
    return "@timestamp" in seen.item and (
        metricset_of(seen.item) is not None or any(sender in seen.item for sender in _SENDERS)
    )


def _is_native(seen: Look) -> bool:
    return _has(seen.item, name=str, value=(int, float)) or _has(seen.item, fields=dict)


def _has(item: object, **kinds: type | tuple[type, ...]) -> bool:
    return type(item) is dict and all(isinstance(item.get(k), kind) for k, kind in kinds.items())


MARKS: Mapping[str, Callable[[Look], bool]] = {
    "otlp": _is_otlp,
    "otlp_json": lambda seen: "resourceMetrics" in seen.item or "resource_metrics" in seen.item,
    "prometheus_avro": lambda seen: _AVRO.match(seen.value) is not None,
    "influx": _is_line,
    "telegraf_json": _is_telegraf,
    "prometheus_json": lambda seen: _has(seen.item, name=str, value=str, labels=dict),
    "collectd": lambda seen: _has(seen.item, plugin=str, values=list, dstypes=list),
    "debezium": _is_debezium,
    "vector": _is_vector,
    "beats": _is_beats,
    "fluent_bit": lambda seen: "@timestamp" in seen.item and not _is_beats(seen),
    "json": _is_native,
}
"""Format -> whether a record looks like it; of formats that read as many, the first is taken."""
