"""What a worker says of itself, as the record of `tocsin.workers`."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct, field


class InputStatus(Struct, frozen=True, kw_only=True):
    """One input, as a worker sees it. Counts are totals since the worker's start.

    `bad` counts the records that became dead letters, the `late` ones among them; `shed` those
    skipped unread. `overflow` counts samples of more series than allowed, `stale` those not newer
    than what their series had shown. `waiting_s` is how long the record now being handled has
    waited in Kafka, in the input's topic or in `tocsin.samples`, 0 where nothing waits.
    `event_at` is how far event time has come, `event_lag_s` how far that is behind the clock.
    `is_gone`: its topic is not there any more.
    """

    records: int = 0
    samples: int = 0
    bad: int = 0
    late: int = 0
    shed: int = 0
    overflow: int = 0
    stale: int = 0
    series: int = 0
    records_per_s: float = 0.0
    samples_per_s: float = 0.0
    waiting_s: float = 0.0
    event_at: float | None = None
    event_lag_s: float | None = None
    format: str = ""
    is_gone: bool = False


class CanaryStatus(Struct, frozen=True, kw_only=True):
    """The newest canary to one address: sent, late, or still awaited. Epoch seconds.

    `detail` is why it was not sent, as far as that is known.
    """

    channel: str
    address: str
    begun_at: float
    sent_at: float | None = None
    is_late: bool = False
    detail: str = ""


class WorkerStatus(Struct, frozen=True, kw_only=True):
    """One worker's state. Counts are totals since its start; rates are over the last interval.

    `lag` is records waiting in the topics this worker reads. `config_error` is the refused edit,
    if any. `warming_up` of the series are only learnt as yet. `waiting` counts, by channel, the
    notifications that wait for their turn to be sent; `channels_down` are those that hang.
    `marks` counts those in force in every partition that it judges. `canaries` are told by the
    worker that has the event log. While it `is_recovering`, partitions are given out and their
    states read: `series`, `warming_up` and `anomalies_open` say nothing.
    """

    worker: str
    host: str
    pid: int
    at: float
    uptime_s: float = 0.0
    is_recovering: bool = False
    records: int = 0
    samples: int = 0
    records_per_s: float = 0.0
    samples_per_s: float = 0.0
    lag: int = 0
    series: int = 0
    warming_up: int = 0
    anomalies: int = 0
    anomalies_open: int = 0
    marks: int = 0
    events: int = 0
    incidents_open: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    notifications: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    channels_down: tuple[str, ...] = ()
    canaries: tuple[CanaryStatus, ...] = ()
    inputs: dict[str, InputStatus] = field(default_factory=dict)
    config_digest: str = ""
    config_error: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(WorkerStatus)

_SUMMED = (
    "records",
    "samples",
    "bad",
    "late",
    "shed",
    "overflow",
    "stale",
    "series",
    "records_per_s",
    "samples_per_s",
)


def encode(status: WorkerStatus) -> bytes:
    """The status as a record value."""
    return _encoder.encode(status)


def decode(value: bytes) -> WorkerStatus:
    """The status in a record value. Raises `msgspec.DecodeError` when it is none."""
    return _decoder.decode(value)


def inputs_of(statuses: Iterable[WorkerStatus]) -> dict[str, InputStatus]:
    """Each input over all workers, by name: counts are summed, the worst lag counts.

    >>> part = InputStatus(records=1, waiting_s=9.0)
    >>> one = WorkerStatus(worker="a", host="", pid=1, at=0, inputs={"shop": part})
    >>> shop = inputs_of([one, one])["shop"]
    >>> shop.records, shop.waiting_s
    (2, 9.0)
    """
    parts: dict[str, list[InputStatus]] = {}
    for status in statuses:
        for name, part in status.inputs.items():
            parts.setdefault(name, []).append(part)
    return {name: _together(parts[name]) for name in sorted(parts)}


def _together(parts: list[InputStatus]) -> InputStatus:
    slowest = min((part.event_at for part in parts if part.event_at is not None), default=None)
    return InputStatus(
        **{name: sum(getattr(part, name) for part in parts) for name in _SUMMED},
        waiting_s=max(part.waiting_s for part in parts),
        event_at=slowest,
        event_lag_s=max((p.event_lag_s for p in parts if p.event_lag_s is not None), default=None),
        format=next((part.format for part in parts if part.format), ""),
        is_gone=any(part.is_gone for part in parts),
    )
