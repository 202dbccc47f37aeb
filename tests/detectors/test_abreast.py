"""Banks abreast: rounds that they share, and results as if each were alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors import abreast
from detectors.abreast import Load
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.defaults import DEFAULTS
from detectors.group_bank import GroupBank
from detectors.leeway import Said
from detectors.profile import Profile
from detectors.threshold import Threshold
from tests.detectors.test_group_bank import QUICK

PROFILE = Profile(
    name="p",
    detectors=(*DEFAULTS, Threshold(upper=1000.0)),
    false_alarms_per_s=1e-3,
    warm_up_s=0,
    warm_up_samples=10,
    close_after_s=60,
)
T0 = 1_700_000_000.0

Some = Bank | GroupBank


def loads(banks: Sequence[Some], seed: int, first: int) -> list[Load]:
    """Some 30 samples of each series: of one late, of one not finite, of one far off."""
    noise = np.random.default_rng(seed)
    made = []
    for number, bank in enumerate(banks):
        keys = [f'm{i}{{service="{number}"}}' for i in range(2 + 2 * number)]
        rows = np.repeat(bank.rows(keys), 25 + 5 * number)
        step = np.concatenate([np.arange(25 + 5 * number)] * len(keys)) + first
        value = noise.normal(100, 5, len(rows))
        value[step % 25 > 20] *= 80
        at = T0 + 60.0 * step
        at[5], value[7] = T0, np.nan
        order = np.argsort(rows if number % 2 else step, kind="stable")
        made.append(Load(bank, *(column[order] for column in (rows, at, value, step))))
    return made


def at_once(steps: abreast.Steps) -> tuple[int, list[list[Anomaly]]]:
    rests = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return rests, end.value
        rests += 1


def kept(bank: Some) -> object:
    waking = bank.wakes_at(np.arange(len(bank.keys))).tolist() if isinstance(bank, Bank) else ()
    return bank.stale, waking, bank.snapshot()


@pytest.mark.parametrize("seed", [1, 2])
def test_banks_abreast_find_and_keep_what_each_does_alone(seed: int) -> None:
    joint, single = ([Bank(PROFILE) for _ in range(3)] for _ in range(2))
    found = 0
    for turn in range(3):
        _, told = at_once(abreast.observe(loads(joint, 7 * seed + turn, 40 * turn)))
        alone = loads(single, 7 * seed + turn, 40 * turn)
        assert repr(told) == repr([bank.observe(*samples) for bank, *samples in alone])
        found += sum(map(len, told))
    assert found
    assert list(map(kept, joint)) == list(map(kept, single))


def test_banks_of_one_profile_share_their_rounds() -> None:
    alike = [Bank(PROFILE) for _ in range(2)]
    samples = ([0, 0, 0], T0 + 60 * np.arange(3), np.arange(3.0), np.arange(3))
    for bank in alike:
        bank.rows(["a"])
    rests, _ = at_once(abreast.observe([Load(bank, *samples) for bank in alike]))
    assert rests == 3


def _granted() -> Bank:
    bank = Bank(PROFILE)
    bank.grant(Said(steps=lambda _: 2))
    return bank


@pytest.mark.parametrize(
    ("description", "made"),
    [
        ("another profile", lambda: Bank(replace(PROFILE, name="q"))),
        ("people said something of its series", _granted),
        ("a shared budget", lambda: Bank(replace(PROFILE, shared_by=("service",)))),
        ("bins of counts", lambda: Bank(replace(PROFILE, count_every_s=600.0))),
        ("groups", lambda: bank_for(QUICK)),
    ],
)
def test_bank_of_its_own_kind_is_judged_beside_others(
    description: str, made: Callable[[], Some]
) -> None:
    joint, single = ([made(), Bank(PROFILE), Bank(PROFILE)] for _ in range(2))
    _, told = at_once(abreast.observe(loads(joint, 1, 0)))
    alone = [bank.observe(*samples) for bank, *samples in loads(single, 1, 0)]
    assert repr(told) == repr(alone), description
    assert list(map(kept, joint)) == list(map(kept, single))


def test_nothing_to_judge_is_nothing_found() -> None:
    bank = Bank(PROFILE)
    rows = bank.rows(["a", "b"])
    late = Load(bank, rows, [T0, T0], [np.nan, np.nan], 1)
    assert at_once(abreast.observe([late, Load(Bank(PROFILE), rows[:0], [], [], [])]))[1] == [
        [],
        [],
    ]
