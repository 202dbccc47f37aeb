"""What the recommended profiles make of each kind of trouble, after three days of history."""

import numpy as np
import pytest

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.counts import Counts
from detectors.ewma import Ewma
from detectors.profile import Profile
from detectors.robust import Robust
from tests.detectors.shop import EPOCH, TROUBLES, Story, World, live, seasonal_profile

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
    assert len(story.detected) == len(story.closed_after_end) == 1, (trouble, story)
    assert 0 <= story.detected[0] <= LATEST_MINUTES.get(trouble, 2.5), (trouble, story)
    assert 0 < story.closed_after_end[0] <= 7.0, (trouble, story)


def test_quiet_series_stay_quiet_for_days(told: list[list[Story]]) -> None:
    quiet = [story for stories in told for story in stories[len(TROUBLED) :]]
    assert len(quiet) == QUIET * len(WORLDS)
    assert [story for story in quiet if story.detected] == []


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


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", [0.2, 1.0, 2.0])
def test_an_error_burst_is_one_anomaly_among_days_of_scattered_errors(
    seed: int, rate: float
) -> None:
    rng = np.random.default_rng(seed)
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
    minutes = 3 * 1440 + 180
    burst = 3 * 1440 + 60
    per_minute = rng.poisson(rate, minutes)
    per_minute[burst : burst + 10] = rng.poisson(40, 10)
    at = np.sort(EPOCH // 60 * 60 + 60 * (np.repeat(np.arange(minutes), per_minute) + 0.0))
    at = np.sort(at + 59 * rng.random(len(at)))
    bank = Bank(profile)
    anomalies = _feed(bank, at, np.ones(len(at)))
    anomalies += bank.elapse(EPOCH + 60.0 * minutes)
    began = EPOCH // 60 * 60 + 60 * burst
    assert [a.is_open for a in anomalies] == [True, False]
    assert began <= anomalies[0].opened_at <= began + 180
    assert anomalies[0].p_value < 1e-8
    assert anomalies[1].closed_at is not None
    assert anomalies[1].closed_at <= began + 600 + 300


def _feed(bank: Bank, at: np.ndarray, values: np.ndarray) -> list[Anomaly]:
    (row,) = bank.rows(["series"])
    return bank.observe(np.full(len(at), row), at, values, np.arange(len(at)))
