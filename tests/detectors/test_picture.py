"""The picture: the last 64 samples as they were, on the right side of the band."""

import math

import numpy as np
import pytest

from detectors import picture
from detectors.anomaly import Point
from detectors.state import fresh

T0 = 1_700_000_000.0


def drawn(at: np.ndarray, value: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> list[Point]:
    """The points of one series that had these samples, one after the other."""
    state = fresh(picture.PICTURE)
    for i in range(len(at)):
        one = slice(i, i + 1)
        picture.remember(state, at[one], value[one], lower[one], upper[one])
    last_at = float(at[-1]) if len(at) else 0.0
    return list(picture.points(state.cells["points"].values()[0], int(state["used"][0]), last_at))


@pytest.mark.parametrize("samples", [0, 1, 63, 64, 65, 128, 200])
def test_the_last_64_samples_are_kept_in_order(samples: int) -> None:
    at = T0 + 0.001 * np.cumsum(np.arange(1, samples + 1) * 37)
    value = np.arange(samples) * 1.5
    points = drawn(at, value, value - 3, value + 5)
    assert [p.at for p in points] == at[-64:].tolist()
    assert [p.value for p in points] == value[-64:].tolist()
    assert [p.lower for p in points] == (value - 3)[-64:].tolist()
    assert [p.upper for p in points] == (value + 5)[-64:].tolist()


@pytest.mark.parametrize("level", [1e-9, 1.0, 1e9, 1e30, -1e5])
def test_the_band_is_true_to_a_hundredth_and_each_point_on_its_side(level: float) -> None:
    rng = np.random.default_rng(1)
    value = np.float32(level * (1 + 0.1 * rng.normal(size=60))).astype(float)
    lower, upper = (np.full(60, level + side * abs(level) * 0.1) for side in (-1, 1))
    points = drawn(T0 + np.arange(60.0), value, lower, upper)
    assert [p.lower for p in points] == pytest.approx(lower, abs=0.01 * 0.5 * abs(level))
    assert [p.upper for p in points] == pytest.approx(upper, abs=0.01 * 0.5 * abs(level))
    assert [p.value > p.upper for p in points] == (value > upper).tolist()
    assert [p.value < p.lower for p in points] == (value < lower).tolist()


def test_an_end_of_the_band_that_is_not_known_stays_so() -> None:
    value, unknown = np.array([1.0, 2.0]), np.full(2, math.nan)
    (first, second) = drawn(T0 + np.arange(2.0), value, unknown, np.array([3.0, math.nan]))
    assert math.isnan(first.lower)
    assert first.upper == 3.0
    assert math.isnan(second.upper)


def test_wild_values_and_times_are_kept_as_far_as_they_go() -> None:
    at = np.array([-1e300, 0.0, T0, 1e300])
    value = np.array([1e100, -1e100, 0.0, 1e-300])
    with np.errstate(all="raise", under="ignore"):
        points = drawn(at, value, value - 1e99, value + 1e99)
    assert [p.value for p in points] == pytest.approx([3e38, -3e38, 0.0, 0.0], rel=1e-3)
    assert all(math.isfinite(number) for point in points for number in (point.at, point.lower))
