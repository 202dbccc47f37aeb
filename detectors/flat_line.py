"""Flat line: how long a value has stood still, against how long values of this series usually do.

    r = (seconds since the value came) / u,  u = slow mean of how long earlier ones stood

High: stuck for r usual standstills; 0: it has just changed. It is never negative, so leave
`direction` at `both` or `up`. Range: 0 and above. Warm-up: 20 samples with five changes; what never
changed is not strange for standing still. Cost: about 0.03 µs a sample in rounds of thousands, 56
bytes a series. Standstills count by their length in the mean, as they do for who looks at a random
moment. It misleads on series that rest at night or at zero: give them `seasonal` instead, or a
`tolerance` that is smaller than what is a change. It gives no expected value.

Reference: A. B. Sharma, L. Golubchik, R. Govindan, 2010, Sensor Faults: Detection Methods and
Prevalence in Real-World Datasets ("constant" faults).
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from detectors.constants import NONE, ONE, constant
from detectors.detector import Floats, Judgement, without_band
from detectors.flags import Flags
from detectors.forget import gain
from detectors.pace import Pace, keep_pace, pace_of, where_known
from detectors.state import State
from detectors.validate import positive

_YOUNG, _CHANGES = 20, constant(5.0)
_WILD, _MOST, _INSTANT = constant(5.0), constant(0.5), constant(1e-3)


class _Look(NamedTuple):
    """Which samples are a change, how long the value before has stood, and the pace."""

    is_changed: Flags
    stood: Floats
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatLine:
    """Standstill of one series.

    `memory_s`: time constant of the usual length; `tolerance`: differences up to this are none.

    >>> from detectors.state import fresh
    >>> flat = FlatLine()
    >>> state = fresh(flat.dtype)
    >>> for i in range(100):
    ...     x = np.array([10.0 + min(i, 80) % 3])
    ...     flat.learn(state, x, np.array([60.0 * i]), np.ones(1))
    >>> flat.score(state, np.array([12.0]), np.array([6000.0])).residual
    array([20.])
    >>> flat.score(state, np.array([12.5]), np.array([6000.0])).residual
    array([0.])
    """

    memory_s: float = 7 * 86400.0
    tolerance: float = 0.0

    name: ClassVar[str] = "flat_line"
    is_absolute: ClassVar[bool] = False
    delay_s: ClassVar[float] = 300.0  # of a series that changes every minute
    dtype: ClassVar[np.dtype[Any]] = np.dtype(
        [(name, "f8") for name in ("value", "since", "usual", "changes", "at", "step", "seen")]
    )

    def __post_init__(self) -> None:
        positive(memory_s=self.memory_s)
        if not 0 <= self.tolerance < np.inf:
            raise ValueError(f"tolerance must not be negative, not {self.tolerance}")

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Usual standstills that each value has lasted; NaN while too few changes were seen."""
        look = self._look(state, x, at)
        stands = np.where(look.is_changed, NONE, look.stood)
        lasted = stands / np.maximum(state["usual"], _INSTANT)
        lasted = np.where(state["changes"] < _CHANGES, np.nan, lasted)
        (residual,) = where_known(look.pace, lasted)
        return without_band(residual, look)

    def learn(
        self, state: State, x: Floats, at: Floats, weight: Floats, memo: _Look | None = None
    ) -> None:
        """A change ends a standstill, whatever its weight; the usual length learns by it."""
        is_changed, stood, pace = memo or self._look(state, x, at)
        usual, changes = state["usual"], state["changes"]
        is_first = state["seen"] == 0
        b = gain(stood, self.memory_s, ONE / (changes + ONE))
        is_old = changes >= _CHANGES
        bounded = np.where(is_old, np.minimum(stood, _WILD * usual), stood)
        ends = np.where(is_changed & ~is_first & ~pace.is_gap, weight, NONE)
        b = np.where(is_old, np.minimum(b, _MOST), b)
        state["usual"] = usual + ends * b * (bounded - usual)
        state["changes"] = changes + ends
        begins = is_changed | is_first | pace.is_gap
        state["value"] = np.where(begins, x, state["value"])
        state["since"] = np.where(begins, at, state["since"])
        keep_pace(state, at, weight, pace)

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Standing still for as long as now becomes usual, and begins anew."""
        state["usual"] = np.maximum(state["usual"], at - state["since"])
        state["since"], state["at"] = at, at

    def _look(self, state: State, x: Floats, at: Floats) -> _Look:
        pace = pace_of(state, at, memory_s=0.0, young=_YOUNG)
        is_changed = np.abs(x - state["value"]) > self.tolerance
        stood = np.where(state["seen"] == 0, NONE, at - state["since"])
        return _Look(is_changed, stood, pace)
