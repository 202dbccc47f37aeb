"""Anomalies against labels: how many were found, how many were false, and how late."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from detectors.episodes import Episode
from detectors.flags import Flags
from detectors.history import Samples
from detectors.looks import judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Counts of one series, or of several together.

    An event is a run of labelled samples. It is found when an anomaly is open in it; an anomaly is
    true when it is open in an event. A delay is from an event's first sample until it was told.
    """

    events: int
    found: int
    anomalies: int
    true: int
    delays_s: Sequence[float] = ()

    @property
    def precision(self) -> float | None:
        """The share of anomalies that are true."""
        return self.true / self.anomalies if self.anomalies else None

    @property
    def recall(self) -> float | None:
        """The share of events that were found."""
        return self.found / self.events if self.events else None

    @property
    def delay_s(self) -> float | None:
        """The median delay of the events that were found."""
        return median(self.delays_s) if self.delays_s else None


def compare(samples: Samples, truth: Flags, found: Sequence[Episode]) -> Truth:
    """The anomalies of a series beside its labels."""
    events = _events(samples, truth)
    spans = [(one.told_at, np.inf if one.closed_at is None else one.closed_at) for one in found]
    hits = [[told for told, end in spans if told <= last and end > first] for first, last in events]
    true = [any(told <= last and end > first for first, last in events) for told, end in spans]
    delays = [
        max(min(told) - first, 0.0) for (first, _), told in zip(events, hits, strict=True) if told
    ]
    return Truth(
        events=len(events),
        found=len(delays),
        anomalies=len(spans),
        true=sum(true),
        delays_s=tuple(delays),
    )


def together(truths: Sequence[Truth]) -> Truth:
    """The counts of several series as one."""
    return Truth(
        events=sum(one.events for one in truths),
        found=sum(one.found for one in truths),
        anomalies=sum(one.anomalies for one in truths),
        true=sum(one.true for one in truths),
        delays_s=tuple(delay for one in truths for delay in one.delays_s),
    )


def _events(samples: Samples, truth: Flags) -> list[tuple[float, float]]:
    kept = judged(*samples)
    at, flags = samples.at[kept], truth[kept]
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return [(float(at[a]), float(at[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
