"""Static threshold: a value beyond a bound you state.

    r = 50 where x > upper, -50 where x < lower, 0 between

in nats, and absolute: it alarms whatever the series did before, in either direction. Range: these
three values. Warm-up: that of the profile. Cost: 0.02 µs a sample, 8 bytes a series. It misleads by
its age: a bound that was right last year pages for what is normal now.

Reference: W. A. Shewhart, 1931, Economic Control of Quality of Manufactured Product (limits).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement
from detectors.state import State

_CERTAIN = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Bounds in the unit of the value; at least one of them.

    >>> from detectors.state import fresh
    >>> threshold = Threshold(upper=0.9)
    >>> threshold.score(fresh(threshold.dtype, 2), np.array([0.5, 0.95]), np.zeros(2)).residual
    array([ 0., 50.])
    """

    upper: float | None = None
    lower: float | None = None

    name: ClassVar[str] = "threshold"
    is_absolute: ClassVar[bool] = True
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("at", "f8")])

    def __post_init__(self) -> None:
        if self.upper is None and self.lower is None:
            raise ValueError("give upper, lower or both")
        if self.upper is not None and self.lower is not None and self.lower >= self.upper:
            raise ValueError(f"lower must be below upper, not {self.lower} and {self.upper}")

    def start(self, state: State) -> None:
        """Nothing is kept."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """50 nats beyond a bound, 0 within."""
        upper = np.full_like(x, np.nan if self.upper is None else self.upper)
        lower = np.full_like(x, np.nan if self.lower is None else self.lower)
        residual = np.where(x > upper, _CERTAIN, np.where(x < lower, -_CERTAIN, 0.0))
        return Judgement(residual, np.full_like(x, np.nan), lower, upper)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Nothing is learnt."""
        state["at"] = at

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """A bound is never given up."""
