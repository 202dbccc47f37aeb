"""The season of a series."""

import numpy as np

from detectors.seasonal import Seasonal
from detectors.state import fresh

STEP_S, A_DAY = 300.0, 288


def wave(at: np.ndarray) -> np.ndarray:
    """A day."""
    return 100 + 30 * np.sin(at / 86400 * 2 * np.pi)


def test_a_day_keeps_its_shape_when_its_level_is_another() -> None:
    """While bins learnt the level as well, half a day of it stood 10 higher than the other."""
    seasonal = Seasonal(period_s=86400.0, offset_s=86400.0)
    state, ones = fresh(seasonal.dtype), np.ones(1)
    at = STEP_S * np.arange(6 * A_DAY + A_DAY // 2)
    x = wave(at) + np.where(at >= 6 * 86400, 50.0, 0.0)
    for nth in range(len(at)):
        if nth == 6 * A_DAY:
            seasonal.rebase(state, x[nth : nth + 1], at[nth : nth + 1])
        seasonal.learn(state, x[nth : nth + 1], at[nth : nth + 1], ones)
    next_day = at[-1] + STEP_S * np.arange(1, A_DAY + 1)
    of_each = [seasonal.score(state, ones, now).expected[0] for now in next_day[:, None]]
    assert np.abs(np.array(of_each) - (wave(next_day) + 50)).max() < 2
