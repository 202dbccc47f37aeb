"""Strangeness: comparable between series, causal, the same for one series and for many."""

import numpy as np
import pytest

from detectors.detector import Floats
from detectors.score import LEVELS, news
from detectors.strange import Strangeness

BEGIN, STEP_S = 1.7e9, 60.0


def told(values: Floats) -> Floats:
    """The strangeness of values (samples, series), a minute apart."""
    samples, series = values.shape
    strangeness, rows = Strangeness(series), np.arange(series)
    at = BEGIN + STEP_S * np.arange(samples)
    return np.array(
        [strangeness.step(rows, values[i], np.full(series, at[i])) for i in range(samples)]
    )


def usual(samples: int, series: int = 1, seed: int = 1) -> Floats:
    return np.asarray(100 + np.random.default_rng(seed).normal(size=(samples, series)), np.float64)


def test_many_series_are_judged_as_each_alone() -> None:
    values = usual(400, 5)
    values[300, 2] = 200
    together = told(values)
    for series in range(5):
        np.testing.assert_array_equal(together[:, series], told(values[:, [series]])[:, 0])


def test_rows_that_have_nothing_new_are_left_alone() -> None:
    values, every = usual(300, 2), told(usual(300, 2))
    strangeness, found = Strangeness(2), []
    for i, x in enumerate(values):
        at = np.full(2, BEGIN + STEP_S * i)
        for row in (1, 0):
            one = strangeness.step(np.array([row]), x[[row]], at[[row]])
            found += [one[0]] if row == 1 else []
    np.testing.assert_array_equal(found, every[:, 1])


def test_what_is_said_of_a_sample_depends_on_no_later_one() -> None:
    values = usual(200, 2, seed=7)
    values[120:140, 0] *= 3
    whole = told(values)
    for length in (20, 61, 119, 121, 133, 141, 180):
        np.testing.assert_array_equal(told(values[:length]), whole[:length])


def test_the_strangest_of_a_spike_is_the_spike() -> None:
    values = usual(2000)
    values[1500] = 150
    strange = told(values)[:, 0]
    assert strange.argmax() == 1500
    assert strange[1501:1800].max() < strange[1500] / 3


def test_it_does_not_depend_on_the_unit() -> None:
    values = usual(1000)
    values[900] = 130
    np.testing.assert_allclose(told(values * 1000), told(values), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "value", [0.0, 5.0, -1e100, 1e300, 5e-324, 1e-300], ids=lambda value: f"{value:g}"
)
def test_constants_and_odd_values_neither_warn_nor_break(value: float) -> None:
    values = np.full((300, 2), value)
    values[250, 1] = 1e300
    with np.errstate(all="raise", under="ignore"):
        strange = told(values)
    assert np.isfinite(strange).all()
    assert (strange[:, 0] == 0).all() or strange[:, 0].max() < 3


def test_what_was_as_strange_lately_is_no_news_and_what_was_less_strange_hides_nothing() -> None:
    last = np.full((1, LEVELS), -np.inf)
    given_nats = [(0, 5.0), (60, 4.0), (120, 6.0), (7 * 86400, 5.0), (7 * 86400 + 60, 6.1)]
    found = [news(np.array([n]), np.array([float(t)]), last).item() for t, n in given_nats]
    lately = 0.5 * np.log1p(7 * 86400 / 60)
    assert found == pytest.approx(
        [5, max(4 - lately, 0), 6, 5 - np.log(2) / 2, 6.1 - np.log(2) / 2], abs=1e-3
    )


def test_of_one_strange_sample_after_another_each_is_told_as_by_a_loop() -> None:
    rng, last = np.random.default_rng(4), np.full((1, LEVELS), -np.inf)
    nats, at = rng.exponential(8, 500), np.cumsum(rng.uniform(30, 9000, 500))
    level = np.minimum(nats // 0.25, LEVELS - 1)
    for i in range(500):
        earlier = at[:i][level[:i] >= level[i]]
        ago = at[i] - earlier[-1] if len(earlier) else np.inf
        told = news(nats[i : i + 1], at[i : i + 1], last).item()
        assert told == pytest.approx(max(nats[i] - 0.5 * np.log1p(7 * 86400 / ago), 0.0))


@pytest.mark.parametrize("constant", [0.0, 5.0])
def test_the_first_move_of_a_constant_is_strange_and_its_way_back_is_not(constant: float) -> None:
    values = np.full((3000, 1), constant)
    values[2000] += 1
    strange = told(values)[:, 0]
    assert strange[:2000].max() == 0
    assert strange[2000] > np.log(1000)
    assert strange[2001:].max() < strange[2000] / 3
