"""What a worker counts, and how it says so."""

from collections import Counter
from dataclasses import dataclass, field

from config.status import WorkerStatus
from config.status import encode as encode_status


@dataclass(slots=True)
class InputStats:
    """What was read of one input: totals since the worker's start, and a few present values.

    `late` and `shed` count records; `overflow` and `stale` count samples: those of more series
    than allowed, and those not newer than what their series had shown. `event_at` is the newest
    event time, `waiting_s` how long the newest record waited in Kafka, both as of the last chunk.
    """

    records: int = 0
    samples: int = 0
    bad: int = 0
    late: int = 0
    shed: int = 0
    overflow: int = 0
    stale: int = 0
    waiting_s: float = 0.0
    event_at: float = 0.0
    format: str = ""


@dataclass(slots=True)
class Stats:
    """Totals since the worker's start, and a few present values."""

    records: int = 0
    samples: int = 0
    events: int = 0
    anomalies: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    notifications: dict[str, Counter[str]] = field(default_factory=dict)
    inputs: dict[str, InputStats] = field(default_factory=dict)
    _before: tuple[float, int, int] = (0.0, 0, 0)

    def input(self, name: str) -> InputStats:
        """The counts of an input."""
        return self.inputs.setdefault(name, InputStats())

    def told(self, channel: str, status: str) -> None:
        """Count what became of one notification."""
        self.notifications.setdefault(channel, Counter())[status] += 1

    def status(self, *, worker: str, host: str, pid: int, at: float, **present: object) -> bytes:
        """The record for `tocsin.workers`; rates are since the last call."""
        then, records, samples = self._before
        self._before = (at, self.records, self.samples)
        passed = at - then
        is_rate = then > 0 and passed > 0
        return encode_status(
            WorkerStatus(
                worker=worker,
                host=host,
                pid=pid,
                at=at,
                records=self.records,
                samples=self.samples,
                events=self.events,
                anomalies=self.anomalies,
                records_per_s=(self.records - records) / passed if is_rate else 0.0,
                samples_per_s=(self.samples - samples) / passed if is_rate else 0.0,
                dead_letters=dict(self.dead_letters),
                notifications={name: dict(c) for name, c in self.notifications.items()},
                **present,  # type: ignore[arg-type]
            )
        )
