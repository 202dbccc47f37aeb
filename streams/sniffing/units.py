"""In what unit producers write their timestamps."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from config.settings import Input
from streams.codecs.paths import Find, compile_path
from streams.codecs.recognition import chosen, look

NONE = "none: the time of the Kafka record"

_UNITS = ((1e11, "seconds"), (1e14, "milliseconds"), (1e17, "microseconds"))
_PATHS: Mapping[str, tuple[str, ...]] = {
    "json": ("timestamp", "0.timestamp"),
    "errors": ("timestamp",),
    "telegraf_json": ("timestamp", "metrics.0.timestamp"),
    "prometheus_json": ("timestamp",),
    "collectd": ("0.time", "time"),
    "vector": ("timestamp", "metric.timestamp", "log.timestamp", "@timestamp"),
    "fluent_bit": ("@timestamp",),
    "beats": ("@timestamp",),
    "debezium": ("payload.source.ts_ms", "source.ts_ms", "__source_ts_ms", "payload.ts_ms"),
}
_FIXED = {
    "otlp": "nanoseconds",
    "otlp_json": "nanoseconds",
    "prometheus_avro": "RFC 3339",
}


def unit_of(values: Sequence[bytes | None], source: Input) -> str:
    """The unit that most of the records use."""
    format = "errors" if source.kind == "errors" else source.format
    if format in _FIXED:
        return _FIXED[format]
    stamp = _last_word if format == "influx" else _stamp_at(_paths(format, source))
    words = Counter(word_for(stamp(values[i] or b"")) for i in chosen(values))
    return words.most_common(1)[0][0] if words else NONE


def word_for(stamp: object) -> str:
    """The unit of one timestamp.

    >>> word_for(1700000000.5), word_for("1700000000123"), word_for("2026-11-23T10:00:00Z")
    ('seconds', 'milliseconds', 'RFC 3339')
    """
    if isinstance(stamp, str):
        try:
            stamp = float(stamp)
        except ValueError:
            return "RFC 3339"
    if not isinstance(stamp, int | float):
        return NONE
    return next((word for limit, word in _UNITS if abs(stamp) < limit), "nanoseconds")


def _paths(format: str, source: Input) -> list[Find]:
    mapping = source.mapping
    if mapping is None or mapping.timestamp is None:
        return [compile_path(path) for path in _PATHS.get(format, ())]
    path = mapping.timestamp
    if mapping.each is not None and not path.startswith("$."):
        path = f"{mapping.each}.0.{path}"
    path = path.removeprefix("$.")
    return [compile_path(path), compile_path(f"0.{path}")]


def _stamp_at(finds: Sequence[Find]) -> Callable[[bytes], object]:
    def stamp(value: bytes) -> object:
        whole = look(value).whole
        return next((found for find in finds if (found := find(whole)) is not None), None)

    return stamp


def _last_word(value: bytes) -> object:
    lines = (line for line in value.splitlines() if line.strip() and not line.startswith(b"#"))
    word = next(lines, b"").rstrip().rpartition(b" ")[2]
    return word.decode() if word.isdigit() else None
