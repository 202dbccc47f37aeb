"""The end of warm-up: a first day that was only learnt must not end in a false alarm."""

import numpy as np
import pytest

from detectors.bank import Bank
from detectors.profile import Profile
from detectors.robust import Robust
from detectors.seasonal import Seasonal

DAY = 86400.0
STEP_S = 120.0
SERIES = 24


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_warm_up_does_not_end_in_a_false_alarm_whenever_a_series_begins(seed: int) -> None:
    profile = Profile(
        name="critical",
        detectors=(Seasonal(period_s=DAY, bins=48), Robust(memory_s=1800)),
        false_alarms_per_s=1 / (90 * DAY),
        min_change_ratio=0.15,
        warm_up_s=DAY,
    )
    bank = Bank(profile)
    rows = bank.rows([f"begins_at_{hour}_h" for hour in range(SERIES)])
    at = 1_700_000_000.0 + np.arange(0, 1.1 * DAY, STEP_S)
    hour = np.arange(SERIES)[None, :] / SERIES  # each series begins at another time of its day
    day = np.sin(2 * np.pi * (at[:, None] / DAY + hour))
    rng = np.random.default_rng(seed)
    x = 20 * (1 + 0.6 * np.tanh(3 * day)) * np.exp(0.08 * rng.standard_normal(day.shape))
    n = x.size
    found = bank.observe(
        np.tile(rows, len(at)), np.repeat(at, SERIES), x.ravel(), np.arange(n, dtype=np.int64)
    )
    assert [(a.series, round((a.opened_at - at[0]) / DAY, 2)) for a in found] == []
