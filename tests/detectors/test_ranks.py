"""Ranks: counted as by a loop, whatever the unit, for each series by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.ranks import Ranks

DOUBT = 2 ** (1 / 32)


def of_one(values: list[float]) -> list[float]:
    """For each of some values, how many earlier ones are at least as large."""
    ranks, row = Ranks(1, 1), np.array([0])
    taken = [ranks.take(row, np.full((1, 1), value, np.float32)) for value in values]
    assert [seen.item() for _, seen in taken] == list(range(len(values)))
    return [above.item() for above, _ in taken]


@given(st.lists(st.floats(2**-13, 2**20, width=32) | st.just(0.0), min_size=1, max_size=60))
def test_counts_are_those_of_a_loop_but_for_what_is_in_the_same_bin(values: list[float]) -> None:
    for i, found in enumerate(of_one(values)):
        bottom = next((x for x in values[: i + 1] if x > 0), 0.0) * 2.0**-24
        as_large = sum(x >= values[i] for x in values[:i])
        nearly = sum(x * DOUBT * 1.0001 >= values[i] for x in values[:i])
        assert as_large <= found <= (nearly if values[i] > bottom else i)


def test_ties_count_as_as_large_and_zeros_before_the_first_value_do_not() -> None:
    assert of_one([0.0, 0.0, 3.0, 3.0, 0.0, 9.0]) == [0, 1, 0, 1, 4, 0]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e9])
def test_the_unit_does_not_matter(unit: float) -> None:
    values = np.random.default_rng(3).exponential(size=300)
    near = np.abs(np.array(of_one((values * unit).tolist())) - of_one(values.tolist()))
    assert near.max() <= 4


def test_what_is_not_known_counts_for_nothing_and_rows_are_apart() -> None:
    ranks, ones = Ranks(2, 3), np.ones((2, 3), np.float32)
    ranks.take(np.array([2, 0]), np.array([[1, np.nan], [5, 5]], np.float32))
    above, seen = ranks.take(np.arange(3), ones)
    assert above.tolist() == seen.tolist() == [[0, 0, 1], [1, 0, 1]]
