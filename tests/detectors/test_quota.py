"""Quotas: a group's budget divided by its series, and the same in a replay."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.bank import Bank
from detectors.group_bank import GroupBank
from detectors.quota import Quota
from tests.detectors import test_group_bank as groups
from tests.detectors.test_bank import T0
from tests.detectors.test_leeway import PROFILE

SHARED = replace(PROFILE, shared_by=("host",), false_alarms_per_s=1e-4)


def key(host: int, number: int) -> str:
    return f'load{number}{{host="{host}"}}'


series = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 9)), unique=True, min_size=1, max_size=40
)


@given(series, st.integers(1, 8))
def test_the_parts_of_a_group_are_its_budget_over_all_banks(
    pairs: list[tuple[int, int]], among: int
) -> None:
    keys = [key(*pair) for pair in pairs]
    quota = Quota(["host"], keys.__getitem__, among)
    quota.take_stock(np.ones(len(keys), bool))
    parts = quota.of(np.arange(len(keys)))
    for host in {host for host, _ in pairs}:
        mine = [part for part, pair in zip(parts, pairs, strict=True) if pair[0] == host]
        assert sum(mine) * among == pytest.approx(1.0)


@given(series, series)
def test_what_was_saved_counts_until_stock_is_taken_again(
    before: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    keys = [key(*pair) for pair in dict.fromkeys([*before, *more])]
    rows = np.arange(len(keys))
    first = Quota(["host"], keys.__getitem__)
    assert first.take_stock(rows < len(before))
    assert not first.take_stock(rows < len(before))
    second = Quota(["host"], keys.__getitem__)
    second.load(first.dump())
    assert second.of(rows).tolist() == first.of(rows).tolist()
    assert second.dump() == first.dump()


def test_groups_that_are_no_more_are_let_go_of() -> None:
    keys = [key(host, 0) for host in range(5000)]
    quota = Quota(["host"], keys.__getitem__)
    quota.take_stock(np.ones(5000, bool))
    quota.forget(np.arange(10, 5000))
    quota.take_stock(np.arange(5000) < 10)
    assert len(quota._owners) == 10
    assert quota.of(np.arange(10)).tolist() == [1.0] * 10


def factor(bank: Bank, name: str) -> float:
    granted = bank._sharing.granted(bank.rows([name]).astype(np.intp), np.array([T0]))
    assert granted is not None
    return float(granted.factor[0])


def test_a_series_that_expires_leaves_its_part_to_the_others() -> None:
    bank = Bank(SHARED)
    rows = bank.rows([key(1, n) for n in range(4)])
    bank.observe(rows, np.full(4, T0), np.ones(4), 1)
    bank.observe(rows[:2], np.full(2, T0 + 1000), np.ones(2), 2)
    bank.snapshot()
    assert factor(bank, key(1, 0)) == 0.25
    bank.expire(T0 + 500, T0 + 1000)
    assert factor(bank, key(1, 0)) == 0.25  # until state is saved
    bank.snapshot()
    assert factor(bank, key(1, 0)) == 0.5


def test_an_edit_makes_a_budget_shared_and_its_own_again() -> None:
    bank = Bank(PROFILE)
    bank.rows([key(1, n) for n in range(4)])
    bank.revise(replace(PROFILE, shared_by=()))
    bank.split(2)
    bank.snapshot()
    assert factor(bank, key(1, 0)) == 1 / 8
    bank.revise(PROFILE)
    assert bank._sharing.granted(bank.rows([key(1, 0)]).astype(np.intp), np.array([T0])) is None


def alarms(bank: Bank, series: int, steps: int = 400) -> int:
    rows = bank.rows([key(0, n) for n in range(series)])
    random = np.random.default_rng(1)
    found = 0
    for step in range(steps):
        x = 100 + random.normal(size=series) * (5 if step < 250 else 14)
        told = bank.observe(rows, np.full(series, T0 + 10.0 * step), x, step)
        found += sum(anomaly.is_open for anomaly in told)
        if step % 50 == 0:
            bank.snapshot()
    return found


def test_series_that_share_a_budget_alarm_less_often_than_those_with_their_own() -> None:
    own = alarms(Bank(replace(SHARED, shared_by=None)), 40)
    assert 0 < alarms(Bank(SHARED), 40) < own


def test_a_replay_judges_by_the_numbers_of_the_first_time() -> None:
    def grow(bank: Bank, first: int, last: int) -> None:
        for step in range(first, last):
            rows = bank.rows([key(0, n) for n in range(1 + step // 5)])
            random = np.random.default_rng(step)
            x = 100 + random.normal(size=len(rows)) * (5 if step < 185 else 14)
            bank.observe(rows, np.full(len(rows), T0 + 10.0 * step), x, step)

    def saved(bank: Bank) -> dict[bytes, bytes | None]:
        bank.touch(bank.rows(list(bank.keys)))
        return {key: value for piece in bank._register.pieces() for key, value in piece}

    profile = replace(SHARED, false_alarms_per_s=1e-3)
    straight = Bank(profile)
    grow(straight, 0, 180)
    kept = straight.snapshot()
    grow(straight, 180, 300)
    again = Bank(profile)
    for name, value in kept:
        again.restore(name, value)
    grow(again, 180, 300)
    assert saved(again) == saved(straight)
    forgetful = Bank(profile)
    for name, value in kept:
        if name != b"q":
            forgetful.restore(name, value)
    grow(forgetful, 180, 300)
    assert saved(forgetful) != saved(straight)


def test_groups_of_a_model_share_a_budget_as_well() -> None:
    bank = GroupBank(replace(groups.QUICK, shared_by=()))
    bank.split(4)
    groups.feed(bank, groups.values(20))
    bank.snapshot()
    assert factor(bank._bank, groups.GROUP.decode()) == 0.25
