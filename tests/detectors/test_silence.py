"""Silence: what it opens and ends; only rows that may have something to tell are looked at."""

import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.bank import Bank
from detectors.counts import Counts
from detectors.profile import Grade, Profile
from tests.detectors.test_bank import T0, feed, noise, quick_profile, told

GRADES = (Grade(severity=2, after_s=120), Grade(severity=3, after_s=400, p_below=1e-3))
PROFILES = {
    "watched": quick_profile(absent_after=4.0, absent_at_most_s=900.0, severities=GRADES),
    "unwatched": quick_profile(),
    "counted": Profile(name="c", detectors=(Counts(),), count_every_s=30, warm_up_samples=20),
}


@lru_cache
def taught(name: str, open_series: int) -> list[tuple[bytes, bytes | None]]:
    """The records of three series, so many of which have an open anomaly."""
    bank = Bank(PROFILES[name])
    rows = bank.rows(["s0", "s1", "s2"])
    for step in range(300):
        x = noise(3, step) + 400.0 * (step >= 280) * (np.arange(3) < open_series)
        bank.observe(rows, np.full(3, T0 + 10 * step), x, step)
    return bank.snapshot()


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.5, 7.0, 61.0, 300.0])), max_size=30),
    st.integers(0, 3),
)
def test_every_row_and_the_rows_due_tell_the_same(
    name: str, ticks: list[tuple[int, float]], open_series: int
) -> None:
    profile = PROFILES[name]
    bank, thorough = Bank(profile), Bank(profile)
    for key, value in taught(name, open_series):
        for one in (bank, thorough):
            one.restore(key, value)
    now, told, expected = T0 + 3000, [], []
    for place, (series, passed) in enumerate(ticks):
        now += passed
        thorough.revise(profile)  # wakes every row
        told += bank.elapse(now)
        expected += thorough.elapse(now)
        if place % 3 == 2:
            rows = bank.rows([f"s{series}"])
            for one, heard in ((bank, told), (thorough, expected)):
                heard += one.observe(rows, [now], [100.0], 1000 + place)
    assert repr(told) == repr(expected)
    assert bank.snapshot() == thorough.snapshot()


def test_nothing_is_looked_at_before_it_is_due() -> None:
    bank = Bank(quick_profile(absent_after=6.0))
    feed(bank, noise(300))
    bank.snapshot()
    assert bank.elapse(T0 + 3000) == []
    assert (bank._store.wakes_at <= T0 + 3040).sum() == 0
    assert [a.is_open for a in bank.elapse(T0 + 3100)] == [True]
    assert bank.elapse(T0 + 3200) == []


def test_a_restored_bank_finds_who_fell_silent() -> None:
    bank, restored = (Bank(quick_profile(absent_after=6.0)) for _ in range(2))
    feed(bank, noise(300))
    for key, value in bank.snapshot():
        restored.restore(key, value)
    assert repr(restored.elapse(T0 + 3100)) == repr(bank.elapse(T0 + 3100))
    assert restored.anomalies_open == 1


def test_revised_patience_holds_for_who_is_silent_already() -> None:
    bank = Bank(quick_profile(absent_after=60.0))
    feed(bank, noise(300))
    assert bank.elapse(T0 + 3200) == []
    bank.revise(quick_profile(absent_after=6.0))
    assert [a.is_open for a in bank.elapse(T0 + 3200)] == [True]
    assert bank.snapshot()
    assert np.isfinite(bank._store.wakes_at[0])


@pytest.mark.parametrize("ticks", [[3100.0], [3005.0, 3030, 3061, 3090, 3100]])
def test_silence_opens_an_absence_however_often_time_is_told(ticks: list[float]) -> None:
    bank = Bank(quick_profile(absent_after=6.0))
    assert feed(bank, noise(300)) == []
    opened = [a for tick in ticks for a in bank.elapse(T0 + tick)]
    assert [(a.opened_at, a.is_open) for a in opened] == [(T0 + 3000, True)]
    assert math.isnan(opened[0].value)
    assert opened[0].parts[0].detector == "absence"
    back = feed(bank, noise(60, 2), start=320)
    assert [(a.opened_at, a.is_open) for a in back] == [(T0 + 3000, False)]


def test_a_series_gone_for_good_closes() -> None:
    bank = Bank(quick_profile(absent_after=6.0, absent_at_most_s=3600.0))
    feed(bank, noise(300))
    assert told(bank.elapse(T0 + 3100)) == [True]
    assert told(bank.elapse(T0 + 8000)) == [False]
    assert bank.elapse(T0 + 20000) == []


def test_a_series_still_warming_up_is_not_missed() -> None:
    bank = Bank(quick_profile(absent_after=6.0))
    feed(bank, noise(10))
    assert bank.elapse(T0 + 5000) == []


def test_an_open_anomaly_of_a_series_that_fell_silent_closes_when_absence_is_not_watched() -> None:
    bank = Bank(quick_profile())
    values = noise(260)
    values[250:] = 500
    assert told(feed(bank, values)) == [True]
    assert told(bank.elapse(T0 + 2600 + 1000)) == [False]
    assert bank.anomalies_open == 0


@pytest.mark.parametrize("is_told", [True, False])
def test_the_hours_of_an_absence_do_not_make_the_level_after_it_normal(is_told: bool) -> None:
    """As its first sample did: it was over half an hour later, whatever had become of it."""
    bank = Bank(quick_profile(absent_after=6.0))
    trouble = [] if is_told else [500.0] * 3
    feed(bank, np.r_[noise(400), trouble])
    if is_told:
        assert told(bank.elapse(T0 + 5000)) == [True]
    late = 400 + len(trouble) + 1000
    assert told(feed(bank, np.full(50, 500.0), start=late)) == []
    assert bank.anomalies_open == 1
    assert told(feed(bank, np.full(50, 500.0), start=late + 50)) == [False]
