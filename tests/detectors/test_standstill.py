"""Standstills: what has stopped changing is told of, and what rests by habit never is."""

import math
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import standstill
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.leeway import Said, Window
from detectors.level import Level
from detectors.profile import Profile
from detectors.state import fresh

T0, STEP_S, DAY, HOUR = 1_700_000_000.0, 300.0, 288, 12
LONG = 10 * DAY
RNG = np.random.default_rng(3)


def profile(**settings: object) -> Profile:
    defaults = {"warm_up_s": 86400.0, "false_alarms_per_s": 1 / (7 * 86400)}
    return Profile(name="p", detectors=(Level(),), **{**defaults, **settings})  # type: ignore[arg-type]


def feed(bank: Bank, values: np.ndarray, start: int = 0) -> list[Anomaly]:
    rows = np.repeat(bank.rows(["a"]), len(values))
    steps = start + np.arange(len(values))
    return bank.observe(rows, T0 + STEP_S * steps, values, steps)


def of_standstills(anomalies: list[Anomaly]) -> list[Anomaly]:
    return [anomaly for anomaly in anomalies if anomaly.still_s > 0]


def noise(days: float, seed: int = 1) -> np.ndarray:
    return 100 + np.random.default_rng(seed).normal(size=round(days * DAY))


def stuck(hours: float, days: float = 2) -> np.ndarray:
    """Noise, one value over and over, and noise."""
    return np.concatenate([noise(days), np.full(round(hours * HOUR), 100.5), noise(0.5, 2)])


def test_a_stuck_value_is_told_once_and_closes_when_it_changes() -> None:
    found = feed(Bank(profile()), stuck(2))
    assert [anomaly.is_open for anomaly in found] == [True, False]
    opened, closed = found
    assert (opened.value, opened.longest_s, closed.still_s) == (100.5, 0.0, 0.0)
    assert opened.still_s <= 40 * 60
    assert {part.detector for part in opened.parts} == {"level", "standstill"}
    assert max(opened.parts, key=lambda part: part.share).detector == "standstill"
    assert closed.closed_at == T0 + STEP_S * (2 * DAY + 2 * HOUR + 1)  # one sample is no end


def test_the_second_one_says_how_long_the_first_was() -> None:
    values = np.concatenate([stuck(2), stuck(2, days=2)])
    first, second = (one for one in of_standstills(feed(Bank(profile()), values)) if one.is_open)
    assert (first.longest_s, second.longest_s) == (0.0, STEP_S * (2 * HOUR - 1))
    assert first.still_s < second.still_s


@pytest.mark.parametrize(
    "setting",
    [{"stuck_after_s": None}, {"stuck_after_s": 3 * 3600.0}, {"warm_up_s": 7 * 86400.0}],
    ids=["never", "not yet", "not in a warm-up"],
)
def test_it_is_not_told_of(setting: dict[str, float | None]) -> None:
    assert feed(Bank(profile(**setting)), stuck(2)) == []


