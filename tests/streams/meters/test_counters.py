"""Counters into rates."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st

from streams.codecs.decoded import Kind
from tests.streams.meters.messages import Given, Sample, given, message, meters, values

CUMULATIVE, DELTA = Kind.CUMULATIVE, Kind.DELTA
NAN, INF = math.nan, math.inf

# What it is; the kind; (at, value, start) of the samples; the rates that come of them.
TABLE: list[tuple[str, Kind, list[tuple[float, ...]], list[float]]] = [
    ("a first sample says only from where to count", CUMULATIVE, [(100, 7)], []),
    ("the first of a known start neither", CUMULATIVE, [(100, 7, 90)], []),
    ("a rise, by the time since the sample before", CUMULATIVE, [(100, 7), (110, 27)], [2.0]),
    ("a rise under the same start", CUMULATIVE, [(100, 7, 50), (110, 27, 50)], [2.0]),
    ("no rise", CUMULATIVE, [(100, 7), (110, 7)], [0.0]),
    ("a gap is averaged over", CUMULATIVE, [(100, 7), (3700, 3607)], [1.0]),
    ("a fall is a reset, of which nothing is known", CUMULATIVE,
     [(100, 50), (110, 20), (120, 50)], [3.0]),
    ("a fall after a known start", CUMULATIVE, [(100, 50, 9), (110, 20, 106)], [5.0]),
    ("a fall under the old start", CUMULATIVE, [(100, 50, 9), (110, 20, 9)], []),
    ("a later start is a reset without a fall", CUMULATIVE, [(100, 5, 9), (110, 8, 106)], [2.0]),
    ("a start at the sample before", CUMULATIVE, [(100, 5, 9), (110, 20, 100)], [2.0]),
    ("a start that wavers is no reset", CUMULATIVE, [(100, 5, 9), (110, 25, 9.5)], [2.0]),
    ("a start that is known no more", CUMULATIVE, [(100, 5, 9), (110, 25)], [2.0]),
    ("an unknown start: count on from here", CUMULATIVE,
     [(100, 5, 9), (110, 900, 110), (120, 930, 110)], [3.0]),
    ("an unknown start with a fall", CUMULATIVE,
     [(100, 5, 9), (110, 2, 110), (120, 22, 110)], [2.0]),
    ("a clock that is ahead of the samples", CUMULATIVE, [(100, 5, 999), (110, 25, 999)], [2.0]),
    ("a fall below zero is no count", CUMULATIVE, [(100, 5), (110, -3), (120, 17)], [2.0]),
    ("large counts", CUMULATIVE, [(100, 2.0**53 - 20), (110, 2.0**53)], [2.0]),
    ("the same sample again", CUMULATIVE, [(100, 7), (110, 27), (110, 27), (120, 37)], [2.0, 1.0]),
    ("an older sample", CUMULATIVE, [(100, 7), (110, 27), (105, 20), (120, 37)], [2.0, 1.0]),
    ("several late ones", CUMULATIVE,
     [(100, 0), (110, 10), (101, 1), (102, 2), (110, 10), (120, 40)], [1.0, 3.0]),
    ("what is no number", CUMULATIVE, [(100, 7), (110, NAN), (120, INF), (130, 67)], [2.0]),
    ("a time that is none", CUMULATIVE, [(NAN, 7), (110, 7), (120, 27)], [2.0]),
    ("a rate that is none", CUMULATIVE, [(100, 0), (100.0000001, 1e308), (110, 1e308)], [0.0]),
    ("a delta by its start", DELTA, [(100, 20, 90)], [2.0]),
    ("a delta by the one before", DELTA, [(100, 20), (110, 30)], [3.0]),
    ("deltas with a gap between them", DELTA, [(100, 20, 90), (200, 30, 190)], [2.0, 3.0]),
    ("a delta whose start is its end", DELTA, [(100, 20, 100), (110, 30, 110)], [3.0]),
    ("a delta again", DELTA, [(100, 20, 90), (100, 20, 90), (110, 10, 100)], [2.0, 1.0]),
    ("a delta that takes back", DELTA, [(100, 20, 90), (110, -5, 100)], [2.0, -0.5]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "samples", "rates"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
@pytest.mark.parametrize("at_once", [True, False], ids=["one message", "a message each"])
def test_rates(
    kind: Kind, samples: Sequence[tuple[float, ...]], rates: list[float], at_once: bool
) -> None:
    sent = [Sample("total", *sample) for sample in samples]
    runs = [sent] if at_once else [[one] for one in sent]
    ours = meters()
    found = [value for i, run in enumerate(runs)
             for value in values(ours.convert(i, message(run, kind=kind)))]  # fmt: skip
    assert found == pytest.approx(rates)


def test_what_is_late_or_no_number_is_counted() -> None:
    ours = meters()
    ours.convert(0, message([Sample("a", at, 1.0) for at in (100, 110, 105, 110)]))
    ours.convert(1, message([Sample("a", 120, math.nan), Sample("b", 100, 1.0)]))
    assert ours.late == 3


def test_counter_that_becomes_another_kind_begins_anew() -> None:
    ours = meters()
    ours.convert(0, message([Sample("a", 100, 50.0)], kind=DELTA))
    assert values(ours.convert(1, message([Sample("a", 110, 900.0)], kind=CUMULATIVE))) == []
    assert values(ours.convert(2, message([Sample("a", 120, 920.0)], kind=CUMULATIVE))) == [2.0]


class Naive:
    """The rules, one sample at a time."""

    def __init__(self) -> None:
        self.newest: dict[str, tuple[Sample, Kind]] = {}

    def see(self, now: Sample, kind: Kind) -> list[Given]:
        before, before_kind = self.newest.get(now.key, (None, None))
        since = before.at if before is not None else 0.0
        if not math.isfinite(now.value) or not now.at > since:
            return []
        self.newest[now.key] = now, kind
        if kind is DELTA:
            if 0 < now.start < now.at:
                return _rate(now, now.value, now.at - now.start)
            return _rate(now, now.value, now.at - since) if before_kind is DELTA else []
        if before is None or before_kind is not CUMULATIVE:
            return []
        is_restarted = now.start > before.start and now.start >= before.at
        if is_restarted and now.start >= now.at:
            return []
        if is_restarted or now.value < before.value:
            if now.value < 0:
                return []
            is_within = before.at <= now.start < now.at
            return _rate(now, now.value, now.at - now.start) if is_within else []
        return _rate(now, now.value - before.value, now.at - before.at)


def _rate(now: Sample, counted: float, seconds: float) -> list[Given]:
    return [Given(now.key, now.at, counted / seconds)]


KEYS = st.sampled_from(["a", "b", "c", "load"])
TIMES = st.integers(1, 40).map(float)
SAMPLES = st.lists(
    st.builds(
        Sample,
        KEYS,
        TIMES,
        st.one_of(st.integers(-3, 30).map(float), st.sampled_from([NAN, INF, 0.1, 1e9])),
        st.one_of(st.just(0.0), TIMES),
    ),
    max_size=30,
)
KINDS = st.fixed_dictionaries(
    {key: st.sampled_from([CUMULATIVE, DELTA]) for key in "abc"},
    optional={"load": st.just(Kind.GAUGE)},
)


@settings(max_examples=300, deadline=None)
@holds(st.lists(st.tuples(SAMPLES, KINDS), max_size=6))
def test_rates_are_those_of_a_naive_loop(sent: list[tuple[list[Sample], dict[str, Kind]]]) -> None:
    ours, naive = meters(), Naive()
    for offset, (samples, kinds) in enumerate(sent):
        expected: list[Given] = []
        for sample in samples:
            kind = kinds.get(sample.key, CUMULATIVE)
            expected += [Given(*sample[:3])] if kind is Kind.GAUGE else naive.see(sample, kind)
        found = given(ours.convert(offset, message(samples, kinds=kinds)))
        assert [_comparable(one) for one in found] == [_comparable(one) for one in expected]


def _comparable(one: Given) -> tuple[str, float, str]:
    return one.key, one.at, repr(one.value)  # bit by bit, and NaN equals NaN


def test_series_without_a_rate_is_not_in_the_dictionary() -> None:
    ours = meters()
    ours.convert(0, message([Sample("old", 100, 1.0)]))
    found = ours.convert(1, message([Sample("new", 110, 1.0), Sample("old", 110, 21.0)]))
    assert list(found.keys) == ["old"]
    assert found.index.dtype == np.int32
    assert given(found) == [Given("old", 110, 2.0)]
