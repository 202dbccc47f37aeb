"""Strangeness: comparable between series, and causal."""

import numpy as np
import pytest

from detectors.detector import Floats
from detectors.score import news
from detectors.strange import strangeness

BEGIN, STEP_S = 1.7e9, 60.0


def told(values: Floats) -> Floats:
    """The strangeness of values a minute apart."""
    return strangeness(values, BEGIN + STEP_S * np.arange(len(values)))


def usual(samples: int, seed: int = 1) -> Floats:
    return np.asarray(100 + np.random.default_rng(seed).normal(size=samples), np.float64)


def test_what_is_said_of_a_sample_depends_on_no_later_one() -> None:
    values = usual(200, seed=7)
    values[120:140] *= 3
    whole = told(values)
    for length in (0, 1, 20, 61, 119, 121, 133, 141, 180):
        np.testing.assert_array_equal(told(values[:length]), whole[:length])


def test_the_strangest_of_a_spike_is_the_spike() -> None:
    values = usual(2000)
    values[1500] = 150
    strange = told(values)
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
    values = np.full(300, value)
    with np.errstate(all="raise", under="ignore"):
        constant = told(values)
        values[250] = 1e300
        moved = told(values)
    assert np.isfinite([constant, moved]).all()
    assert constant.max() < 3


def test_what_was_as_strange_lately_is_no_news_and_what_was_less_strange_hides_nothing() -> None:
    at = np.array([0.0, 60.0, 120.0, 7 * 86400.0, 7 * 86400.0 + 60.0])
    found = news(np.array([5.0, 4.0, 6.0, 5.0, 6.1]), at)
    lately = 0.5 * np.log1p(7 * 86400 / 60)
    assert found == pytest.approx(
        [5, max(4 - lately, 0), 6, 5 - np.log(2) / 2, 6.1 - np.log(2) / 2], abs=1e-3
    )


def test_of_one_strange_sample_after_another_each_is_told_as_by_a_loop() -> None:
    rng = np.random.default_rng(4)
    nats, at = rng.exponential(8, 500), np.cumsum(rng.uniform(30, 9000, 500))
    found = news(nats, at)
    level = np.minimum(nats // 0.25, 255)
    for i in range(500):
        earlier = at[:i][level[:i] >= level[i]]
        ago = at[i] - earlier[-1] if len(earlier) else np.inf
        assert found[i] == pytest.approx(max(nats[i] - 0.5 * np.log1p(7 * 86400 / ago), 0.0))


@pytest.mark.parametrize("constant", [0.0, 5.0])
def test_the_first_move_of_a_constant_is_strange_and_its_way_back_is_not(constant: float) -> None:
    values = np.full(3000, constant)
    values[2000] += 1
    strange = told(values)
    assert strange[:2000].max() == 0
    assert strange[2000] > np.log(1000)
    assert strange[2001:].max() < strange[2000] / 3
