"""Levels of tests in a row: never more is spent than the findings allow."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.spending import BARS, Finds, Spending, level, put_together, share


def test_all_shares_together_are_at_most_one() -> None:
    number = np.arange(1.0, 1e6)
    at_end = np.sqrt(np.log(1e6))
    rest = 2 * np.exp(-at_end) * (at_end**3 + 3 * at_end**2 + 6 * at_end + 6)  # the integral
    assert 0.99 < share(number).sum() + 0.079 * rest <= 1.0


@given(st.lists(st.booleans(), max_size=200), st.floats(0.01, 0.5))
def test_lord_spends_at_most_the_rate_for_each_finding(outcomes: list[bool], rate: float) -> None:
    spending, finds, spent = Spending(rate, 0.0), list[Finds](), 0.0
    for number, is_found in enumerate(outcomes):
        spent += float(level(spending, np.array([number + 1.0]), finds)[0])
        if is_found:
            finds = put_together([*finds, Finds(number + 1, 1)], number + 1)
        assert spent <= rate * max(1, sum(one.found for one in finds)) + 1e-9


@given(st.lists(st.integers(1, 500), min_size=25, max_size=60), st.sampled_from([0.0, 0.5]))
def test_findings_put_together_never_raise_a_level(steps: list[int], bar: float) -> None:
    after = np.cumsum(steps).tolist()
    finds = [Finds(one, 1) for one in after]
    kept = put_together(finds, after[-1])
    assert len(kept) == 24
    assert sum(one.found for one in kept) == len(finds)
    assert all(a.after < b.after for a, b in pairwise(kept))
    numbers = after[-1] + np.array([1.0, 10.0, 1000.0])
    spending = Spending(0.1, bar)
    few, many = level(spending, numbers, kept), level(spending, numbers, finds)
    assert (few <= many + 1e-12).all()
    assert (few > 0.5 * many).all()


@pytest.mark.parametrize("bar", BARS.values())
def test_levels_fall_until_something_is_found(bar: float) -> None:
    spending, numbers = Spending(0.1, bar), np.arange(1.0, 100.0)
    none = level(spending, numbers, [])
    assert (np.diff(none) <= 0).all()
    assert (
        level(spending, numbers + 100, [Finds(100, 1)]) > level(spending, numbers + 100, [])
    ).all()
