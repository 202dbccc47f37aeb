"""Quantiles of buckets."""

import numpy as np
import pytest
from hypothesis import given as holds
from hypothesis import strategies as st

from streams.meters.quantiles import quantile_name, quantiles

COUNTS = st.lists(st.integers(0, 50).map(float), min_size=2, max_size=12)
LEVEL = st.floats(0.001, 0.999)


@pytest.mark.parametrize(
    ("what", "bounds", "counts", "level", "expected"),
    [
        ("in the middle of a bucket", [1, 2], [0, 10, 0], 0.5, 1.5),
        ("at the upper bound of a bucket", [1, 2], [5, 5, 0], 0.5, 1.0),
        ("the lowest bucket begins at 0", [4, 8], [10, 0, 0], 0.25, 1.0),
        ("a lowest bound of 0 is the answer", [0, 8], [10, 0, 0], 0.25, 0.0),
        ("a lowest bound below 0 is the answer", [-3, 8], [10, 0, 0], 0.25, -3.0),
        ("a bucket below 0 that is not the lowest", [-4, -2, 8], [0, 10, 0, 0], 0.5, -3.0),
        ("beyond all bounds", [1, 2], [0, 0, 10], 0.5, 2.0),
        ("empty buckets are passed over", [1, 2, 3, 4], [1, 0, 0, 1, 0], 0.75, 3.5),
        ("one bound", [2], [10, 0], 0.5, 1.0),
    ],
)
def test_rules(
    what: str, bounds: list[float], counts: list[float], level: float, expected: float
) -> None:
    assert quantiles([level], bounds, counts) == [expected], what


@pytest.mark.parametrize(("bounds", "counts"), [([], [10.0]), ([], []), ([1.0], [0.0, 0.0])])
def test_without_bounds_or_observations_there_is_none(
    bounds: list[float], counts: list[float]
) -> None:
    assert quantiles([0.5, 0.9], bounds, counts or [0.0]) == []


def naive(level: float, bounds: list[float], counts: list[float]) -> float:
    """Prometheus' `bucketQuantile`, over cumulative buckets with +Inf as the highest."""
    buckets = [(bound, sum(counts[: i + 1])) for i, bound in enumerate(bounds)]
    rank = level * sum(counts)
    for i, (bound, upto) in enumerate(buckets):
        if upto >= rank:
            if i == 0 and bound <= 0:
                return bound
            low, below = (0.0, 0.0) if i == 0 else buckets[i - 1]
            return low + (bound - low) * ((rank - below) / (upto - below))
    return bounds[-1]


@holds(COUNTS, LEVEL, st.floats(-5, 5))
def test_quantiles_are_those_of_prometheus(counts: list[float], level: float, low: float) -> None:
    bounds = [low + 0.5 * i * i for i in range(len(counts) - 1)]
    expected = [naive(level, bounds, counts)] if sum(counts) else []
    assert quantiles([level], bounds, counts) == pytest.approx(expected)


@holds(COUNTS, st.lists(LEVEL, min_size=2, max_size=5).map(sorted))
def test_higher_quantiles_are_not_lower(counts: list[float], levels: list[float]) -> None:
    found = quantiles(levels, [float(i) for i in range(1, len(counts))], counts)
    assert found == sorted(found)


def test_of_many_observations_they_come_near_the_true_ones() -> None:
    observed = np.random.default_rng(1).gamma(3.0, 20.0, 200_000)
    bounds = np.linspace(2, 400, 200)
    counts = np.histogram(observed, np.r_[0, bounds, np.inf])[0]
    found = quantiles([0.5, 0.95, 0.99], bounds.tolist(), counts.astype(float).tolist())
    assert found == pytest.approx(np.quantile(observed, [0.5, 0.95, 0.99]), rel=0.005)


@holds(st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), unique=True, max_size=20))
def test_each_level_has_a_name_of_its_own(levels: list[float]) -> None:
    assert len({quantile_name(level) for level in levels}) == len(levels)
