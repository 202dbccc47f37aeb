"""What the recommended profiles make of each kind of trouble, after three days of history."""

import numpy as np
import pytest

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.counts import Counts
from detectors.defaults import DEFAULTS
from detectors.ewma import Ewma
from detectors.profile import Profile
from detectors.robust import Robust
from tests.detectors.shop import BEFORE_S, EPOCH, TROUBLES, Story, World, live, seasonal_profile

WORLDS = [
    World(seed=1, phase=1.0),
    World(seed=2, phase=2.5, noise=0.08),
    World(seed=3, phase=4.0, amplitude=0.3, noise=0.03),
    World(seed=4, phase=5.5, amplitude=0.5),
    World(seed=5, phase=1.0, amplitude=0.3, noise=0.08),
    World(seed=6, phase=0.5, correlation=0.5),
    World(seed=7, phase=4.5, noise=0.04, heavy=True),
    World(seed=8, phase=5.0, level=1e9),
]
LATEST_MINUTES = {"slow-drift": 25.0, "season-break": 8.0, "missing-data": 3.5}
QUIET = 33


TROUBLED = [trouble for trouble in TROUBLES if trouble != "quiet"]


@pytest.fixture(scope="module")
def told() -> list[list[Story]]:
    """Of each world forty series: seven troubled, the others quiet."""
    with np.errstate(all="raise", under="ignore"):
        return live(WORLDS, [*TROUBLED, *["quiet"] * QUIET], seasonal_profile(), 3 * 3600)


@pytest.mark.parametrize("trouble", TROUBLED)
@pytest.mark.parametrize("world", range(len(WORLDS)))
def test_a_trouble_is_one_anomaly_found_soon_and_closed_soon(
    told: list[list[Story]], world: int, trouble: str
) -> None:
    story = told[world][TROUBLED.index(trouble)]
    detected, closed = (
        each[story.for_nothing :] for each in (story.detected, story.closed_after_end)
    )
    assert len(detected) == len(closed) == 1, (trouble, story)
    assert 0 <= detected[0] <= LATEST_MINUTES.get(trouble, 2.5), (trouble, story)
    assert 0 < closed[0] <= 7.0, (trouble, story)


@pytest.fixture(scope="module")
def told_by_default() -> list[Story]:
    """The troubled series alone, under the detectors of whoever names none."""
    stories = live(WORLDS, TROUBLED, seasonal_profile(detectors=DEFAULTS), 3 * 3600)
    return [story for stories_of_a_world in stories for story in stories_of_a_world]


def test_the_default_detectors_find_every_trouble_and_tell_its_end_soon(
    told_by_default: list[Story],
) -> None:
    within = [
        (story.detected[story.for_nothing :], story.closed_after_end[story.for_nothing :])
        for story in told_by_default
    ]
    assert [len(detected) for detected, _ in within] == [1] * len(told_by_default)
    assert max(detected[0] for detected, _ in within) <= 25.0
    ends = np.sort([closed[0] for _, closed in within])  # of which 3 minutes have to be calm
    assert ends[0] > 0
    assert ends[int(0.9 * len(ends))] <= 9.0, ends
    assert ends[-1] <= 20.0, ends


def test_quiet_series_stay_quiet_for_days(told: list[list[Story]]) -> None:
    quiet = [story for stories in told for story in stories[len(TROUBLED) :]]
    assert len(quiet) == QUIET * len(WORLDS)
    days = 2 + (BEFORE_S + 3 * 3600) / 86400  # past the warm-up
    assert sum(len(story.detected) for story in quiet) <= len(quiet) * days / 30


def test_before_their_trouble_series_are_as_quiet_as_their_budget(told: list[list[Story]]) -> None:
    troubled = [story for stories in told for story in stories[: len(TROUBLED)]]
    days = 2 + BEFORE_S / 86400
    assert sum(story.for_nothing for story in troubled) <= len(troubled) * days / 30


def test_an_error_ratio_that_jumps_is_one_anomaly() -> None:
    rng = np.random.default_rng(3)
    profile = Profile(
        name="ratio", detectors=(Ewma(), Robust()), direction="up", min_change=0.02, warm_up_s=86400
    )
    values = np.clip(0.01 + 0.003 * rng.normal(size=9000), 0, 1)
    values[8800:8830] = 0.6
    anomalies = _feed(Bank(profile), EPOCH + 30.0 * np.arange(9000), values)
    assert [(a.is_open, a.opened_at) for a in anomalies] == [
        (True, EPOCH + 30.0 * 8800),
        (False, EPOCH + 30.0 * 8800),
    ]
    assert anomalies[0].p_value < 1e-8
    assert anomalies[1].closed_at is not None
    assert anomalies[1].closed_at <= EPOCH + 30.0 * 8830 + 300


def test_an_error_burst_is_one_anomaly_among_days_of_scattered_errors() -> None:
    profile = Profile(
        name="errors",
        detectors=(Counts(),),
        count_every_s=60,
        direction="up",
        min_change=5,
        open_samples=2,
        open_of=3,
        warm_up_s=86400,
    )
    first = EPOCH // 60 * 60
    minutes, burst = 3 * 1440 + 180, 3 * 1440 + 60
    rates = np.repeat([0.2, 1.0, 2.0], 5)
    counts = np.random.default_rng(3).poisson(rates, (minutes, len(rates)))
    counts[burst : burst + 10] = np.random.default_rng(4).poisson(40, (10, len(rates)))
    minute, row = np.nonzero(counts)
    events = np.repeat(np.arange(len(minute)), counts[minute, row])
    bank = Bank(profile)
    rows = bank.rows([f"errors{i}" for i in range(len(rates))])
    at = first + 60.0 * minute[events] + 30.0
    anomalies = bank.observe(rows[row[events]], at, np.ones(len(events)), np.arange(len(events)))
    anomalies += bank.elapse(first + 60.0 * minutes)
    began = first + 60 * burst
    for key in bank.keys:
        opened, closed = (a for a in anomalies if a.series == key)
        assert (opened.is_open, closed.is_open) == (True, False)
        assert began <= opened.opened_at <= began + 180
        assert opened.p_value < 1e-6
        assert closed.closed_at is not None
        assert closed.closed_at <= began + 600 + 300


def _feed(bank: Bank, at: np.ndarray, values: np.ndarray) -> list[Anomaly]:
    (row,) = bank.rows(["series"])
    return bank.observe(np.full(len(at), row), at, values, np.arange(len(at)))
