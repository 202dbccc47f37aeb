"""The score: drawn to a prior while little is known."""

import numpy as np

from detectors import score

ONE = np.ones((1, 1), np.float32)


def test_with_few_residuals_the_prior_speaks_and_with_many_the_own_past() -> None:
    told, moved = 20 * ONE, ONE
    few = score.strangeness(score.Heard(20 * ONE, ONE), 9 * ONE, told, moved)
    many = score.strangeness(score.Heard(1e6 * ONE, ONE), 9 * ONE, told, moved)
    np.testing.assert_allclose(few, 3 * np.log(10), rtol=0.07)
    np.testing.assert_allclose(many, 20, rtol=0.02)


def test_before_ten_residuals_there_is_no_opinion() -> None:
    told = np.nan * ONE
    assert np.isnan(score.strangeness(score.Heard(9 * ONE, ONE), ONE, told, ONE)).all()


def test_of_a_series_that_hardly_moves_a_move_is_measured_by_its_moves() -> None:
    heard, told = score.Heard(100 * ONE, 0.02 * ONE), np.nan * ONE
    still = score.strangeness(heard, ONE, told, 0.02 * ONE)
    restless = score.strangeness(heard, ONE, told, ONE)
    np.testing.assert_allclose(still, 3 * np.log(2), rtol=1e-5)
    assert restless > 3 * still


def test_streams_together_are_between_their_mean_and_the_largest() -> None:
    parts = np.array([[1.0, np.nan], [9.0, 5.0]], np.float32)
    told = score.together(parts)
    assert 5 < told[0] < 9
    assert told[1] == 5
