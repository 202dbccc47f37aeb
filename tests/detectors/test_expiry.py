"""Forgetting: series not heard of leave nothing behind, and whoever comes next begins afresh."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.bank import Bank
from detectors.counts import Counts
from detectors.ewma import Ewma
from detectors.profile import Profile
from tests.detectors.test_bank import T0, feed, noise, quick_profile, told


def test_a_series_not_heard_of_is_forgotten_with_its_record() -> None:
    bank = Bank(quick_profile())
    feed(bank, noise(30), key="old")
    feed(bank, noise(30), key="new", start=100)
    bank.snapshot()
    expired = bank.expire(T0 + 1000, T0 + 1300)
    assert expired == (["old"], [])
    assert list(bank.keys) == ["new"]
    assert "old" not in bank
    assert (len(bank.keys), bank.warming_up) == (1, 1)
    assert bank.snapshot() == [(b"rold", None)]
    assert bank.snapshot() == []
    assert bank.expire(T0 + 1000, T0 + 1300) == ([], [])


def test_the_open_anomaly_of_a_forgotten_series_is_closed() -> None:
    bank = Bank(quick_profile())
    values = noise(260)
    values[250:] = 500
    (opened,) = feed(bank, values)
    (closed,) = bank.expire(T0 + 5000, T0 + 9000).anomalies
    assert (closed.series, closed.opened_at, closed.closed_at) == ("a", opened.opened_at, T0 + 9000)
    assert math.isnan(closed.value)
    assert closed.points[-1].value == 500
    assert (len(bank.keys), bank.anomalies_open) == (0, 0)


def test_one_series_can_be_forgotten_by_name() -> None:
    bank = Bank(quick_profile())
    values = noise(260)
    values[250:] = 500
    feed(bank, values)
    assert told(bank.forget("a", T0 + 3000)) == [False]
    assert bank.forget("a", T0 + 3000) == []
    assert list(bank.keys) == []


def test_a_series_that_never_had_a_sample_is_forgotten_too() -> None:
    bank = Bank(quick_profile())
    feed(bank, np.full(3, math.nan), key="nothing")
    assert bank.expire(T0, T0).keys == ["nothing"]


def test_rows_of_forgotten_series_are_given_to_new_ones() -> None:
    bank = Bank(quick_profile())
    rows = bank.rows(["a", "b", "c"])
    bank.observe(rows, T0 + np.array([0.0, 99, 0]), np.ones(3), 0)
    assert sorted(bank.expire(T0 + 50, T0 + 99).keys) == ["a", "c"]
    again = bank.rows(["d", "b", "e", "f", "d"])
    assert set(again[[0, 2]].tolist()) == {int(rows[0]), int(rows[2])}
    assert again[1] == rows[1]
    assert again[4] == again[0]
    assert bank.elapse(T0 + 1e6) == []
    assert list(bank.keys) == ["b", "d", "e", "f"]


def test_counted_series_are_forgotten_by_their_last_event_and_not_by_empty_bins() -> None:
    bank = Bank(Profile(name="c", detectors=(Counts(),), count_every_s=60))
    bank.observe(bank.rows(["a", "b"]), T0 + np.array([0.0, 5000]), np.ones(2), 0)
    bank.elapse(T0 + 6000)
    assert bank.expire(T0 + 4000, T0 + 6000).keys == ["a"]
    assert bank.elapse(T0 + 7000) == []
    assert list(bank.keys) == ["b"]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 300), st.booleans())
def test_who_comes_after_a_forgotten_series_is_as_new(taught: int, is_same: bool) -> None:
    bank, new = Bank(quick_profile()), Bank(quick_profile())
    values = noise(300)
    values[200:] += 300
    feed(bank, values[:taught], key="a")
    bank.rows(["a"])
    bank.expire(T0 + 1e6, T0 + 1e6)
    key = "a" if is_same else "b"
    later = noise(60, 2)
    assert repr(feed(bank, later, key=key, start=10**6)) == repr(
        feed(new, later, key=key, start=10**6)
    )
    saved = [record for record in bank.snapshot() if record != (b"ra", None)]
    assert saved == new.snapshot()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.sets(st.integers(0, 5), min_size=1)),
        st.tuples(st.just("expire"), st.integers(1, 8)),
        st.tuples(st.just("save"), st.none()),
        st.tuples(st.just("crash"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=50, deadline=None)
@given(steps)
def test_what_is_saved_is_what_there_is_whatever_was_forgotten(
    story: list[tuple[str, object]],
) -> None:
    profile = Profile(name="p", detectors=(Ewma(),), warm_up_samples=0, warm_up_s=0)
    bank = Bank(profile)
    log: list[tuple[bytes, bytes | None]] = []
    alive: dict[int, int] = {}
    saved = dict(alive)
    for now, (verb, what) in enumerate(story):
        if verb == "hear":
            heard = sorted(what)  # type: ignore[call-overload]
            rows = bank.rows([f"s{i}" for i in heard])
            bank.observe(rows, np.full(len(rows), T0 + now), noise(len(rows), now), now)
            alive |= dict.fromkeys(heard, now)
        elif verb == "expire":
            bank.expire(T0 + now - what, T0 + now)  # type: ignore[operator]
            alive = {i: at for i, at in alive.items() if at >= now - what}  # type: ignore[operator]
        elif verb == "save":
            log += bank.snapshot()
            saved = dict(alive)
        else:
            bank, alive = restored(profile, log), dict(saved)
        assert set(bank.keys) == {f"s{i}" for i in alive}
    log += bank.snapshot()
    assert contents(restored(profile, log)) == contents(bank)
    compacted = [(key, value) for key, value in dict(log).items() if value is not None]
    assert contents(restored(profile, compacted[::-1])) == contents(bank)


def restored(profile: Profile, log: list[tuple[bytes, bytes | None]]) -> Bank:
    bank = Bank(profile)
    for key, value in log:
        assert bank.restore(key, value) is None
    return bank


def contents(bank: Bank) -> dict[bytes, bytes | None]:
    bank.snapshot()
    bank.touch(bank.rows(list(bank.keys)))
    return dict(bank.snapshot())


def test_a_deleted_record_is_forgotten_by_who_follows_the_log() -> None:
    bank, follower = Bank(quick_profile()), Bank(quick_profile())
    feed(bank, noise(20))
    log = bank.snapshot()
    bank.expire(T0 + 1e6, T0 + 1e6)
    for key, value in [*log, *bank.snapshot()]:
        follower.restore(key, value)
    assert list(follower.keys) == []
    assert follower.snapshot() == []


@pytest.mark.parametrize("series", [10, 1000])
def test_as_many_rows_are_used_as_there_are_series_at_once(series: int) -> None:
    bank = Bank(Profile(name="p", detectors=(Ewma(),)))
    highest = 0
    for day in range(5):
        rows = bank.rows([f"pod-{day}-{i}" for i in range(series)])
        bank.observe(rows, np.full(series, T0 + 86400 * day), np.ones(series), day)
        highest = max(highest, int(rows.max()))
        bank.expire(T0 + 86400 * day - 1000, T0 + 86400 * day)
    assert highest < 2 * series


def test_rows_may_be_added_while_their_table_is_looked_at() -> None:
    bank = Bank(quick_profile())
    feed(bank, noise(30))
    looked_at = bank._store.columns("gate")["last_at"]
    bank.rows([f"s{i}" for i in range(1000)])
    assert looked_at[0] == bank._store.columns("gate")["last_at"][0]
    assert feed(bank, noise(30), start=30) == []
