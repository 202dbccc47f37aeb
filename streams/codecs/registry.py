"""The codecs by the name of their format."""

from config.settings import Input
from streams.codecs.decoded import Codec
from streams.codecs.errors import ErrorRecords
from streams.codecs.native import NativeJson


def codec_for(source: Input) -> Codec:
    """The codec of an input."""
    kind = ErrorRecords if source.kind == "errors" else NativeJson
    return kind(extra=source.labels, latest_ahead_s=source.latest_ahead_s)
