"""False discoveries: few of what is found are nothing, and a replay judges alike."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from detectors import hypotheses, peaks
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.discoveries import Discoveries
from detectors.ewma import Ewma
from detectors.group_bank import GroupBank
from detectors.layout import Part
from detectors.leeway import Said
from detectors.profile import Profile
from detectors.spending import BARS, Method, Spending
from detectors.state import State
from detectors.store import Store
from tests.detectors import test_group_bank as groups
from tests.detectors.test_bank import T0

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
RATE, SERIES, ROUNDS = 0.1, 100, 150
REAL, BUSY = 0.05, 0.1  # of tests; of series in each round


class Found(NamedTuple):
    """The share of findings that were nothing, and of what was there that was found."""

    false: float
    power: float


class Plane:
    """Series whose runs end at once, with p-values that are given."""

    def __init__(self, method: Method) -> None:
        self.store = Store([Part("peaks", peaks.PEAKS)])
        self.store.begin(list(range(SERIES)), None)
        self.rows = np.arange(SERIES)
        spending = Spending(RATE, BARS[method])
        self.discoveries = Discoveries(spending, (), "s{}".format)

    def put(self, p: Floats, is_run: Flags) -> Flags:
        """Put runs to the test; which of them are findings."""
        loan = self.store.lend(self.rows)
        (runs,) = loan.states
        runs["m1"], runs["m2"] = np.ones(SERIES, np.float32), np.full(SERIES, 2, np.float32)
        runs["count"] = np.full(SERIES, 1e9, np.float32)
        free = np.ones(SERIES, np.bool_)
        levels = self.discoveries.levels(self.rows)
        tests = hypotheses.begin(runs, levels, free)
        found = is_run & (p <= tests.level)
        self._peak(runs, np.where(is_run, -np.log(p), 0.0))
        hypotheses.learn(tests, runs, found)
        ends = hypotheses.begin(runs, levels, free)
        self._peak(runs, np.zeros(SERIES))
        hypotheses.learn(ends, runs, None)
        loan.give_back()
        return found

    @staticmethod
    def _peak(runs: State, nats: Floats) -> None:
        runs["peak"] = nats.astype(np.float32)


Judge = Callable[[Floats, Flags], Flags]


def found(judge: Judge, take_stock: Callable[[], None], seed: int) -> Found:
    """Ten runs a round, of which one in twenty is something."""
    rng = np.random.default_rng(seed)
    nothing = real = told = 0
    for nth in range(ROUNDS):
        is_run, is_real = rng.random(SERIES) < BUSY, rng.random(SERIES) < REAL
        p = np.where(is_real, 10 ** rng.uniform(-9, -3, SERIES), 1 - rng.random(SERIES))
        findings = judge(p, is_run)
        nothing += int((findings & ~is_real).sum())
        told += int((findings & is_real).sum())
        real += int((is_run & is_real).sum())
        if nth % 3 == 0:
            take_stock()
    return Found(nothing / max(nothing + told, 1), told / max(real, 1))


def controlled(method: Method, seed: int) -> Found:
    plane = Plane(method)
    return found(plane.put, lambda: plane.discoveries.take_stock(plane.store), seed)


def plain(level: float, seed: int) -> Found:
    return found(lambda p, is_run: is_run & (p <= level), lambda: None, seed)


def mean(each: list[Found]) -> Found:
    return Found(*np.mean(each, axis=0).tolist())


@pytest.mark.parametrize("method", BARS)
def test_of_what_is_found_at_most_the_rate_is_nothing(method: Method) -> None:
    controlled_ = mean([controlled(method, seed) for seed in range(12)])
    by_number = mean([plain(RATE / (BUSY * SERIES * ROUNDS), seed) for seed in range(12)])
    careless = mean([plain(0.01, seed) for seed in range(12)])
    assert controlled_.false <= RATE
    assert careless.false > 1.5 * RATE
    assert 1 - controlled_.power < (1 - by_number.power) / 2


CONTROLLED = Profile(
    name="quick",
    detectors=(Ewma(memory_s=60),),
    warm_up_s=300.0,
    warm_up_samples=20,
    open_samples=1,
    open_of=1,
    shared_by=("host",),
    false_alarms_per_s=1e-4,
    false_discoveries=RATE,
)
KEYS = [f'load{n}{{host="{n % 3}"}}' for n in range(12)]


def drawn(first: int, last: int) -> Iterator[tuple[int, Floats]]:
    """Noise, in which now and then a series is far out."""
    for step in range(first, last):
        rng = np.random.default_rng(step)
        far = rng.random(len(KEYS)) < (0.01 if step > 200 else 0.0)
        yield step, 100 + rng.normal(size=len(KEYS)) + far * rng.choice([15, 40], len(KEYS))


def feed(bank: Bank, first: int, last: int, *, by_sample: bool = False) -> list[Anomaly]:
    """Ten seconds apart; stock is taken every five minutes."""
    rows, told = bank.rows(KEYS), list[Anomaly]()
    for step, x in drawn(first, last):
        at = np.full(len(rows), T0 + 10.0 * step)
        parts = np.split(np.arange(len(rows)), len(rows) if by_sample else 1)
        for part in parts:
            told += bank.observe(rows[part], at[part], x[part], step)
        if step % 30 == 29:
            bank.take_stock()
    return told


def saved(bank: Bank) -> dict[bytes, bytes | None]:
    bank.touch(bank.rows(KEYS))
    return dict(bank.snapshot())


@pytest.mark.parametrize("method", BARS)
def test_a_round_and_its_samples_one_at_a_time_are_alike(method: Method) -> None:
    profile = replace(CONTROLLED, discoveries_by=method)
    whole, single = Bank(profile), Bank(profile)
    told = feed(whole, 0, 450)
    assert sum(one.is_open for one in told) > 5
    assert told == feed(single, 0, 450, by_sample=True)
    assert saved(whole) == saved(single)


@pytest.mark.parametrize("method", BARS)
def test_a_replay_judges_by_the_ledgers_of_the_first_time(method: Method) -> None:
    profile = replace(CONTROLLED, discoveries_by=method)
    straight, kept = Bank(profile), dict[bytes, bytes | None]()
    for part in range(6):
        feed(straight, 100 * part, 100 * part + 100)
        kept |= dict(straight.snapshot())
    told = feed(straight, 600, 900)
    again = Bank(profile)
    for name, value in kept.items():
        again.restore(name, value)
    assert feed(again, 600, 900) == told
    assert saved(again) == saved(straight)
    assert sum(name[:1] == b"d" for name in kept) == 3


def openings(profile: Profile, steps: int = 1500) -> int:
    bank, told = Bank(profile), 0
    rows = bank.rows([f's{n}{{host="a"}}' for n in range(60)])
    rng = np.random.default_rng(3)
    for step in range(steps):
        x = 100 + rng.normal(size=60)
        now = bank.observe(rows, np.full(60, T0 + 10.0 * step), x, step)
        told += sum(anomaly.is_open for anomaly in now)
        if step % 30 == 0:
            bank.take_stock()
    return told


def test_where_there_is_nothing_next_to_nothing_is_found() -> None:
    assert openings(CONTROLLED) <= 1
    assert openings(replace(CONTROLLED, false_discoveries=None, shared_by=None)) > 5


def test_what_is_not_useful_is_held_to_stricter_levels() -> None:
    usual, strict = Bank(CONTROLLED), Bank(CONTROLLED)
    strict.grant(Said(lambda _: -4))
    assert len(feed(strict, 0, 700)) < len(feed(usual, 0, 700))


def test_an_edit_of_the_rate_keeps_what_was_counted_and_none_ends_the_control() -> None:
    bank = Bank(CONTROLLED)
    feed(bank, 0, 600)
    bank.snapshot()
    rows = bank.rows(KEYS).astype(np.intp)
    before = levels(bank, rows)
    bank.revise(replace(CONTROLLED, false_discoveries=RATE / 2))
    assert levels(bank, rows) == pytest.approx(before / 2)
    bank.revise(replace(CONTROLLED, false_discoveries=None))
    assert bank._sharing.levels(rows) is None


def levels(bank: Bank, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    found = bank._sharing.levels(rows)
    assert found is not None
    return found.of(np.zeros(len(rows), np.float32))


def test_an_owner_without_series_is_forgotten() -> None:
    bank = Bank(CONTROLLED)
    feed(bank, 0, 30)
    bank.snapshot()
    bank.expire(T0 + 1e6, T0 + 1e6)
    ledgers = {name: value for name, value in bank.snapshot() if name[:1] == b"d"}
    assert ledgers == dict.fromkeys((b'd["0"]', b'd["1"]', b'd["2"]'))


def test_groups_of_a_model_are_series_of_an_owner_as_well() -> None:
    bank = GroupBank(replace(groups.QUICK, shared_by=(), false_discoveries=RATE))
    groups.feed(bank, groups.values(20))
    assert b"id[]" in {name for name, _ in bank.snapshot()}
