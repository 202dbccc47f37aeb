"""The loops that make one surprise of what several detectors say."""

import numpy as np
import pytest

from detectors.kernels import judge
from tests.detectors.kernels.both import assert_same, odd
from tests.detectors.kernels.test_tail import tails

N = 100
ABSOLUTE = [[False, False], [False, True], [True, True]]


def parts(rng: np.random.Generator) -> np.ndarray:
    """Surprises of two detectors, some of which have no opinion."""
    nats = np.abs(rng.normal(0, 8, (2, N)))
    return np.where(rng.random((2, N)) < 0.3, np.nan, nats).astype(np.float32)


@pytest.mark.parametrize("absolute", ABSOLUTE)
@pytest.mark.parametrize("direction", [judge.DOWN, judge.BOTH, judge.UP])
def test_a_verdict_is_the_same_compiled(absolute: list[bool], direction: int) -> None:
    rng = np.random.default_rng(3)
    judged = odd(rng, 8 * N).reshape(2, 4, N)
    inputs = (
        judged,
        np.array(absolute),
        np.array([0.3, 0.1]),
        np.array([2.0, 0.0]),
        direction,
        *tails(rng),
    )
    told, parts = np.empty((3, N), np.float32), np.empty((2, N), np.float32)
    outputs = (told, parts, *np.empty((3, N)), np.empty((3, N)))
    assert_same(judge.verdict, *inputs, *outputs, rtol=1e-5)


@pytest.mark.parametrize("absolute", ABSOLUTE)
def test_what_is_absolute_raises_alike_compiled(absolute: list[bool]) -> None:
    rng = np.random.default_rng(4)
    assert_same(judge.raised, np.array(absolute), parts(rng), odd(rng, N))


def test_samples_fade_and_alarm_alike_compiled() -> None:
    rng = np.random.default_rng(5)
    nats, limit, value, expected, dt = (odd(rng, N) for _ in range(5))
    weight, halves = rng.random(N), np.empty((2, N), np.float32)
    assert_same(judge.fade, weight, np.abs(dt), 604800.0, *halves, rtol=1e-6)
    told = (nats, odd(rng, N), limit, value, expected)
    assert_same(judge.alarm, *told, 0.5, 0.02, *np.empty((2, N), np.bool_))
