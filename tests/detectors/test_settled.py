"""What opened is held against what was allowed, so that budgets are kept in the long run."""

import numpy as np
import pytest

from bench.budgets import Plan, synthetic
from bench.detection.kinds import KINDS
from detectors import peaks
from detectors.bank import Bank
from detectors.leeway import Said, Window
from detectors.level import Level
from detectors.profile import DAY, Profile
from detectors.state import State, fresh
from detectors.threshold import Threshold

STEP_S, EPOCH = 300.0, 1_700_000_000.0
A_DAY = int(DAY / STEP_S)


def settled(opened: list[bool], *, counts: bool = True, allowed_per_s: float = 1 / DAY) -> float:
    """What is owed after so many samples, of which some opened an anomaly."""
    state: State = fresh(peaks.PEAKS)
    dt = np.full(1, STEP_S)
    for one in opened:
        peaks.settle(state, np.array([one]), np.array([counts]), dt, dt, allowed_per_s)
    return float(state["owed"][0])


def test_what_is_allowed_pays_for_what_opened() -> None:
    a_day = [True] + [False] * (A_DAY - 1)
    assert settled([True]) == pytest.approx(0.3, abs=0.01)
    assert settled(a_day) == pytest.approx(0.0, abs=1e-4)
    assert settled(a_day[1:]) == pytest.approx(-0.3, abs=0.01)


def test_it_stays_within_bounds() -> None:
    assert settled([True] * 100) == 1.25
    assert settled([False] * 100 * A_DAY) == -1.25


def test_time_that_does_not_count_changes_nothing() -> None:
    assert settled([False] * A_DAY, counts=False) == 0


def test_a_silence_is_no_time_in_which_nothing_opened() -> None:
    state, cadence = fresh(peaks.PEAKS), np.full(1, STEP_S)
    peaks.settle(state, None, np.array([True]), np.full(1, 10 * DAY), cadence, 1 / DAY)
    assert float(state["owed"][0]) == pytest.approx(-0.3 * 10 * STEP_S / DAY, rel=1e-5)


def test_surprise_is_less_by_what_is_owed() -> None:
    state = fresh(peaks.PEAKS, 3)
    peaks.keep_rule(state, peaks.rule(Profile(name="p", detectors=(Level(),))))
    state["owed"][:] = 0.0, 1.0, 100.0
    far = np.full(3, 9.0)
    told = peaks.surprise(state, far, far, np.full(3, STEP_S), 0.5)
    for nats in told:
        assert nats[0] - nats[1] == pytest.approx(1.0)
        assert nats[2] == 0.0


def owed(bank: Bank, series: str) -> float:
    return float(bank.state(series)["peaks"]["owed"][0])


def fed(profile: Profile, x: np.ndarray, said: Said | None = None) -> Bank:
    """A bank with one series, a sample each five minutes."""
    bank = Bank(profile)
    bank.grant(said)
    at = EPOCH + STEP_S * np.arange(len(x))
    bank.observe(np.full(len(x), bank.rows(["a"])[0]), at, x, np.arange(len(x)))
    return bank


def profile(**settings: object) -> Profile:
    given = {"detectors": (Level(),), "false_alarms_per_s": 1 / DAY, "warm_up_s": DAY, **settings}
    return Profile(name="p", **given)  # type: ignore[arg-type]


def test_a_series_that_opens_nothing_is_owed_once_its_warm_up_is_over() -> None:
    quiet = 100 + np.random.default_rng(3).normal(size=3 * A_DAY)
    assert owed(fed(profile(false_alarms_per_s=1e-9), quiet[:A_DAY]), "a") == 0
    day = fed(profile(direction="up", min_change=1e6), quiet)
    assert owed(day, "a") == pytest.approx(-0.6, abs=0.01)


def test_neither_an_open_anomaly_nor_a_quiet_window_nor_a_bound_counts() -> None:
    x = 100 + np.random.default_rng(3).normal(size=3 * A_DAY)
    x[2 * A_DAY :] = 1000.0
    bound = profile(detectors=(Threshold(upper=500.0),), relearn_after_s=None)
    assert owed(fed(bound, x), "a") == pytest.approx(-0.3, abs=0.01)
    window = Window(EPOCH + DAY, EPOCH + 3 * DAY, True, lambda series: True)
    quiet = fed(profile(min_change=1e6), x, Said(lambda series: 0, (window,)))
    assert owed(quiet, "a") == pytest.approx(0.0, abs=0.01)


def test_series_whose_tails_are_bounded_keep_their_budget_in_the_long_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.budgets.ALLOWED", 40)
    monkeypatch.setattr("bench.budgets.KINDS", {"regime_switching": KINDS["regime_switching"]})
    (opened,) = (
        row
        for row in synthetic(Plan("1/day", 1 / DAY, STEP_S), 24)
        if row["counted"] == "opened" and row["series_of"] == "all kinds"
    )
    assert opened["within"] >= 0.9, opened
