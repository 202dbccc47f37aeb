"""Error records: each is one occurrence of an error, to be counted.

{"timestamp": "2026-11-23T10:00:00Z", "service": "cart", "type": "Timeout", "message": "..."}
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from detectors.series import series_key
from streams.codecs.decoded import Bad, Decoded
from streams.codecs.instants import BadInstant, epoch_seconds
from streams.codecs.native import LARGEST

NAME = "errors"


class _Error(Struct, gc=False):
    service: str
    type: str = ""
    environment: str = ""
    timestamp: float | str | None = None


_decoder = msgspec.json.Decoder(_Error)


class ErrorRecords:
    """The codec: one sample of value 1 a record, in the series `errors{service=...}`."""

    def __init__(self, *, extra: Mapping[str, str], latest_ahead_s: float) -> None:
        self._extra = dict(extra)
        self._ahead = latest_ahead_s

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Decoded()
        for position, value in enumerate(values):
            if value is None or not value.strip():
                found.bad.append(Bad(position, "empty", "the record has no value"))
                continue
            if len(value) > LARGEST:
                text = f"{len(value)} bytes, more than {LARGEST}"
                found.bad.append(Bad(position, "too_large", text))
                continue
            try:
                error = _decoder.decode(value)
                stamp = error.timestamp
                stamp = timestamps[position] / 1000.0 if stamp is None else stamp
                at = epoch_seconds(stamp, latest=now + self._ahead)
            except msgspec.ValidationError as fault:
                found.bad.append(Bad(position, "shape", str(fault)))
            except (msgspec.DecodeError, UnicodeDecodeError) as fault:
                found.bad.append(Bad(position, "not_json", str(fault)))
            except BadInstant as fault:
                found.bad.append(Bad(position, "timestamp", str(fault)))
            else:
                labels = {**self._extra, "service": error.service}
                if error.environment:
                    labels["environment"] = error.environment
                found.keys.append(series_key(NAME, labels))
                found.at.append(at)
                found.value.append(1.0)
                found.position.append(position)
        return found
