"""What a worker counts, and how it says so."""

from collections import Counter
from dataclasses import dataclass, field

from config.status import InputStatus, WorkerStatus
from config.status import encode as encode_status


@dataclass(slots=True)
class InputStats:
    """What was read of one input: totals since the worker's start, and a few present values.

    `late` and `shed` count records; `overflow` and `stale` count samples: those of more series
    than allowed, and those not newer than what their series had shown. `event_at` is how far event
    time has come, 0 where that is not known, and `waiting_s` how long the record now being handled
    has waited: :class:`streams.lag.Lag` measures both.
    """

    records: int = 0
    samples: int = 0
    bad: int = 0
    late: int = 0
    shed: int = 0
    overflow: int = 0
    stale: int = 0
    series: int = 0
    waiting_s: float = 0.0
    event_at: float = 0.0
    format: str = ""
    is_gone: bool = False
    _before: tuple[int, int] = (0, 0)

    def status(self, *, at: float, passed: float) -> InputStatus:
        """The input in a worker's status; rates are since the last call, `passed` seconds ago."""
        records, samples = self._before
        self._before = (self.records, self.samples)
        event_at = self.event_at or None
        return InputStatus(
            records=self.records,
            samples=self.samples,
            bad=self.bad,
            late=self.late,
            shed=self.shed,
            overflow=self.overflow,
            stale=self.stale,
            series=self.series,
            records_per_s=_rate(self.records - records, passed),
            samples_per_s=_rate(self.samples - samples, passed),
            waiting_s=self.waiting_s,
            event_at=event_at,
            event_lag_s=None if event_at is None else at - event_at,
            format=self.format,
            is_gone=self.is_gone,
        )


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
        passed = at - then if then > 0 else 0.0
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
                records_per_s=_rate(self.records - records, passed),
                samples_per_s=_rate(self.samples - samples, passed),
                dead_letters=dict(self.dead_letters),
                notifications={name: dict(c) for name, c in self.notifications.items()},
                inputs={n: of.status(at=at, passed=passed) for n, of in self.inputs.items()},
                **present,  # type: ignore[arg-type]
            )
        )


def _rate(count: int, passed: float) -> float:
    return count / passed if passed > 0 else 0.0
