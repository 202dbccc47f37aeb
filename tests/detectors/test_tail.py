"""Calibration: nominal p-values come true, large residuals are clear, and few data stay modest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import tail
from detectors.kernels import judge
from detectors.kernels import tail as kernels
from detectors.kernels.tail import HEAVIEST
from detectors.state import State, fresh

STREAMS = 400


def surprise(state: State, residual: np.ndarray) -> np.ndarray:
    """How surprising residuals are where there is no detector but theirs."""
    heaviest, nats = np.array([HEAVIEST]), np.empty(STREAMS)
    told, parts = np.empty((2, STREAMS), np.float32), np.empty((1, STREAMS), np.float32)
    tails = [state[name][None] for name in tail.KNOWN]
    sizes, absolute = residual[None].astype(np.float64), np.zeros(1, np.bool_)
    judge.weigh(sizes, absolute, heaviest, judge.BOTH, *tails, told, parts, nats)
    return nats


def taught(kind: str, n: int, seed: int = 1) -> tuple[State, np.ndarray]:
    """States after n residuals, and the surprises of the last half."""
    rng = np.random.default_rng(seed)
    draw = {
        "normal": lambda: np.abs(rng.normal(size=STREAMS)),
        "laplace": lambda: rng.exponential(size=STREAMS),
        "student": lambda: np.abs(rng.standard_t(4, STREAMS)),
        "lognormal": lambda: rng.lognormal(size=STREAMS),
        "rarely": lambda: rng.exponential(size=STREAMS) * (rng.random(STREAMS) < 0.02),
    }[kind]
    state = fresh(tail.TAIL, STREAMS)
    one, keep = np.ones(STREAMS, np.float32), np.full(STREAMS, np.exp(-30 / 604800), np.float32)
    told = []
    for i in range(n):
        residual = draw().astype(np.float32)
        if i >= n // 2:
            told.append(surprise(state, residual))
        tail.learn(state, residual, one, keep)
    return state, np.array(told)


@pytest.mark.parametrize("kind", ["normal", "laplace", "student", "lognormal"])
def test_a_nominal_thousandth_is_about_a_thousandth(kind: str) -> None:
    _, told = taught(kind, 6000)
    realised = (told > -np.log(1e-3)).mean()
    assert 3e-4 < realised < 2e-3


@pytest.mark.parametrize("kind", ["normal", "laplace", "student", "lognormal"])
def test_a_nominal_hundred_thousandth_is_not_far_exceeded(kind: str) -> None:
    _, told = taught(kind, 6000)
    assert (told > -np.log(1e-5)).mean() < 1.2e-4


def test_the_errors_of_a_model_that_still_learnt_are_soon_forgotten() -> None:
    rng = np.random.default_rng(3)
    state, one = fresh(tail.TAIL, STREAMS), np.ones(STREAMS, np.float32)
    keep, told = np.full(STREAMS, np.exp(-60 / 604800), np.float32), []
    for i in range(6000):
        residual = (rng.exponential(size=STREAMS) * (5 if i < 1440 else 1)).astype(np.float32)
        if i >= 5000:
            told.append(surprise(state, residual))
        tail.learn(state, residual, one, keep)
    assert (np.array(told) > -np.log(1e-3)).mean() > 3e-4


@given(st.floats(1, 1e5), st.floats(0, 1))
def test_a_residual_has_its_share_at_least_and_never_more_than_three(
    seen: float, keep: float
) -> None:
    share = 1 / seen
    assert share <= kernels.part.plain(seen, keep) <= 3 * share


def test_a_residual_far_beyond_the_past_is_clear() -> None:
    state, _ = taught("normal", 3 * 2880)
    assert (surprise(state, np.full(STREAMS, 12, np.float32)) > -np.log(1e-8)).all()


def test_surprise_never_falls_as_the_residual_grows() -> None:
    state, _ = taught("lognormal", 2000)
    grid = np.linspace(0, 50, 200, dtype=np.float32)
    told = np.array([surprise(state, np.full(STREAMS, r, np.float32)) for r in grid])
    assert (np.diff(told, axis=0) >= -1e-3).all()


def test_a_stream_that_is_mostly_zero_finds_only_the_rest_surprising() -> None:
    state, _ = taught("rarely", 4000)
    told = surprise(state, np.zeros(STREAMS, np.float32))
    assert (told < 0.7).all()
    assert (surprise(state, np.full(STREAMS, 50, np.float32)) > 10).mean() > 0.95


def test_there_is_no_opinion_before_a_hundred_residuals_and_only_rank_soon_after() -> None:
    state, _ = taught("normal", 99)
    assert np.isnan(surprise(state, np.ones(STREAMS, np.float32))).all()
    state, _ = taught("normal", 110)
    assert (surprise(state, np.full(STREAMS, 1e9, np.float32)) <= np.log(112)).mean() > 0.9


def known(state: State) -> list[list[float]]:
    """All that is known, but for the residual that waits."""
    return [state[name].tolist() for name in tail.KNOWN]


def test_a_weight_of_zero_and_a_missing_residual_teach_nothing() -> None:
    state, _ = taught("normal", 500)
    before, keep = known(state), np.ones(STREAMS, np.float32)
    one, nothing = np.ones(STREAMS, np.float32), np.zeros(STREAMS, np.float32)
    tail.learn(state, np.full(STREAMS, np.nan, np.float32), nothing, keep)
    tail.learn(state, np.full(STREAMS, 9, np.float32), one, keep)
    assert known(state) == before


def test_a_residual_teaches_by_the_weight_of_the_one_after_it() -> None:
    """Far out and alone it teaches in full; where the next one is far out as well, next to nothing.

    Otherwise what is usual would never be learnt, or a fault would teach before it is known as one.
    """
    keep, far = np.ones(STREAMS, np.float32), np.full(STREAMS, 9, np.float32)
    usual, one = np.full(STREAMS, 0.5, np.float32), np.ones(STREAMS, np.float32)
    told = {}
    for after, weight in (("usual", 1.0), ("far", 0.1)):
        state, _ = taught("normal", 3000)
        before = surprise(state, far).mean()
        tail.learn(state, far, one, keep)
        assert surprise(state, far).mean() == pytest.approx(before, rel=0.02)
        tail.learn(state, usual if after == "usual" else far, weight * one, keep)
        told[after] = before - surprise(state, far).mean()
    assert 0 <= told["far"] < 0.1 * told["usual"]


def test_what_came_with_a_weight_of_zero_does_not_teach_later_either() -> None:
    state, _ = taught("normal", 500)
    before, keep = known(state), np.ones(STREAMS, np.float32)
    nothing, one = np.zeros(STREAMS, np.float32), np.ones(STREAMS, np.float32)
    tail.learn(state, np.full(STREAMS, 9, np.float32), nothing, keep)
    tail.learn(state, np.full(STREAMS, 1, np.float32), one, keep)
    assert known(state) == before


def test_a_residual_from_before_a_tail_is_opened_again_does_not_teach_it() -> None:
    state, _ = taught("normal", 500)
    one, keep = np.ones(STREAMS, np.float32), np.ones(STREAMS, np.float32)
    tail.learn(state, np.full(STREAMS, 900, np.float32), one, keep)
    tail.reopen(state)
    before = known(state)
    tail.learn(state, np.full(STREAMS, 1, np.float32), one, keep)
    assert known(state) == before
