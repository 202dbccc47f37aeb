"""Half-space trees over a service's metrics: found together, restored exactly, learnt once."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.ewma import Ewma
from detectors.group_bank import GroupBank
from detectors.half_space_trees import HalfSpaceTrees
from detectors.profile import Profile
from detectors.records import Ignored

KEYS = [f'{name}{{service="pay"}}' for name in ("latency", "requests", "ratio")]
GROUP = b'together{service="pay"}'
DAY = 1440  # minutes
T0 = 1_700_000_000.0
PROFILE = Profile(
    name="together",
    model=HalfSpaceTrees(trees=25, height=8, window=DAY),
    by=("service",),
    warm_up_s=86400,
    open_samples=4,
    open_of=6,
)

QUICK = replace(
    PROFILE,
    model=HalfSpaceTrees(trees=5, height=6, window=100),
    warm_up_s=0,
    false_alarms_per_s=1e-5,
    open_samples=2,
    open_of=3,
)


def values(n: int, seed: int = 1) -> np.ndarray:
    season = 1 + 0.4 * np.sin(np.arange(n) / DAY * 2 * np.pi)
    noise = 1 + 0.05 * np.random.default_rng(seed).normal(size=(n, 3))
    return np.stack([100 * season, 50 * season, np.full(n, 0.01)], axis=1) * noise


def feed(bank: GroupBank, x: np.ndarray, start: int = 0) -> list[tuple[str, bool]]:
    rows = bank.rows(KEYS)
    steps = np.repeat(start + np.arange(len(x)), 3)
    found = bank.observe(np.tile(rows, len(x)), T0 + 60.0 * steps, x.ravel(), steps)
    return [(anomaly.series, anomaly.is_open) for anomaly in found]


def test_a_profile_with_a_model_gets_a_bank_of_groups() -> None:
    assert isinstance(bank_for(PROFILE), GroupBank)
    assert isinstance(bank_for(Profile(name="p", detectors=(Ewma(),))), Bank)
    with pytest.raises(ValueError, match="needs a profile with a model"):
        GroupBank(Profile(name="p", detectors=(Ewma(),)))


def test_an_outage_in_all_metrics_is_one_anomaly_of_the_service() -> None:
    x = values(3 * DAY + 200)
    x[3 * DAY + 100 : 3 * DAY + 120] = [600, 0, 0.6]
    group = 'together{service="pay"}'
    assert feed(GroupBank(PROFILE), x) == [(group, True), (group, False)]


@pytest.mark.parametrize("cut", [1, 50, 137, 401])
def test_trees_are_restored_exactly(cut: int) -> None:
    x = values(430)
    straight, first, second = (GroupBank(QUICK) for _ in range(3))
    feed(straight, x)
    feed(first, x[:cut])
    for key, value in reversed(first.snapshot()):
        second.restore(key, value)
    feed(second, x[cut:], start=cut)
    saved, expected = dict(second.snapshot()), dict(straight.snapshot())
    assert saved[b"ir" + GROUP] == expected[b"ir" + GROUP]
    assert saved[b"g" + GROUP] == expected[b"g" + GROUP]


def test_a_replay_is_not_learnt_twice() -> None:
    bank = GroupBank(PROFILE)
    feed(bank, values(200))
    bank.snapshot()
    assert feed(bank, values(200)) == []
    assert bank.snapshot() == []


def test_values_that_are_no_numbers_are_left_out() -> None:
    bank = GroupBank(PROFILE)
    x = values(300)
    x[::7, 1] = np.nan
    x[::11, 2] = 1e300
    with np.errstate(all="raise", under="ignore"):
        assert feed(bank, x) == []


def interleaved(groups: int, x: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Series of several services, and samples of each, all mixed."""
    keys = [f'{name}{{service="s{g}"}}' for g in range(groups) for name in ("a", "b", "c")]
    row = np.tile(np.arange(len(keys)), len(x))
    step = np.repeat(np.arange(len(x)), len(keys))
    return keys, row, T0 + 60.0 * step, np.tile(x, groups).ravel()


