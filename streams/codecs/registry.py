"""The codecs by the name of their format."""

from collections.abc import Callable, Mapping
from typing import Any

from config.settings import Input
from streams.codecs.auto import Auto
from streams.codecs.beats import beats
from streams.codecs.collectd import collectd
from streams.codecs.debezium import debezium
from streams.codecs.decoded import Codec
from streams.codecs.errors import ErrorRecords
from streams.codecs.fluent_bit import fluent_bit
from streams.codecs.influx import InfluxLines
from streams.codecs.mapping import mapped
from streams.codecs.native import NativeJson
from streams.codecs.otlp import OtlpProtobuf
from streams.codecs.otlp_json import OtlpJson
from streams.codecs.prometheus import prometheus_avro, prometheus_json
from streams.codecs.telegraf import TelegrafJson
from streams.codecs.vector import vector

Factory = Callable[[Input], Codec]


def codec_for(source: Input) -> Codec:
    """The codec of an input."""
    if source.kind == "errors":
        return _errors(source)
    return FORMATS[source.format](source)


def _as_set(codec: Callable[..., Codec]) -> Factory:
    """A factory for a codec that needs to know labels, limits and how far ahead is too far."""

    def make(source: Input) -> Codec:
        """The codec of an input."""
        settings: dict[str, Any] = {
            "extra": source.labels,
            "latest_ahead_s": source.latest_ahead_s,
            "limits": source.limits,
        }
        return codec(**settings)

    return make


_errors = _as_set(ErrorRecords)

FORMATS: Mapping[str, Factory] = {
    "auto": lambda source: Auto(source, FORMATS),
    "json": _as_set(NativeJson),
    "otlp": _as_set(OtlpProtobuf),
    "otlp_json": _as_set(OtlpJson),
    "influx": _as_set(InfluxLines),
    "telegraf_json": _as_set(TelegrafJson),
    "prometheus_json": _as_set(prometheus_json),
    "prometheus_avro": _as_set(prometheus_avro),
    "vector": vector,
    "fluent_bit": fluent_bit,
    "beats": beats,
    "debezium": debezium,
    "collectd": collectd,
    "mapping": mapped,
}
"""Format of an input -> what makes its codec."""
