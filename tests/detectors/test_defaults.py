"""What the default detectors find of what is small but lasts."""

import numpy as np

from bench.detection import default
from bench.detection.kinds import WEEK_S
from bench.detection.watcher import Watcher
from detectors.defaults import DEFAULTS

SERIES, STEP_S, A_DAY, HOURS = 60, 300.0, 288, 3


def test_four_of_five_small_shifts_for_hours_are_found_with_a_sample_each_five_minutes() -> None:
    rng = np.random.default_rng(29)
    watcher = Watcher(default.profile(1 / WEEK_S, detectors=DEFAULTS), SERIES)
    rows, before, end = np.arange(SERIES), 6 * A_DAY, 6 * A_DAY + HOURS * 12
    found = np.zeros(SERIES, np.bool_)
    for nth in range(end):
        value = 100 + 5 * rng.standard_normal(SERIES) + (10 if nth >= before else 0)
        opened = watcher.step(rows, np.full(SERIES, STEP_S * nth), value).opened
        found |= opened & (nth >= before)
    assert found.sum() > 0.8 * SERIES