def test_many_groups_at_once_and_a_sample_at_a_time_are_alike() -> None:
    x = values(460)
    x[430:440] = [600, 0, 0.6]
    keys, row, at, value = interleaved(3, x)
    shuffled = np.random.default_rng(1).permutation(len(row)).argsort()
    shuffled = shuffled[np.argsort(at[shuffled], kind="stable")]
    row, at, value = row[shuffled], at[shuffled], value[shuffled]
    whole, single = GroupBank(QUICK), GroupBank(QUICK)
    rows, offsets = whole.rows(keys)[row], np.arange(len(row))
    single.rows(keys)
    together = whole.observe(rows, at, value, offsets)
    apart = [
        anomaly
        for i in range(len(row))
        for anomaly in single.observe(rows[[i]], at[[i]], value[[i]], offsets[[i]])
    ]
    assert len(together) >= 3
    assert repr(together) == repr(apart)
    assert dict(whole.snapshot()) == dict(single.snapshot())


def test_a_series_not_heard_of_leaves_its_group_and_the_trees_start_anew() -> None:
    bank = GroupBank(QUICK)
    feed(bank, values(100))
    row = bank.rows(KEYS[:2])
    bank.observe(row, np.full(2, T0 + 6500), np.ones(2), np.full(2, 1000))
    expired = bank.expire(T0 + 6200, T0 + 6500)
    assert expired.keys == [KEYS[2]]
    assert expired.anomalies == []
    assert KEYS[2] not in bank
    assert KEYS[0] in bank
    assert list(bank.keys) == [GROUP.decode()]
    assert dict(bank.snapshot())[b"g" + GROUP]


def test_groups_are_restored_exactly_though_they_were_judged_while_they_were_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("detectors.group_bank._AT_ONCE", 1)
    keys = [f'{name}{{service="{of}"}}' for of in "abc" for name in ("latency", "requests")]
    x = np.random.default_rng(1).normal(100, 5, (300, len(keys)))

    def judge(bank: GroupBank, first: int, last: int) -> None:
        steps = np.repeat(np.arange(first, last), len(keys))
        rows = np.tile(bank.rows(keys), last - first)
        bank.observe(rows, T0 + 60.0 * steps, x[first:last].ravel(), steps)

    straight, first, second = GroupBank(QUICK), GroupBank(QUICK), GroupBank(QUICK)
    judge(straight, 0, 300)
    judge(first, 0, 200)
    saved, reached = [], 200
    for piece in first.pieces():
        saved += piece
        judge(first, reached, reached + 10)
        reached += 10
    for key, value in saved:
        assert second.restore(key, value) is None
    judge(second, 200, 300)
    assert dict(second.snapshot()) == dict(straight.snapshot())


def test_a_group_of_which_nothing_is_heard_is_forgotten_and_its_anomaly_closed() -> None:
    x = values(435)
    x[430:] = [600, 0, 0.6]
    bank = GroupBank(QUICK)
    assert [is_open for _, is_open in feed(bank, x)] == [True]
    old = bank.snapshot()
    expired = bank.expire(T0 + 60 * 1000, T0 + 60 * 2000)
    assert expired.keys == sorted(KEYS)
    assert [(a.series, a.closed_at) for a in expired.anomalies] == [
        (GROUP.decode(), T0 + 60 * 2000)
    ]
    assert (list(bank.keys), bank.anomalies_open, bank.warming_up) == ([], 0, 0)
    gone = bank.snapshot()
    assert gone == [(b"g" + GROUP, None), (b"ir" + GROUP, None)]
    restored = GroupBank(QUICK)
    for key, value in [*old, *gone]:
        restored.restore(key, value)
    assert list(restored.keys) == []
    feed(bank, values(5), start=3000)
    feed(fresh := GroupBank(QUICK), values(5), start=3000)
    assert bank.snapshot() == fresh.snapshot()


def test_a_group_of_another_version_or_model_is_ignored_and_deleted() -> None:
    bank = GroupBank(PROFILE)
    feed(bank, values(20))
    other = GroupBank(replace(PROFILE, model=HalfSpaceTrees(seed=2)))
    reasons = {other.restore(key, value) for key, value in bank.snapshot()}
    assert reasons == {Ignored.SIGNATURE}
    assert list(other.keys) == []
    assert other.restore(b"g" + GROUP, msgspec.msgpack.encode([1, "x"])) is Ignored.VERSION
    assert {value for _, value in other.snapshot()} == {None}


def test_late_members_are_counted() -> None:
    bank = GroupBank(PROFILE)
    feed(bank, values(5))
    bank.observe(bank.rows(KEYS), np.full(3, T0), np.ones(3), np.full(3, 99))
    assert bank.stale == 3
