"""Budgets and labels: what the figures of a report mean."""

import numpy as np
import pytest

from detectors.anomaly import Anomaly
from detectors.episodes import Episode
from detectors.history import Samples
from streams.backtest.budget import Budget
from streams.backtest.truth import compare

AT = 1_700_000_000.0 + 60.0 * np.arange(100)


@pytest.mark.parametrize(
    ("allowed", "found", "verdict"),
    [
        (0.5, 0, "too short to tell"),
        (1.4, 0, "too short to tell"),
        (1.5, 0, "kept"),
        (0.5, 1, "too short to tell"),
        (0.05, 1, "exceeded"),
        (10.0, 10, "kept"),
        (10.0, 30, "exceeded"),
    ],
)
def test_a_budget_is_only_judged_where_there_was_time_enough(
    allowed: float, found: int, verdict: str
) -> None:
    assert Budget(allowed=allowed, found=found).verdict == verdict


@pytest.mark.parametrize("mean", [0.7, 3.0, 12.0])
def test_the_bounds_hold_the_mean_in_nineteen_of_twenty_cases_each(mean: float) -> None:
    counts = np.random.default_rng(1).poisson(mean, 4000).tolist()
    budgets = {count: Budget(allowed=1.0, found=count) for count in set(counts)}
    bounds = {count: (budget.low, budget.high) for count, budget in budgets.items()}
    above = np.mean([bounds[count][0] > mean for count in counts])
    below = np.mean([bounds[count][1] < mean for count in counts])
    assert above <= 0.06
    assert below <= 0.06


def episode(first: int, last: int | None) -> Episode:
    message = Anomaly(
        series="a", profile="p", opened_at=AT[first], closed_at=None, severity=1, value=1.0,
        expected=0.0, lower=0.0, upper=0.0, p_value=1e-9, parts=(), points=(),
    )  # fmt: skip
    closed_at = None if last is None else float(AT[last])
    return Episode(
        first=message, told_at=float(AT[first]), closed_at=closed_at, severity=1, p_value=1e-9
    )


def test_events_and_anomalies_meet_where_both_are_open() -> None:
    truth = np.zeros(100, bool)
    for begin, end in ((10, 20), (40, 50), (70, 80), (95, 100)):
        truth[begin:end] = True
    found = [episode(5, 8), episode(12, 30), episode(35, 45), episode(90, None)]
    told = compare(Samples(AT, np.ones(100)), truth, found)
    assert (told.events, told.found, told.anomalies, told.true) == (4, 3, 4, 3)
    assert told.delays_s == (120.0, 0.0, 0.0)
    assert (told.precision, told.recall, told.delay_s) == (0.75, 0.75, 0.0)


def test_nothing_found_of_nothing_has_neither_precision_nor_recall() -> None:
    told = compare(Samples(AT, np.ones(100)), np.zeros(100, bool), [])
    assert (told.precision, told.recall, told.delay_s) == (None, None, None)
