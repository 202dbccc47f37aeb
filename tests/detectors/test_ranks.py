"""Ranks: counted as by a loop, whatever the unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.ranks import ranked

DOUBT = 2 ** (1 / 32)


def of_one(values: list[float]) -> list[float]:
    """For each of some values, how many earlier ones are at least as large."""
    above, seen = ranked(np.array(values, np.float32))
    assert seen.tolist() == list(range(len(values)))
    return above.tolist()


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


def test_what_is_not_known_counts_for_nothing() -> None:
    above, seen = ranked(np.array([np.nan, 5, np.nan, np.inf, 5, 4], np.float32))
    assert above[[1, 4, 5]].tolist() == [0, 1, 2]
    assert seen.tolist() == [0, 0, 1, 1, 1, 2]


def test_where_nothing_is_known_nothing_is_counted() -> None:
    for values in ([], [np.nan, np.nan]):
        above, seen = ranked(np.array(values, np.float32))
        assert not above.any()
        assert not seen.any()
