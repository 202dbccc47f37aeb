"""CUSUM: of distances from a season of its own, and of those that another detector tells."""

from typing import Any

import numpy as np
import pytest

from detectors.detector import Judgement
from detectors.level_shift import LevelShift
from detectors.profile import Profile
from detectors.seasonal import Seasonal
from detectors.state import State, fresh
from detectors.watch import Watch

STEP_S = 300.0
LENT = LevelShift(window_s=1800.0, reference="seasonal")


def beside(distance: float) -> Judgement:
    """What a detector says whose residual this is."""
    return Judgement(*np.array([[distance], [np.nan], [np.nan], [np.nan]]))


def residuals(distances: np.ndarray) -> np.ndarray:
    """What is told of such distances."""
    state, told = fresh(LENT.dtype), []
    x, one = np.array([100.0]), np.ones(1)
    for nth, distance in enumerate(distances):
        at = np.array([STEP_S * nth])
        judged = LENT.score(state, x, at, beside(distance))
        told.append(float(judged.residual[0]))
        LENT.learn(state, x, at, one, judged.memo)
    return np.array(told)


def summed(distances: np.ndarray) -> np.ndarray:
    """The same by the formula, with one sample each 300 s."""
    keep, soon = np.exp(-300 / 1800), np.exp(-300 / 225)  # an eighth of the window
    up = down = mean = 0.0
    told = []
    for nth, distance in enumerate(distances):
        known = np.isfinite(distance)
        z = float(np.clip(distance, -6, 6)) if known else 0.0
        a, b = (keep, soon) if nth else (1.0, 1.0)  # no time has passed before the first
        mean += (1 - b) * (z - mean)
        up = max(up * (b if mean < 0.75 else a) + (1 - a) * (z - 0.75), 0.0)
        down = max(down * (b if -mean < 0.75 else a) + (1 - a) * (-z - 0.75), 0.0)
        one = min(up, max(mean, 0.0)) - min(down, max(-mean, 0.0))
        told.append(one if known else np.nan)
    return np.array(told)


def test_it_sums_the_distances_that_another_tells() -> None:
    rng = np.random.default_rng(1)
    distances = rng.normal(size=400)
    distances[100:160] += 2.0
    distances[250:300] -= 3.0
    distances[200], distances[310] = np.nan, 40.0
    np.testing.assert_allclose(residuals(distances), summed(distances), 1e-9, 1e-9)
    assert residuals(distances)[150] > 1.0 > residuals(distances)[199]


def test_it_keeps_no_season_of_its_own_then() -> None:
    assert LENT.dtype.itemsize == 32
    assert LevelShift().dtype.itemsize > 300


def test_after_a_rebase_nothing_is_summed() -> None:
    state: State = fresh(LENT.dtype)
    for name in ("up", "down", "recent"):
        state[name][:] = 3.0
    LENT.rebase(state, np.array([5.0]), np.array([0.0]))
    assert not state.bytes().strip(b"\0")


def test_a_bank_hands_it_what_its_reference_says_of_the_same_samples() -> None:
    seasonal = Seasonal(period_s=3000.0, bins=4)
    watch = Watch(Profile(name="p", detectors=(seasonal, LENT)))
    state, own = fresh(seasonal.dtype, 3), fresh(LENT.dtype, 3)
    rng, one = np.random.default_rng(2), np.ones(3)
    for nth in range(60):
        x, at = 100 + rng.normal(size=3) + 9 * (nth > 50), np.full(3, STEP_S * nth)
        first, second = watch.judge((state, own), x, at)
        np.testing.assert_array_equal(second.residual, LENT.score(own, x, at, first).residual)
        seasonal.learn(state, x, at, one, first.memo)
        LENT.learn(own, x, at, one, second.memo)
    assert (second.residual > 1).all()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"reference": ""}, "reference must be the name of a detector"),
        ({"reference": "seasonal", "bins": 48}, "no season of its own"),
        ({"reference": "seasonal", "offset_s": 60.0}, "no season of its own"),
    ],
)
def test_what_says_nothing_with_a_reference_is_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        LevelShift(**wrong)
