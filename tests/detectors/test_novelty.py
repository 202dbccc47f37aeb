"""Novelty: the nearest as a loop finds it, nearly so when there are many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.kernels.strange import thinned
from detectors.novelty import novelty


def found(values: list[float]) -> list[float]:
    return novelty(np.array(values, np.float64)).tolist()


def nearest(values: list[float]) -> list[float]:
    past = np.array(values)
    return [float(np.abs(past[:i] - past[i]).min(initial=np.inf)) for i in range(len(values))]


@given(st.lists(st.floats(-1e100, 1e100) | st.integers(0, 5).map(float), max_size=60))
def test_it_is_how_far_the_nearest_is_that_a_loop_finds(values: list[float]) -> None:
    assert found(values) == nearest(values)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_of_many_values_it_is_right_within_a_small_part_of_their_range(unit: float) -> None:
    values = (unit * np.random.default_rng(2).standard_t(3, 4000)).tolist()
    apart, exact, told = (max(values) - min(values)) / 512, nearest(values), found(values)
    assert told[1:1000] == exact[1:1000]
    assert np.abs(np.array(told[1:]) - exact[1:]).max() <= apart
    assert min(told[2000:]) < apart / 20


def test_what_grows_for_ever_stays_new_and_what_comes_back_is_known() -> None:
    told = found([*map(float, range(5000)), 17.0, 4321.0])
    assert min(told[1:5000]) == 1.0
    assert max(told[5000:]) <= 5000 / 512


def test_a_gap_between_two_levels_is_as_new_as_what_is_beyond_them() -> None:
    assert found([10.0, 20.0, 11.0, 21.0, 15.0, 26.0])[-2:] == [4.0, 5.0]


@pytest.mark.parametrize(
    ("values", "apart", "kept"),
    [([2.5, 0, 0, 1, 2], 1.0, [0, 2]), ([4, 4], 0.0, [4]), ([9, 1, 1.5, 2.5, 3], 1.0, [1, 2.5, 9])],
)
def test_of_close_values_the_first_stays(
    values: list[float], apart: float, kept: list[float]
) -> None:
    places = np.array(values, np.float64)
    assert thinned(places, apart) == len(kept)
    assert places.tolist() == [*kept, *[np.inf] * (len(values) - len(kept))]