def test_a_smaller_budget_waits_for_a_longer_one() -> None:
    waits = [
        of_standstills(feed(Bank(profile(false_alarms_per_s=rate / 86400)), stuck(24)))[0].still_s
        for rate in (1 / 7, 1 / 30, 1 / 365)
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[2] <= 12 * 3600


def by_night(rest: float, *, and_at_weekends: bool) -> np.ndarray:
    hour = np.arange(LONG) // HOUR % 24
    is_weekend = (np.arange(LONG) // DAY % 7 >= 5) & and_at_weekends
    return np.where((hour < 8) | is_weekend, rest, noise(10))


CALM = {
    "constant from the start": np.full(LONG, 7.0),
    "a flag that is seldom set": (np.arange(LONG) % (5 * DAY) > 4 * DAY).astype(float),
    "steps, and then none": np.r_[np.arange(20) // 2, np.full(LONG - 20, 9)].astype(float),
    "stairs": np.repeat(np.arange(10.0 * 24), HOUR),
    "coarse numbers": np.round(noise(10)),
    "coarse and autocorrelated": np.round(np.cumsum(noise(10) - 100) / 4),
    "idle at 0 by night and at weekends": by_night(0.0, and_at_weekends=True),
    "a plateau by night": by_night(40.0, and_at_weekends=False),
    "an error ratio": np.where(RNG.random(LONG) < 0.3, RNG.random(LONG), 0.0),
    "an error ratio that came to 0": np.r_[RNG.random(3 * DAY), np.zeros(7 * DAY)],
    "a queue": np.maximum(RNG.poisson(0.7, LONG) - 1, 0).astype(float),
    "a hit ratio": np.where(RNG.random(LONG) < 0.05, RNG.random(LONG), 1.0),
    "a disk that fills at times": np.cumsum(RNG.random(LONG) < 0.1).astype(float),
}


def test_what_rests_by_habit_is_never_stuck() -> None:
    bank = Bank(profile(relearn_after_s=None))
    rows, values = bank.rows(list(CALM)), np.array(list(CALM.values()))
    found = []
    for nth in range(LONG):
        found += bank.observe(rows, np.full(len(rows), T0 + STEP_S * nth), values[:, nth], nth)
    assert [anomaly.series for anomaly in of_standstills(found)] == []


def test_what_never_changes_again_is_told_once_and_accepted() -> None:
    found = feed(Bank(profile()), np.r_[noise(2), np.full(2 * DAY, 100.5)])
    assert [anomaly.is_open for anomaly in found] == [True, False]
    lasted = (found[1].closed_at or math.inf) - found[0].opened_at
    assert 6 * 3600 <= lasted <= 7 * 3600


def test_nothing_is_told_in_a_quiet_window_nor_learnt_in_one() -> None:
    began, over = T0 + STEP_S * 2 * DAY, T0 + STEP_S * (2 * DAY + 2 * HOUR)
    bank = Bank(profile())
    bank.grant(Said(lambda series: 0, (Window(began, over + 1, True, lambda key: True),)))
    assert feed(bank, stuck(2)) == []
    assert bank.state("a")["standstill"]["repeats"].tolist() == [0]
    again = of_standstills(feed(bank, stuck(2, days=2), start=len(stuck(2))))
    assert [anomaly.is_open for anomaly in again] == [True]


def test_a_restart_changes_nothing() -> None:
    values, cut = stuck(2), 2 * DAY + 3
    whole, first, second = (Bank(profile()) for _ in range(3))
    wanted = feed(whole, values)
    before = feed(first, values[:cut])
    second.restore_all([(key, value) for key, value in first.snapshot() if value is not None])
    assert before + feed(second, values[cut:], start=cut) == wanted
    assert second.snapshot() == whole.snapshot()


def test_a_series_costs_32_bytes_more() -> None:
    assert standstill.STANDSTILL.itemsize == 32


def nats_of(values: list[int]) -> float:
    """What is said of the last of these values, by their runs; 0 of one that has none before."""
    runs = [(value, len(list(run)) - 1) for value, run in groupby(values)]
    (last, length), past = runs[-1], [run for run in runs[:-1] if run[0] != 0]
    repeats, stands = sum(n for _, n in past), sum(n > 0 for _, n in past)
    changes = sum(value != 0 for value, _ in runs)
    if last == 0 or length < 4 or changes < 100 or repeats > 0.2 * (changes + repeats):
        return 0.0
    mean = (repeats - stands + 4) / (stands + 2)
    rate = (stands + 1) / (changes + repeats) * (1 + 0.7 * (length - 1) / mean) ** (-1 / 0.7)
    return max(-math.log(rate), 0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), max_size=12), st.integers(1, 9))
def test_what_is_said_agrees_with_a_count_of_runs(drawn: list[tuple[int, int]], last: int) -> None:
    values = [*range(1, 120), *(v for v, n in drawn for _ in range(n)), *([7] * last)]
    state, told = fresh(standstill.STANDSTILL), 0.0
    for x in values:
        sample, dt, closed = np.array([float(x)]), np.ones(1), np.zeros(1, np.uint8)
        given = {"least_s": 1.0, "memory_s": 1e18, "is_open": closed}
        (told,) = standstill.step(state, sample, dt, **given)
    assert told == pytest.approx(nats_of(values), rel=1e-6)
