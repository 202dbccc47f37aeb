"""The gate and the tests of runs: compiled they move as their loops say, in silence as well."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import gate, hypotheses, peaks
from detectors.evidence import Look
from detectors.hypotheses import Levels
from detectors.kernels import gate as kernels
from detectors.kernels import peaks as runs_kernels
from detectors.kernels.loading import kernels as every_kernel
from detectors.profile import Grade, Profile
from detectors.state import State, fresh
from detectors.threshold import Threshold

T0, SERIES, ROUNDS = 1_700_000_000.0, 6, 400
GRADES = (Grade(severity=2, after_s=600.0), Grade(severity=3, p_below=1e-6, after_s=900.0))
ODD = np.array([np.nan, np.inf, 0.0, 60.0, 1e300, 5e-324])
Moved = tuple[list[list[bool]], dict[str, np.ndarray]]


def profile(**besides: object) -> Profile:
    quick = {"warm_up_s": 600.0, "warm_up_samples": 10, "relearn_after_s": 1800.0}
    return Profile(name="p", detectors=(Threshold(upper=1.0),), **{**quick, **besides})  # type: ignore[arg-type]


PROFILES = {
    "watched": profile(
        open_at_once=0.3, absent_after=4.0, absent_at_most_s=7200.0, severities=GRADES
    ),
    "unwatched": profile(open_samples=1, open_of=1, close_after_s=0.0, relearn_after_s=None),
    "slow to open": profile(open_samples=20, open_of=32, min_duration_s=300.0, severities=GRADES),
}


def moved(watched: Profile) -> Moved:
    """Odd samples and silences one after the other: what was told, and what is kept."""
    rng, by = np.random.default_rng(1), peaks.rule(watched)
    gates, runs = fresh(gate.GATE, SERIES), fresh(peaks.PEAKS, SERIES)
    at, told = np.full(SERIES, T0), []
    levels = Levels(0.005, lambda begun: (0.01 / (1 + begun)).astype(np.float32))
    peaks.keep_rule(runs, by)
    for nth in range(ROUNDS):
        at = at + rng.choice([60.0, 61.0, 1e-10, 7200.0], SERIES, p=[0.9, 0.05, 0.03, 0.02])
        nats = rng.exponential(size=SERIES) + 9.0 * (nth // 40 % 3 == np.arange(SERIES) % 3)
        nats[nth % SERIES] = ODD[nth // SERIES % len(ODD)] if nth % 5 == 0 else 1.0
        told += _round(watched, (gates, runs), at, nats, levels)
        if nth % 20 == 0:
            is_quiet = None if nth % 40 else rng.random(SERIES) < 0.3
            told += list(gate.silence(gates, at + 900.0 * (nth % 3), watched, is_quiet))
    return [each.tolist() for each in told], {**gates.fields(), **runs.fields()}


def _round(
    watched: Profile,
    states: tuple[State, State],
    at: np.ndarray,
    nats: np.ndarray,
    levels: Levels,
) -> list[np.ndarray]:
    gates, runs = states
    dt, cadence, by = gate.tick(gates, at, watched), gates["cadence"], peaks.rule(watched)
    run, single = peaks.surprise(runs, nats, nats, cadence, watched.single_share)
    surprise, zeroes = np.fmax(run, 0.0), np.zeros(SERIES)
    is_ready = gate.is_ready(gates, watched)
    tests = hypotheses.begin(runs, levels, is_ready & (gates["is_open"] == 0))
    usual, tested = gate.budget(gates, watched), hypotheses.limit(tests, runs, gates, 2.0)
    alarm = (surprise >= np.minimum(usual, tested)) & is_ready
    weight = gate.weights(gates, at, surprise, alarm, usual, watched)
    peaks.learn(runs, nats, nats, at, dt, cadence, by, weight.tails > 0, gates["is_open"])
    opinion = (zeroes, zeroes, zeroes, surprise, single, np.zeros((1, SERIES), np.float32), zeroes)
    turn = gate.step(gates, Look(at, surprise, *opinion), alarm, single >= usual, watched)
    hypotheses.learn(tests, runs, None if turn is None else turn.opened)
    due = np.flatnonzero(gate.due_to_relearn(gates, watched))
    gates.put(due, {"relearnt_at": at[due]})
    return [weight.model > 0.5, weight.tails > 0.5, *(turn or ())]


@pytest.mark.parametrize("name", PROFILES)
def test_compiled_and_plain_loops_move_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told, kept = moved(PROFILES[name])
    assert kept["tally"][..., 1].all(), "every series must have been put to a test"
    for one in every_kernel():
        monkeypatch.setitem(vars(one), "called", np.errstate(all="ignore")(one.plain))
    told_plainly, kept_plainly = moved(PROFILES[name])
    assert told_plainly == told
    for field, column in kept.items():
        np.testing.assert_allclose(kept_plainly[field], column, 1e-3, 1e-4, err_msg=field)


each_way = pytest.mark.parametrize(
    "of", [lambda k: k, lambda k: k.plain], ids=["compiled", "plain"]
)
Way = Callable[[object], Callable[..., float]]


@each_way
@given(bits=st.integers(0, 2**32 - 1))
def test_bits_are_counted(of: Way, bits: int) -> None:
    assert of(kernels.bits_set)(bits) == bits.bit_count()


@each_way
@given(
    st.lists(st.floats(0, 60, width=32), min_size=32, max_size=32),
    st.integers(0, 31),
    st.tuples(st.integers(1, 32), st.integers(1, 32)).map(sorted),
)
def test_strength_is_the_mth_largest_of_the_last_n(
    of: Way, recent: list[float], place: int, rule: list[int]
) -> None:
    m, n = rule
    ring, room = np.array([0.0, *recent], np.float32), np.empty(m)
    last = sorted((recent[(place - back) % 32] for back in range(n)), reverse=True)
    assert of(runs_kernels.strength)(ring, 1, place, m, n, room) == last[m - 1]
    assert of(runs_kernels.reaching)(ring, 1, place, n, last[m - 1]) >= m


@pytest.mark.parametrize("step_s", [1e-3, 1.0])
def test_time_in_an_anomaly_adds_up_however_small_its_steps(step_s: float) -> None:
    gates, month, by = fresh(gate.GATE), 30 * 86400.0, profile(relearn_after_s=60 * 86400.0)
    begun = {"samples": 9, "last_at": T0, "cadence": step_s, "is_open": 1, "troubled": month}
    gates.put(np.arange(1), {name: np.array([first]) for name, first in begun.items()})
    for nth in range(1, 101):
        gate.tick(gates, np.array([T0 + step_s * nth]), by)
    assert gates["troubled"][0] - month == pytest.approx(100 * step_s, rel=0.01)
