"""Histograms into what was observed in an interval."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st

from streams.codecs.decoded import Histogram
from streams.meters.histograms import Histograms, Interval, regrouped
from tests.streams.meters.messages import Given, given, histogram, message, meters

NOTHING = None
h = histogram

# What it is; the histograms; the seconds and counts of the last one's interval.
TABLE: list[tuple[str, list[Histogram], tuple[float, list[float]] | None]] = [
    ("a first one says only from where to count", [h(100, [1, 2, 3, 0])], NOTHING),
    ("a first one with a start neither", [h(100, [1, 2, 3, 0], start=90)], NOTHING),
    ("a rise", [h(100, [1, 2, 3, 0]), h(110, [1, 4, 3, 1])], (10, [0, 2, 0, 1])),
    ("no rise", [h(100, [1, 2, 3, 0]), h(110, [1, 2, 3, 0])], (10, [0, 0, 0, 0])),
    ("a count that fell", [h(100, [1, 9, 3, 0]), h(110, [1, 2, 3, 1])], NOTHING),
    ("a bucket that fell", [h(100, [1, 2, 3, 0]), h(110, [9, 1, 3, 0])], NOTHING),
    ("a count that fell under the old start",
     [h(100, [1, 9, 3, 0], start=9), h(110, [1, 2, 3, 1], start=9)], NOTHING),
    ("a count that fell after a known start",
     [h(100, [1, 9, 3, 0], start=9), h(110, [1, 2, 3, 1], start=106)], (4, [1, 2, 3, 1])),
    ("other bounds after a fall",
     [h(100, [3, 9, 0], bounds=[1, 4]), h(110, [1, 1, 2, 0], bounds=[1, 2, 4])], NOTHING),
    ("after a fall",
     [h(100, [1, 9, 3, 0]), h(110, [1, 2, 3, 1]), h(120, [1, 3, 3, 1])], (10, [0, 1, 0, 0])),
    ("a start since", [h(100, [1, 0, 0, 0], start=9), h(110, [5, 2, 3, 0], start=106)],
     (4, [5, 2, 3, 0])),
    ("an unknown start", [h(100, [1, 0, 0, 0], start=9), h(110, [5, 2, 3, 0], start=110)],
     NOTHING),
    ("after an unknown start",
     [h(110, [5, 2, 3, 0], start=110), h(120, [5, 3, 3, 0], start=110)],
     (10, [0, 1, 0, 0])),
    ("a late one", [h(100, [1, 2, 3, 0]), h(90, [1, 2, 2, 0])], NOTHING),
    ("the same again", [h(100, [1, 2, 3, 0]), h(100, [1, 2, 3, 0])], NOTHING),
    ("a delta by its start", [h(100, [1, 2, 3, 0], start=95, is_delta=True)], (5, [1, 2, 3, 0])),
    ("a first delta without a start", [h(100, [1, 2, 3, 0], is_delta=True)], NOTHING),
    ("a delta by the one before",
     [h(100, [9, 9, 9, 9], is_delta=True), h(110, [1, 2, 3, 0], is_delta=True)],
     (10, [1, 2, 3, 0])),
    ("another kind", [h(100, [1, 0, 0, 0], is_delta=True), h(110, [9, 9, 9, 9])], NOTHING),
    ("bounds merged two by two",
     [h(100, [1, 2, 3, 4, 0], bounds=[1, 2, 4, 8]), h(110, [4, 9, 1], bounds=[2, 8])],
     (10, [1, 2, 1])),
    ("bounds that reach further",
     [h(100, [0, 2, 0], bounds=[1, 2]), h(110, [1, 0, 3, 5, 0], bounds=[0.5, 1, 2, 4])],
     (10, [1, 0, 1, 5, 0])),
    ("a new bound in an empty bucket",
     [h(100, [3, 0, 0], bounds=[1, 4]), h(110, [3, 1, 2, 0], bounds=[1, 2, 4])],
     (10, [0, 1, 2, 0])),
    ("a new bound that cuts a full bucket",
     [h(100, [3, 1, 0], bounds=[1, 4]), h(110, [3, 1, 2, 0], bounds=[1, 2, 4])], NOTHING),
    ("bounds that are gone", [h(100, [3, 1, 0], bounds=[1, 4]), h(110, [9], bounds=[])],
     (10, [5])),
    ("bounds from nothing", [h(100, [9], bounds=[]), h(110, [9, 9], bounds=[1])], NOTHING),
    ("bounds that differ by rounding",
     [h(100, [3, 1, 0], bounds=[0.3, 4]), h(110, [3, 2, 0], bounds=[0.1 + 0.2, 4])],
     (10, [0, 1, 0])),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "expected"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_intervals(seen: list[Histogram], expected: tuple[float, list[float]] | None) -> None:
    held = Histograms()
    found = [held.interval(one) for one in seen][-1]
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.seconds, list(found.counts)) == expected
        assert found.count == sum(expected[1])


def test_after_a_cut_it_counts_on() -> None:
    held = Histograms()
    held.interval(histogram(100, [3, 1, 0], bounds=[1, 4]))
    held.interval(histogram(110, [3, 1, 2, 0], bounds=[1, 2, 4]))
    found = held.interval(histogram(120, [3, 1, 7, 0], bounds=[1, 2, 4]))
    assert found is not None
    assert list(found.counts) == [0, 0, 5, 0]


def test_histogram_becomes_quantiles_and_a_rate() -> None:
    ours = meters()
    ours.convert(0, message(histograms=[histogram(100, [0] * 4, key='took{svc="a"}')]))
    found = ours.convert(
        1, message(histograms=[histogram(110, [0, 50, 0, 0], key='took{svc="a"}')])
    )
    assert given(found) == [
        Given('took_count{svc="a"}', 110, 5.0),
        Given('took_p50{svc="a"}', 110, 1.5),
        Given('took_p99{svc="a"}', 110, 1.99),
    ]


@pytest.mark.parametrize(
    ("counts", "bounds", "keys"),
    [
        ([1, 2, 3, 0], (1.0, 2.0, 4.0), ["took_count"]),  # nothing was observed
        ([math.inf, 2, 3, 0], (1.0, 2.0, 4.0), []),
        ([1, 2, 3, 9], (1.0, 2.0, math.inf), ["took_count"]),
    ],
)
def test_no_quantile_is_given_that_is_none(
    counts: list[float], bounds: Sequence[float], keys: list[str]
) -> None:
    ours = meters()
    ours.convert(0, message(histograms=[histogram(100, [1, 2, 3, 0], bounds=bounds)]))
    found = ours.convert(1, message(histograms=[histogram(110, counts, bounds=bounds)]))
    assert [one.key for one in given(found)] == keys


def naive(before: Histogram | None, now: Histogram) -> Interval | None:
    """The rules over cumulative counts at each bound."""
    if before is None or not now.at > before.at:
        return None
    is_restarted = now.start > before.start and now.start >= before.at
    counts = now.counts
    if not is_restarted and now.count >= before.count:
        older = [_upto(before, bound) for bound in [*now.bounds, math.inf]]
        if None in older:
            return None
        upto = [sum(now.counts[: i + 1]) - (old or 0) for i, old in enumerate(older)]
        rise = [b - a for a, b in zip([0.0, *upto], upto, strict=False)]
        if min(rise) >= 0:
            return Interval(now.at - before.at, now.count - before.count, now.bounds, rise)
    is_within = before.at <= now.start < now.at
    return Interval(now.at - now.start, now.count, now.bounds, counts) if is_within else None


def _upto(old: Histogram, bound: float) -> float | None:
    """How many observations were not above a bound, None where that is not known."""
    upto = 0.0
    for low, high, count in zip([-math.inf, *old.bounds], [*old.bounds, math.inf], old.counts,
                                strict=True):  # fmt: skip
        if high <= bound:
            upto += count
        elif low < bound and count:
            return None
    return upto


@st.composite
def _histograms(draw: st.DrawFn) -> list[Histogram]:
    found = []
    for at in draw(st.lists(st.integers(1, 30), max_size=8)):
        bounds = sorted(draw(st.sets(st.sampled_from([1.0, 2.0, 4.0, 8.0]), max_size=4)))
        counts = [float(draw(st.integers(0, 3))) for _ in range(len(bounds) + 1)]
        start = float(draw(st.sampled_from([0, *range(1, 30, 3)])))
        found.append(histogram(float(at), counts, bounds=bounds, start=start))
    return found


@settings(max_examples=300, deadline=None)
@holds(_histograms())
def test_intervals_are_those_of_a_naive_loop(seen: list[Histogram]) -> None:
    held, newest = Histograms(), None
    for now in seen:
        assert held.interval(now) == naive(newest, now)
        if newest is None or now.at > newest.at:
            newest = now


@holds(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(1e-6, 1e6), max_size=10),
    st.integers(1, 3),
)
def test_exponential_histogram_that_is_scaled_down_keeps_its_counts(
    observed: list[float], more: list[float], down: int
) -> None:
    scale = _widest(observed)
    fine = _exponential(observed, scale)
    coarse = _exponential(observed + more, min(scale - down, _widest(observed + more)))
    before = regrouped(*fine, onto=coarse[0])
    assert before is not None
    assert sum(before) == len(observed)
    assert sum(coarse[1]) - sum(before) == len(more)
    assert all(now >= old for now, old in zip(coarse[1], before, strict=True))


def _widest(observed: list[float]) -> int:
    """The largest scale that has room for all in 160 buckets, as an SDK chooses it."""
    spread = math.log2(max(observed)) - math.log2(min(observed))
    return next(scale for scale in range(20, -11, -1) if spread * 2.0**scale < 158)


def _exponential(observed: list[float], scale: int) -> tuple[list[float], list[float]]:
    """Bounds and counts of an exponential histogram, each bound a rounded power of its base."""
    base = 2.0 ** (2.0**-scale)
    # An index at the finest scale is shifted, so that both scales agree on every value.
    index = [(math.ceil(math.log2(value) * 2.0**20) - 1) >> (20 - scale) for value in observed]
    counts = [0.0] * (max(index) - min(index) + 3)
    for i in index:
        counts[i - min(index) + 1] += 1
    return [base**i for i in range(min(index), max(index) + 2)], counts
