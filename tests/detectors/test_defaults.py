"""What the default detectors find of what is small but lasts."""

from collections.abc import Callable

import numpy as np

from bench.detection import default
from bench.detection.kinds import WEEK_S
from bench.detection.watcher import Watcher
from detectors.defaults import DEFAULTS

SERIES, STEP_S, A_DAY, HOURS = 60, 300.0, 288, 3


def found(seed: int, days: int, off: Callable[[int], float]) -> int:
    """In how many series an anomaly opens within hours after so many days."""
    rng = np.random.default_rng(seed)
    watcher = Watcher(default.profile(1 / WEEK_S, detectors=DEFAULTS), SERIES)
    rows, told = np.arange(SERIES), np.zeros(SERIES, np.bool_)
    for nth in range(days * A_DAY + HOURS * 12):
        value = 100 + 5 * rng.standard_normal(SERIES) + off(nth)
        opened = watcher.step(rows, np.full(SERIES, STEP_S * nth), value).opened
        told |= opened & (nth >= days * A_DAY)
    return int(told.sum())


def test_four_of_five_small_shifts_for_hours_are_found_with_a_sample_each_five_minutes() -> None:
    assert found(29, 6, lambda nth: 10 if nth >= 6 * A_DAY else 0) > 0.8 * SERIES


def test_a_trouble_that_was_accepted_does_not_hide_a_smaller_one_a_day_later() -> None:
    """While tails began anew with the new normal, none of 60 was found."""

    def off(nth: int) -> float:
        return 60 if 0 <= nth - 4 * A_DAY < 7 * 12 else 15 if nth >= 5 * A_DAY else 0

    assert found(34, 5, off) > 0.7 * SERIES


def test_a_constant_that_comes_alive_is_told_of_for_a_day_and_not_for_three() -> None:
    """It opens and closes over and over: time in anomalies adds up until that is the new normal.

    While only one that lasted did so, each series opened 160 times.
    """
    rng = np.random.default_rng(3)
    watcher = Watcher(default.profile(1 / WEEK_S, detectors=DEFAULTS), SERIES)
    rows, by_day = np.arange(SERIES), np.zeros(8)
    for nth in range(8 * A_DAY):
        value = 100 + (5 * rng.standard_normal(SERIES) if nth >= 5 * A_DAY else np.zeros(SERIES))
        opened = watcher.step(rows, np.full(SERIES, STEP_S * nth), value).opened
        by_day[nth // A_DAY] += opened.sum() / SERIES
    assert by_day[5] < 20
    assert by_day[6] < 1
    assert by_day[7] < 0.2


def test_surprises_of_single_detectors_are_as_rare_as_they_say() -> None:
    """Of independent noise, in a bank: what alarms alone must teach, or all that is rare is missed.

    Of e^-5 to e^-7 there were 3.4 to 10 times as many while alarming samples taught next to none.
    """
    rng, series = np.random.default_rng(31), 150
    watcher = Watcher(default.profile(1 / WEEK_S, detectors=DEFAULTS), series)
    rows, surprises = np.arange(series), []
    for nth in range(8 * A_DAY):
        seen = watcher.step(rows, np.full(series, STEP_S * nth), 100 + rng.standard_normal(series))
        if nth > 4 * A_DAY:
            surprises.append(seen.parts)
    of_detectors = np.concatenate(surprises, axis=1)
    for one, detector in zip(of_detectors, DEFAULTS, strict=True):
        for nats in (3, 5, 7):
            told = (one >= nats).mean() / np.exp(-nats)
            assert 0.4 < told < 2.0, (detector.name, nats, told)
