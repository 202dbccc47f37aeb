"""Anomalies from their first message to their last."""

from collections.abc import Iterable

from msgspec import Struct

from detectors.anomaly import Anomaly
from detectors.looks import Looks


class Episode(Struct, frozen=True, kw_only=True):
    """An anomaly as it was when all of it was known. Times are epoch seconds of event time.

    `opened_at` is its first alarm, `told_at` when a message said so first, `closed_at` None where
    it was open at the end. The evidence of `first` is that of opening, of the sample with which it
    was told; `severity` and `p_value` are the worst it came to.
    """

    first: Anomaly
    told_at: float
    closed_at: float | None
    severity: int
    p_value: float

    @property
    def opened_at(self) -> float:
        """Its first alarm."""
        return self.first.opened_at

    @property
    def is_silence(self) -> bool:
        """True where the finding is that there was no sample."""
        return self.first.value != self.first.value


def episodes(messages: Iterable[Anomaly], looks: Looks) -> list[Episode]:
    """The anomalies of one series, of all their messages in order."""
    by_start: dict[float, list[Anomaly]] = {}
    for message in messages:
        by_start.setdefault(message.opened_at, []).append(message)
    return [_episode(told, looks) for told in by_start.values()]


def _episode(told: list[Anomaly], looks: Looks) -> Episode:
    return Episode(
        first=told[0],
        told_at=_told_at(told[0], looks),
        closed_at=told[-1].closed_at,
        severity=max(message.severity for message in told),
        p_value=min(message.p_value for message in told),
    )


def _told_at(first: Anomaly, looks: Looks) -> float:
    """The first sample of it after which it was open."""
    told = looks.at[looks.is_open & (looks.at >= first.opened_at)]
    return float(told[0]) if len(told) and first.value == first.value else first.opened_at
