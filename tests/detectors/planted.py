"""Series into which a fault is planted, and what a bank of one detector makes of them."""

from dataclasses import dataclass, replace

import numpy as np

from detectors.bank import Bank
from detectors.detector import Detector
from detectors.profile import DAY, Profile

STEP_S = 60.0
EPOCH = 1_700_000_000.0


@dataclass(frozen=True)
class Found:
    """When anomalies opened, in steps of the series."""

    opened: tuple[int, ...]

    def only_within(self, first: int, last: int) -> bool:
        """True when there was one at least, and all of them opened in these steps."""
        return bool(self.opened) and all(first <= step <= last for step in self.opened)


def found(
    detector: Detector, x: np.ndarray, *, step_s: float = STEP_S, **settings: object
) -> Found:
    """What a bank with this detector alone finds by runs; warm-up is a quarter of the series."""
    defaults: dict[str, object] = {"warm_up_s": len(x) * step_s / 4, "min_change_ratio": 0.0}
    defaults["open_at_once"] = 0.0
    profile = Profile(name="planted", detectors=(detector,), false_alarms_per_s=1 / (30 * DAY))
    bank = Bank(replace(profile, **{**defaults, **settings}))
    (row,) = bank.rows(["series"])
    at = EPOCH + step_s * np.arange(len(x))
    told = bank.observe(np.full(len(x), row), at, x, np.arange(len(x)))
    began = [round((anomaly.opened_at - EPOCH) / step_s) for anomaly in told if anomaly.is_open]
    return Found(tuple(began))


def noise(steps: int, *, seed: int = 1, level: float = 100.0, scale: float = 2.0) -> np.ndarray:
    """A quiet series: independent Gaussian values around a level."""
    return level + scale * np.random.default_rng(seed).normal(size=steps)


def autocorrelated(steps: int, *, seed: int = 1, keep: float = 0.995) -> np.ndarray:
    """A series that wanders far and slowly: its level says little, its steps say much."""
    steps_taken = np.random.default_rng(seed).normal(size=steps)
    x = np.empty(steps)
    x[0] = 100.0
    for i in range(1, steps):
        x[i] = 100 + keep * (x[i - 1] - 100) + steps_taken[i]
    return x
