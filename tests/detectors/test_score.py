"""The score: told by size while little is known, by the own past later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import score

ONE = np.ones((1, 1), np.float32)


def nats(far: float, moved: float = 1.0, seen: float = 10.0) -> float:
    return float(score.prior(far * ONE, ONE, moved * ONE, seen * ONE)[0, 0])


def told(nats: float, above: float, seen: float) -> float:
    return float(score.drawn(nats * ONE, above * ONE, seen * ONE)[0, 0])


def test_by_its_size_a_deviation_has_a_heavy_tail_and_before_ten_there_is_no_opinion() -> None:
    assert nats(9) == pytest.approx(4 * np.log(10))
    assert nats(1e30) == 60
    assert np.isnan(nats(9, seen=9))


def test_of_a_series_that_hardly_moves_a_move_is_measured_by_its_moves() -> None:
    assert nats(50, moved=0.02) == pytest.approx(nats(1))


def test_the_first_that_ever_deviates_is_as_strange_as_nothing_did_before_it() -> None:
    far = np.array([[0.0, 1e-9, 1e9]], np.float32)
    zero, seen = np.zeros_like(far), np.full_like(far, 4000)
    expected = [0.0, np.log(4001), np.log(4001)]
    np.testing.assert_allclose(score.prior(far, zero, zero, seen)[0], expected, rtol=1e-6)


def test_with_little_seen_the_size_speaks_and_with_much_the_own_past() -> None:
    assert told(20, above=2, seen=20) == pytest.approx(20, rel=0.01)
    assert told(20, above=1e4, seen=1e6) == pytest.approx(np.log(100), rel=0.01)


@given(st.floats(0, 60), st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_came_more_often_is_less_strange_and_what_never_came_no_less(
    size: float, above: int, more: int
) -> None:
    seen = above + more
    assert told(size, above + more, seen) <= told(size, above, seen)
    assert told(size, 0, seen) >= size - 1e-3
    assert 0 <= told(size, above, seen) < 80


def test_streams_together_are_between_the_mean_and_the_largest_of_those_with_an_opinion() -> None:
    parts = np.array([[1.0, np.nan, np.nan, 7.0], [9.0, 5.0, np.nan, 7.0]], np.float32)
    expected = [14 ** (2 / 3), 5.0, 0.0, 7.0]  # (1 + 27) / 2, the mean of the power 3/2
    np.testing.assert_allclose(score.together(parts), expected, rtol=1e-6)
