"""Under a budget of one false alarm a year, a burst of errors opens after hours of history."""

from typing import ClassVar

import numpy as np
import pytest

from detectors.bank import Bank
from detectors.counts import Counts
from detectors.judge import heaviest
from detectors.profile import DAY, Profile

EPOCH, SERIES, HISTORY, LASTS = 1_700_000_000.0, 20, 600, 12
ERRORS = Profile(
    name="errors",
    detectors=(Counts(),),
    direction="up",
    min_change=5,
    open_samples=2,
    open_of=3,
    false_alarms_per_s=1 / (365 * DAY),
    warm_up_s=3600.0,
)


def errors(rng: np.random.Generator) -> np.ndarray:
    """Errors, counted."""
    return rng.poisson(1.6, (HISTORY + LASTS, SERIES)).astype(np.float64)


def test_a_burst_of_errors_opens_at_once() -> None:
    x = errors(np.random.default_rng(3))
    x[HISTORY:] = np.random.default_rng(4).poisson(32, (LASTS, SERIES))
    bank, names = Bank(ERRORS), [f"s{i}" for i in range(SERIES)]
    at = np.repeat(EPOCH + 20.0 * np.arange(len(x)), SERIES)
    told = bank.observe(np.tile(bank.rows(names), len(x)), at, x.ravel(), np.arange(len(at)))
    opened = {one.series: one.opened_at for one in told if one.is_open}
    assert set(opened) == set(names)
    assert min(opened.values()) >= EPOCH + 20.0 * HISTORY


class _Weightless(Counts):
    heaviest: ClassVar[float] = 0.0


def test_a_tail_without_any_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="counts: heaviest is 0"):
        heaviest(_Weightless())
