"""The usual size of differences of a series that stood still at first."""

import numpy as np
import pytest

from detectors.detector import Detector
from detectors.jump import Jump
from detectors.level import Level
from detectors.state import fresh


@pytest.mark.parametrize("detector", [Level(), Jump()], ids=lambda one: one.name)
def test_a_series_that_stood_still_at_first_gets_used_to_moving(detector: Detector) -> None:
    noise = np.random.default_rng(1).normal(size=3000)
    state = fresh(detector.dtype)
    detector.start(state)
    for number, value in enumerate([100.0] * 40 + (100 + noise).tolist()):
        at = np.array([1.7e9 + 60.0 * number])
        judged = detector.score(state, np.array([value]), at)
        detector.learn(state, np.array([value]), at, np.ones(1), judged.memo)
    assert abs(float(judged.residual[0])) < 10
