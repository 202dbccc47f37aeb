"""Standstills: compiled loops find what they find as they are."""

import numpy as np

from detectors import standstill
from detectors.kernels import standstill as kernels
from detectors.state import fresh
from tests.detectors.kernels.both import assert_same, odd


def test_compiled_and_plain_steps_are_the_same() -> None:
    rng, n = np.random.default_rng(1), 40
    state = fresh(standstill.STANDSTILL, n)
    for nth in range(60):
        x = odd(rng, n) if nth % 3 == 0 else state["value"].copy()
        state["changes"] += 5
        columns = (state["changes"], state["stands"], state["repeats"], state["longest"])
        args = (
            *(x, rng.choice([0.0, 60.0, 1e7], n), 100.0, 1e6),
            *(rng.integers(0, 2, n).astype(np.uint8), rng.random(n) < 0.2),
            *(state["value"], state["stood"], state["run"], *columns, np.empty(n)),
        )
        assert_same(kernels.step, *args, rtol=1e-6)
        kernels.step(*args)
    assert np.isfinite(args[-1]).all()


def test_compiled_and_plain_alarms_are_the_same() -> None:
    rng = np.random.default_rng(2)
    still, limit, nats = rng.exponential(5, (3, 50))
    assert_same(kernels.raise_alarm, still, limit, nats, rng.random(50) < 0.3)
