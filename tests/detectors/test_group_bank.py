"""Half-space trees over a service's metrics: found together, restored exactly, learnt once."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.ewma import Ewma
from detectors.group_bank import GroupBank
from detectors.half_space_trees import HalfSpaceTrees
from detectors.profile import Profile

KEYS = [f'{name}{{service="pay"}}' for name in ("latency", "requests", "ratio")]
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
    quick = replace(PROFILE, model=HalfSpaceTrees(trees=5, height=6, window=100))
    straight, first, second = (GroupBank(quick) for _ in range(3))
    feed(straight, x)
    feed(first, x[:cut])
    for key, value in reversed(first.snapshot()):
        second.restore(key, value)
    feed(second, x[cut:], start=cut)
    assert dict(second.snapshot())[b"is0"] == dict(straight.snapshot())[b"is0"]
    state = [bank._groups['together{service="pay"}'].forest.dump() for bank in (straight, second)]
    assert state[0] == state[1]


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
