"""Timestamps at once and one by one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codecs.instants import BadInstant, epoch_column, epoch_seconds, start_seconds

LATEST = 2e9


@pytest.mark.parametrize(
    "stamp",
    [math.nan, math.inf, -math.inf, 1e300, 10**400, -(10**400), 0, -5, "", "nan", "infinity", "x",
     "1" * 400, " " * 100, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "\x00"],
)  # fmt: skip
def test_what_is_no_instant_of_our_time_is_refused(stamp: float | str) -> None:
    with pytest.raises(BadInstant) as fault:
        epoch_seconds(stamp, latest=LATEST)
    assert len(str(fault.value)) < 200


UNITS = st.sampled_from([1, 1e3, 1e6, 1e9])
SECONDS = st.floats(0, 3e9)


@given(st.lists(st.tuples(SECONDS, UNITS)) | st.tuples(UNITS).flatmap(
    lambda unit: st.lists(st.tuples(st.floats(1e9, 2e9), st.just(unit[0])))
))  # fmt: skip
def test_column_is_what_each_is(stamps: list[tuple[float, float]]) -> None:
    column = [seconds * unit for seconds, unit in stamps]
    found = epoch_column(column, latest=LATEST)
    if found is not None:
        assert found == [epoch_seconds(stamp, latest=LATEST) for stamp in column]
    elif column and len({unit for _, unit in stamps}) == 1:
        with pytest.raises(BadInstant):
            [epoch_seconds(stamp, latest=LATEST) for stamp in column]


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_column_of_each_unit_is_read(unit: int) -> None:
    stamps: list[float] = [1_700_000_000 * unit, 1_800_000_000 * unit]
    assert epoch_column(stamps, latest=LATEST) == [1.7e9, 1.8e9]


@pytest.mark.parametrize("odd", [None, "1700000000", 10**400, 1_700_000_000_000, 5, 2e9 + 1])
def test_column_with_one_odd_stamp_is_left_to_a_closer_look(odd: float | str | None) -> None:
    assert epoch_column([1.7e9, odd, 1.8e9], latest=LATEST) is None
    assert epoch_column([odd], latest=LATEST) is None or odd == 1_700_000_000_000


@pytest.mark.parametrize(
    ("start", "known"),
    [(0, 0.0), (5, 0.0), (1.6e9, 1.6e9), (1.6e18, 1.6e9), (1.8e9, 0.0), (1.7e9, 1.7e9),
     (1e400, 0.0), (10**400, 0.0), (2**64, 0.0)],
)  # fmt: skip
def test_start_that_cannot_be_is_not_known(start: float, known: float) -> None:
    assert start_seconds(start, before=1.7e9) == known
