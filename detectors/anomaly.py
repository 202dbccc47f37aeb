"""An anomaly: a run of unusual samples in one series, opened and closed once."""

from msgspec import Struct


class Point(Struct, frozen=True, array_like=True):
    """One remembered sample: epoch seconds, value, and the band then thought normal (or NaN)."""

    at: float
    value: float
    lower: float
    upper: float


class Part(Struct, frozen=True):
    """What one detector contributed: its p-value, and its share of the evidence from 0 to 1."""

    detector: str
    p_value: float
    share: float


class Anomaly(Struct, frozen=True, kw_only=True):
    """A change of an anomaly's state, with its evidence.

    `is_open` is False on the message that closes it; `opened_at` and `closed_at` are epoch seconds
    of event time, and (series, detector group, opened_at) identify it. `value` is NaN for absence.
    `severity` is 0 info, 1 warning, 2 error, 3 critical. `still_s`: where it is that the value
    stands still, for how long it has, and `longest_s` any did before.
    `at_once`: it opened for a single sample, before there were as many as a run takes.
    """

    series: str
    profile: str
    opened_at: float
    closed_at: float | None
    severity: int
    value: float
    expected: float
    lower: float
    upper: float
    p_value: float
    parts: tuple[Part, ...]
    points: tuple[Point, ...]
    still_s: float = 0.0
    longest_s: float = 0.0
    at_once: bool = False

    @property
    def is_open(self) -> bool:
        """True until the closing message."""
        return self.closed_at is None
