"""Leeway: budgets that people tightened, and windows in which nothing is learnt or opened."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import gate
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.ewma import Ewma
from detectors.group_bank import GroupBank
from detectors.leeway import Said, Window
from detectors.level import Level
from detectors.profile import Profile
from detectors.threshold import Threshold
from tests.detectors import test_group_bank as groups
from tests.detectors.test_bank import T0, feed, noise, told

PROFILE = Profile(
    name="quick",
    detectors=(Threshold(upper=150.0), Ewma(memory_s=60)),
    warm_up_s=300.0,
    warm_up_samples=20,
    open_samples=1,
    open_of=1,
)


def window(begin: int, end: int, *series: str, is_quiet: bool = False) -> Window:
    """From one sample of `feed` until another."""
    return Window(T0 + 10.0 * begin, T0 + 10.0 * end, is_quiet, lambda key: key in series)


def said(*windows: Window, **steps: int) -> Said:
    return Said(lambda series: steps.get(series, 0), windows)


@lru_cache
def past() -> list[tuple[bytes, bytes | None]]:
    """The records of two series of 200 samples."""
    bank = Bank(PROFILE)
    rows = bank.rows(["a", "b"])
    for step, x in enumerate(noise(200)):
        bank.observe(rows, np.full(2, T0 + 10.0 * step), np.full(2, x), step)
    return bank.snapshot()


def taught(given: Said | None) -> Bank:
    bank = Bank(PROFILE)
    bank.grant(given)
    for key, value in past():
        bank.restore(key, value)
    return bank


def learnt(bank: Bank, key: str) -> dict[str, list[float]]:
    """The level and spread that a series was given by its detectors."""
    states = bank.state(key)
    return {name: np.ravel(states["detector ewma"][name]).tolist() for name in ("mean", "var")}


@pytest.mark.parametrize("steps", [-4, -1, 0, 1, 4])
def test_the_budget_of_a_row_is_doubled_that_often(steps: int) -> None:
    bank = taught(None)
    gates = bank.state("a")["gate"]
    usual, changed = gate.budget(gates, PROFILE), gate.budget(gates, PROFILE, 2.0**steps)
    assert (usual - changed) / np.log(2) == pytest.approx(steps)


def test_tightened_series_alarm_less_often_than_their_twins() -> None:
    bank = Bank(replace(PROFILE, false_alarms_per_s=1e-4))
    bank.grant(Said(lambda series: -4 if series.startswith("strict") else 0))
    rows = bank.rows([f"{kind}{n}" for kind in ("strict", "usual") for n in range(20)])
    random = np.random.default_rng(1)
    found = {"strict": 0, "usual": 0}
    for step in range(400):
        x = np.tile(100 + random.normal(size=20) * (5 if step < 250 else 14), 2)
        for anomaly in bank.observe(rows, np.full(40, T0 + 10.0 * step), x, step):
            found[anomaly.series.rstrip("0123456789")] += anomaly.is_open
    assert 0 < found["strict"] < found["usual"]


def test_nothing_is_learnt_in_a_window_and_alarms_are_raised_all_the_same() -> None:
    bank = taught(said(window(200, 260, "a")))
    before = learnt(bank, "a")
    for key in ("a", "b"):
        assert told(feed(bank, noise(40, 2) + 4, start=200, key=key)) == []
    assert learnt(bank, "a") == before
    assert learnt(bank, "b") != before
    assert told(feed(bank, noise(10, 3) * 5, start=240, key="a")) == [True]
    feed(bank, noise(20, 4), start=260, key="a")
    assert learnt(bank, "a") != before


def test_a_quiet_window_opens_nothing_and_what_lasts_opens_after_it() -> None:
    bank = taught(said(window(200, 230, "a", is_quiet=True)))
    spiked = noise(30, 2) * 5
    assert told(feed(bank, spiked, start=200, key="a")) == []
    assert told(feed(bank, spiked, start=200, key="b"))[:1] == [True]
    (anomaly,) = feed(bank, spiked[:3], start=230, key="a")
    assert anomaly.is_open
    assert anomaly.opened_at == T0 + 2300


def test_what_is_open_when_a_quiet_window_begins_goes_on_and_closes_once() -> None:
    bank = taught(said(window(205, 400, "a", is_quiet=True)))
    assert told(feed(bank, noise(20, 2) * 5, start=200, key="a")) == [True]
    assert told(feed(bank, noise(60, 3), start=220, key="a")) == [False]


def test_silence_in_maintenance_is_no_absence_until_it_is_over() -> None:
    bank = taught(None)
    bank.revise(replace(PROFILE, absent_after=4.0, absent_at_most_s=9000.0))
    now = T0 + 2200
    quiet = [one.series for one in bank.elapse(now, lambda series: series == "a")]
    assert quiet == ["b"]
    assert [one.series for one in bank.elapse(now + 10)] == ["a"]


def test_a_new_series_in_a_row_that_was_given_up_has_its_own_leeway() -> None:
    bank = taught(said(a=-4))
    bank.expire(T0 + 1e6, T0 + 1e6)
    feed(bank, noise(20), start=200_000, key="c")
    (row,) = bank.rows(["c"])
    granted = bank._sharing.granted(np.array([row]), np.array([T0]))
    assert granted is not None
    assert granted.factor.tolist() == [1.0]


@pytest.mark.parametrize("is_held", [False, True])
def test_a_group_learns_nothing_in_a_window_either(is_held: bool) -> None:
    bank = GroupBank(groups.QUICK)
    at = groups.T0 + 60.0 * 120
    held = Window(at, at + 6000, False, lambda key: "pay" in key)
    bank.grant(Said(lambda _: 0, (held,) if is_held else ()))
    groups.feed(bank, groups.values(120))
    (group,) = bank._groups.values()
    before = repr(group.ranges)
    groups.feed(bank, 2 * groups.values(20, 2), start=120)
    assert (repr(group.ranges) == before) is is_held


chunks = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30), st.floats(50, 400)), max_size=50)


@settings(max_examples=30, deadline=None)
@given(chunks, st.integers(-4, 4), st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_a_chunk_and_its_samples_one_at_a_time_are_alike_under_any_leeway(
    chunk: list[tuple[int, int, float]], steps: int, begin: int, lasts: int, is_quiet: bool
) -> None:
    given = said(window(200 + begin, 200 + begin + lasts, "a", is_quiet=is_quiet), b=steps)
    whole, single = taught(given), taught(given)
    rows = whole.rows(["a", "b"])[[series for series, _, _ in chunk]] if chunk else np.zeros(0, int)
    at = np.array([T0 + 2000 + 10.0 * step for _, step, _ in chunk])
    values = np.array([value for _, _, value in chunk])
    offsets = 1000 + np.arange(len(chunk))
    together = whole.observe(rows, at, values, offsets)
    apart: list[Anomaly] = []
    for i in range(len(chunk)):
        one = slice(i, i + 1)
        apart += single.observe(rows[one], at[one], values[one], offsets[one])
    assert whole.snapshot() == single.snapshot()
    assert sorted(map(repr, together)) == sorted(map(repr, apart))


def two_troubles() -> np.ndarray:
    """Of half an hour, until step 790, and of 10 minutes from step 850 on."""
    values = noise(910)
    values[610:790] += 100
    values[850:] -= 100
    return values


ACCEPTS = replace(
    PROFILE, detectors=(Level(),), relearn_after_s=900.0, false_alarms_per_s=1e-3, min_change=50
)


@pytest.mark.parametrize("is_quiet", [True, False])
def test_the_time_of_a_window_does_not_make_what_comes_after_it_normal(is_quiet: bool) -> None:
    """It was taken for normal with its first samples, for an anomaly had been open for so long."""
    bank = Bank(ACCEPTS)
    bank.grant(said(window(612 if is_quiet else 600, 830, "a", is_quiet=is_quiet)))
    assert told(feed(bank, two_troubles())) == [True, False, True]
    assert bank.anomalies_open == 1


def test_nor_does_the_time_of_a_profile_that_never_relearnt() -> None:
    bank, values = Bank(replace(ACCEPTS, relearn_after_s=None)), two_troubles()
    assert told(feed(bank, values[:840])) == [True, False]
    bank.revise(ACCEPTS)
    assert told(feed(bank, values[840:], start=840)) == [True]
