"""What a worker says of itself, as the record of `tocsin.workers`."""

import msgspec
from msgspec import Struct, field


class WorkerStatus(Struct, frozen=True, kw_only=True):
    """One worker's state. Counts are totals since its start; rates are over the last interval.

    `lag` is records waiting in the topics this worker reads; `behind_s` is how far event time
    trails the clock, for inputs that publish live. `config_error` is the refused edit, if any.
    `warming_up` of the series are only learnt as yet.
    """

    worker: str
    host: str
    pid: int
    at: float
    uptime_s: float = 0.0
    records: int = 0
    samples: int = 0
    records_per_s: float = 0.0
    samples_per_s: float = 0.0
    lag: int = 0
    series: int = 0
    warming_up: int = 0
    anomalies: int = 0
    anomalies_open: int = 0
    events: int = 0
    incidents_open: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    notifications: dict[str, dict[str, int]] = field(default_factory=dict)
    config_digest: str = ""
    config_error: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(WorkerStatus)


def encode(status: WorkerStatus) -> bytes:
    """The status as a record value."""
    return _encoder.encode(status)


def decode(value: bytes) -> WorkerStatus:
    """The status in a record value. Raises `msgspec.DecodeError` when it is none."""
    return _decoder.decode(value)
