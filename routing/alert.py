"""An alert: an anomaly or an outside signal as routing sees it."""

import enum
from datetime import datetime

from msgspec import Struct, field


class Severity(enum.StrEnum):
    """How bad it is; ordered by `rank`."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    rank: int
    """0 for info up to 3 for critical."""

    def __init__(self, _word: str) -> None:
        self.rank = len(type(self).__members__)


class Point(Struct, frozen=True, array_like=True):
    """One point of the picture: epoch seconds, the value, and the band then thought normal."""

    at: float
    value: float | None
    lower: float | None = None
    upper: float | None = None


class Part(Struct, frozen=True, kw_only=True):
    """What one detector contributed: its p-value and its share of the evidence, 0 to 1."""

    detector: str
    p_value: float
    share: float


class Evidence(Struct, frozen=True, kw_only=True):
    """Why an alert fired. `value` is None where the finding is that there is no value.

    `still_s`: where it is that the value stands still, for how many seconds it has, and `longest_s`
    any did before.
    `at_once`: for a single sample, before there were as many as a run takes.
    """

    series: str
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    p_value: float
    unit: str = ""
    parts: tuple[Part, ...] = ()
    points: tuple[Point, ...] = ()
    still_s: float = 0.0
    longest_s: float = 0.0
    at_once: bool = False


class Alert(Struct, frozen=True, kw_only=True, gc=False):
    """One alert. Firing while `ends_at` is None; the labels alone identify it."""

    labels: dict[str, str]
    severity: Severity
    starts_at: datetime
    ends_at: datetime | None = None
    annotations: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None

    @property
    def is_firing(self) -> bool:
        """True while the alert has no end."""
        return self.ends_at is None
