"""Error records: each is one occurrence of an error, to be counted.

{"timestamp": "2026-11-23T10:00:00Z", "service": "cart", "type": "Timeout", "message": "..."}
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_each

NAME = "errors"


class _Error(Struct, gc=False):
    service: str
    type: str = ""
    environment: str = ""
    timestamp: float | str | None = None


_parse = msgspec.json.Decoder(_Error).decode


class ErrorRecords:
    """The codec: one sample of value 1 a record, in the series `errors{service=...}`."""

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
        errors, positions = parse_each(_parse, values, found.bad)
        found.values = [1.0] * len(errors)
        found.stamps = [error.timestamp for error in errors]
        found.position = [*positions]
        found.name_each(errors, self._key)
        return found.finish(timestamps, latest=now + self._ahead)

    def _key(self, error: _Error) -> str:
        known = self._keys.find(error.environment, error.service)
        if known:
            return known
        labels = {"service": error.service}
        if error.environment:
            labels["environment"] = error.environment
        return self._keys.learn(error.environment, error.service, NAME, labels)
