"""Bounds of exponential histograms, and explicit ones that are none."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codecs.faults import Fault
from streams.codecs.otlp_buckets import Buckets, Side, explicit, exponential

NONE = Side(0, [])
BELOW_ZERO = -5e-324


def made(
    positive: Side = NONE,
    negative: Side = NONE,
    *,
    scale: int = 0,
    zeros: int = 0,
    within: float = 0.0,
) -> Buckets:
    return exponential(positive, negative, scale=scale, zero_count=zeros, zero_threshold=within)


@pytest.mark.parametrize(
    ("found", "bounds", "counts"),
    [
        pytest.param(made(), [], [0], id="nothing"),
        pytest.param(made(Side(0, [3, 4])), [1, 2, 4], [0, 3, 4, 0], id="powers of two"),
        pytest.param(made(Side(-2, [1]), scale=-1), [1 / 16, 1 / 4], [0, 1, 0], id="of four"),
        pytest.param(made(Side(2, [1]), scale=1), [2, 2**1.5], [0, 1, 0], id="of the root of two"),
        pytest.param(made(zeros=5), [0], [5, 0], id="zeros alone"),
        pytest.param(made(Side(1, [2]), zeros=5), [0, 2, 4], [5, 0, 2, 0], id="zeros"),
        pytest.param(made(Side(1, [2]), within=0.5), [0.5, 2, 4], [0, 0, 2, 0], id="near zero"),
        pytest.param(made(Side(0, [2]), zeros=3, within=1), [1, 2], [3, 2, 0], id="touching"),
        pytest.param(made(Side(0, [2]), zeros=3, within=9), [1, 2], [3, 2, 0], id="overlapping"),
        pytest.param(
            made(negative=Side(0, [3, 4])),
            [-4, -2, -1, BELOW_ZERO, 0],
            [0, 4, 3, 0, 0, 0],
            id="below zero",
        ),
        pytest.param(
            made(Side(0, [1]), Side(1, [2]), zeros=3, within=0.5),
            [-4, -2, -0.5, 0.5, 1, 2],
            [0, 2, 0, 3, 0, 1, 0],
            id="all of it",
        ),
        pytest.param(made(Side(3, [0, 0]), Side(0, [0]), zeros=1), [0], [1, 0], id="all empty"),
        pytest.param(made(Side(0, [7]), scale=-10), [1], [0, 7], id="up to the largest double"),
        pytest.param(made(Side(-1, [7]), scale=-10), [0, 1], [0, 7, 0], id="down to the smallest"),
        pytest.param(
            made(Side(-3, [1, 2, 4]), scale=-10), [0, 2**-1024, 1], [1, 2, 4, 0], id="underflow"
        ),
        pytest.param(made(Side(2**31 - 1, [5])), [], [5], id="beyond all doubles"),
        pytest.param(made(negative=Side(2000, [5])), [BELOW_ZERO, 0], [5, 0, 0], id="far below"),
        pytest.param(made(Side(1, [5]), scale=2**31 - 1), [1], [5, 0], id="no width"),
    ],
)
def test_exponential_buckets_have_the_bounds_of_their_scale(
    found: Buckets, bounds: list[float], counts: list[float]
) -> None:
    assert found[0] == pytest.approx(bounds)
    assert found[1] == counts


SIDES = st.builds(Side, st.integers(-(2**31), 2**31), st.lists(st.integers(0, 9), max_size=20))


@given(
    SIDES, SIDES, st.integers(-30, 30), st.integers(0, 5), st.sampled_from([0.0, 1e-9, 1.0, 1e300])
)
def test_exponential_buckets_ascend_and_hold_every_observation(
    positive: Side, negative: Side, scale: int, zeros: int, within: float
) -> None:
    bounds, counts = made(positive, negative, scale=scale, zeros=zeros, within=within)
    assert len(counts) == len(bounds) + 1
    assert all(low < high for low, high in pairwise(bounds))
    assert all(map(math.isfinite, bounds))
    assert sum(counts) == sum(positive.counts) + sum(negative.counts) + zeros


@pytest.mark.parametrize(
    ("bounds", "counts", "found"),
    [
        pytest.param([1, 2], [1, 2, 3], ([1, 2], [1, 2, 3]), id="as they are"),
        pytest.param([], [], ([], [9]), id="none"),
        pytest.param([], [9], ([], [9]), id="one"),
        pytest.param([1, math.inf], [1, 2, 3], ([1], [1, 5]), id="an infinite bound"),
        pytest.param([math.inf], [1, 3], ([], [4]), id="only that"),
    ],
)
def test_explicit_buckets_are_taken(bounds: list[float], counts: list[int], found: Buckets) -> None:
    assert explicit(bounds, counts, count=9) == found


@pytest.mark.parametrize(
    ("bounds", "counts", "reason"),
    [
        pytest.param([1, 2], [1, 2], "shape", id="a count too few"),
        pytest.param([1], [], "shape", id="no counts"),
        pytest.param([2, 1], [1, 2, 3], "shape", id="falling"),
        pytest.param([1, 1], [1, 2, 3], "shape", id="twice the same"),
        pytest.param([math.nan], [1, 2], "not_finite", id="NaN"),
        pytest.param([1, math.nan], [1, 2, 3], "shape", id="NaN later"),
        pytest.param([-math.inf, 1], [1, 2, 3], "not_finite", id="from minus infinity"),
        pytest.param(range(5000), [0] * 5001, "too_large", id="five thousand"),
    ],
)
def test_explicit_buckets_that_are_none_have_a_reason(
    bounds: list[float], counts: list[int], reason: str
) -> None:
    with pytest.raises(Fault) as fault:
        explicit(bounds, counts, count=9)
    assert fault.value.reason == reason


@pytest.mark.parametrize("within", [-1.0, math.nan, math.inf])
def test_zero_threshold_that_is_none_has_a_reason(within: float) -> None:
    with pytest.raises(Fault, match="zero threshold"):
        made(zeros=1, within=within)


def test_too_many_exponential_buckets_have_a_reason() -> None:
    with pytest.raises(Fault, match="5000 buckets"):
        made(Side(0, [1] * 5000))
