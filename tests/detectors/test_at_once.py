"""Opening at once: one sample far enough out needs no others, unless the profile says so."""

import numpy as np
import pytest

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.level import Level
from detectors.profile import Profile
from detectors.threshold import Threshold

EPOCH, STEP_S, SPIKE, SHARE = 1_700_000_000.0, 60.0, 2000, 0.2


def told(**settings: object) -> list[Anomaly]:
    """Of noise with one sample that is twice as large as all others."""
    settings = {"detectors": (Level(),), "false_alarms_per_s": 1 / 864000, **settings}
    settings = {"open_at_once": SHARE, **settings}
    bank = Bank(Profile(name="p", **settings))  # type: ignore[arg-type]
    values = 100 + np.random.default_rng(2).normal(size=SPIKE + 20)
    values[SPIKE] = 200.0
    at = EPOCH + STEP_S * np.arange(len(values))
    return bank.observe(np.repeat(bank.rows(["a"]), len(at)), at, values, np.arange(len(at)))


def test_one_sample_far_out_opens_at_once_and_closes_when_it_is_over() -> None:
    opened, closed = told()
    assert opened.opened_at == EPOCH + STEP_S * SPIKE
    assert (opened.value, opened.is_open, opened.at_once) == (200.0, True, True)
    assert closed.closed_at is not None
    assert closed.closed_at <= EPOCH + STEP_S * (SPIKE + 5)


def test_its_p_value_is_that_of_one_sample() -> None:
    alone, by_runs = told()[0], told(open_samples=1, open_of=1)[0]
    assert not by_runs.at_once
    assert by_runs.p_value < alone.p_value < 1e-12


@pytest.mark.parametrize(
    "settings",
    [
        {"open_at_once": 0.0},
        {"min_duration_s": 60.0},
        {"detectors": (Threshold(upper=150.0),)},
        {"false_discoveries": 0.1, "shared_by": ()},
        {"min_change": 200.0},
    ],
    ids=["no share", "a duration", "a bound", "tests of runs", "too small to matter"],
)
def test_it_does_not_where_that_is_not_wanted(settings: dict[str, object]) -> None:
    assert told(**settings) == []
