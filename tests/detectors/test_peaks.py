"""Peaks of runs: anomalies open as often as is promised, whatever the rule and the runs."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import gate, judge, peaks
from detectors.evidence import Look
from detectors.profile import Profile
from detectors.state import State, fresh
from detectors.threshold import Threshold

EPOCH, STEP_S, DAY_S = 1_700_000_000.0, 300.0, 86400.0


def profile(samples: int, of: int, per_day: float = 1.0, at_once: float = 0.0) -> Profile:
    return Profile(
        name="p",
        detectors=(Threshold(upper=1e9),),
        open_samples=samples,
        open_of=of,
        open_at_once=at_once,
        false_alarms_per_s=per_day / DAY_S,
        warm_up_s=DAY_S,
    )


def begun(rows: int, by: peaks.Rule) -> State:
    state = fresh(peaks.PEAKS, rows)
    peaks.keep_rule(state, by)
    return state


def teach(state: State, nats: np.ndarray, by: peaks.Rule, *, first: int = 0) -> None:
    rows = nats.shape[1]
    told, cadence = np.ones(rows, np.bool_), np.full(rows, STEP_S)
    for i, now in enumerate(nats):
        at = np.full(rows, EPOCH + STEP_S * (first + i))
        peaks.learn(state, now, now, at, cadence, cadence, by, told, np.zeros(rows, np.uint8))


def noise(kind: str, steps: int, rows: int) -> np.ndarray:
    """Surprises in nats: independent, lasting for five samples, or half as large again."""
    rng = np.random.default_rng(5)
    drawn = rng.exponential(size=(steps, rows)) * (1.5 if kind == "heavy" else 1.0)
    if kind == "lasting":
        stays = rng.random((steps, rows)) < 0.8
        for i in range(1, steps):
            drawn[i] = np.where(stays[i], drawn[i - 1], drawn[i])
    return drawn


def test_a_place_that_no_ring_has_is_taken_as_one_of_its_own() -> None:
    by = peaks.rule(profile(3, 5))
    state = begun(10, by)
    state["place"][0] = 200  # of a record that was damaged
    teach(state, np.array([[2.0] + 9 * [0.0]]), by)
    rings = state.cells["recent"].values()
    assert np.count_nonzero(rings, axis=(1, 2)).tolist() == [1] + 9 * [0]


@pytest.mark.parametrize("kind", ["independent", "lasting", "heavy"])
@pytest.mark.parametrize(("samples", "of"), [(1, 1), (3, 5), (2, 3)])
def test_anomalies_open_as_often_as_the_budget_says(kind: str, samples: int, of: int) -> None:
    assert 0.5 <= opened_per_allowed(kind, profile(samples, of), days=25, step_s=STEP_S) <= 2


def test_a_budget_that_single_samples_share_is_kept() -> None:
    watched = profile(3, 5, at_once=0.2)
    assert 0.5 <= opened_per_allowed("independent", watched, days=25, step_s=STEP_S) <= 1.5


def test_it_is_not_overdrawn_where_what_opens_at_once_is_always_a_run_as_well() -> None:
    watched = profile(3, 5, at_once=0.2)
    assert 0.4 <= opened_per_allowed("lasting", watched, days=25, step_s=STEP_S) <= 1.0


def test_single_samples_are_worth_what_their_share_says() -> None:
    by, state = peaks.rule(profile(3, 5)), begun(1, peaks.rule(profile(3, 5)))
    teach(state, noise("independent", 500, 1), by)
    far, cadence = np.array([14.0]), np.array([STEP_S])
    none, half, fifth = (peaks.surprise(state, far, far, cadence, share) for share in (0, 0.5, 0.2))
    assert none.single[0] == 0
    assert half.single[0] - fifth.single[0] == pytest.approx(math.log(2.5))
    assert none.run[0] - half.run[0] == pytest.approx(-math.log(0.625))
    assert half.single[0] < half.run[0]  # the same in three samples is rarer


@pytest.mark.parametrize("per_day", [1.0, 1 / 7])
def test_samples_an_hour_apart_keep_a_budget_of_one_in_24_of_them(per_day: float) -> None:
    hourly = profile(3, 5, per_day)
    assert 0.5 <= opened_per_allowed("independent", hourly, days=200, step_s=3600.0) <= 2


def opened_per_allowed(kind: str, watched: Profile, *, days: int, step_s: float) -> float:
    rows = 40
    zeroes = np.zeros(rows)
    by, state, gates = peaks.rule(watched), begun(rows, peaks.rule(watched)), fresh(gate.GATE, rows)
    opened = 0
    for i, nats in enumerate(noise(kind, int(days * DAY_S / step_s), rows)):
        at = np.full(rows, EPOCH + step_s * i)
        dt = gate.tick(gates, at, watched)
        told = peaks.surprise(state, nats, nats, gates["cadence"], watched.single_share)
        look = Look(
            at, nats, zeroes, zeroes, zeroes, *told, np.zeros((1, rows), np.float32), zeroes
        )
        alarm, at_once = judge.alarms(look, gate.budget(gates, watched), watched)
        alarm &= gate.is_ready(gates, watched)
        told_of, is_open = np.ones(rows, np.bool_), gates["is_open"]
        peaks.learn(state, nats, nats, at, dt, gates["cadence"], by, told_of, is_open)
        turn = gate.step(gates, look, alarm, at_once, watched)
        opened += 0 if turn is None else int(turn.opened.sum())
    return opened / (rows * (days - 1) * DAY_S * watched.false_alarms_per_s)


class _Loop(NamedTuple):
    """One series in plain Python: what is kept."""

    edge: float = 2.5
    seen: float = 0.0
    peak: float = 0.0
    count: float = 0.0
    span: float = 0.0
    m1: float = 1.0
    m2: float = 2.0
    heard_at: float = 0.0


def _one(kept: _Loop, v: float, at: float, by: peaks.Rule) -> _Loop:
    keep = math.exp(-STEP_S / by.memory_s)
    over = v >= kept.edge
    seen = kept.seen * keep + 1
    edge = max(kept.edge + kept.m1 / (0.02 * (seen + 50)) * (over - 0.02), 0.05)
    after = kept._replace(
        edge=edge, seen=seen, span=kept.span * keep + STEP_S, count=kept.count * keep
    )
    if over:
        return after._replace(heard_at=at, peak=max(kept.peak, v))
    if not kept.peak or at - kept.heard_at < by.pause_s:
        return after
    count = after.count + 1
    excess = min(max(kept.peak - edge, 0.0), 8 * kept.m1)
    gain = 1 / (count + 8)
    return after._replace(
        peak=0.0,
        count=count,
        m1=max(kept.m1 + gain * (excess - kept.m1), 0.05),
        m2=kept.m2 + gain * (excess**2 - kept.m2),
    )


@given(st.lists(st.floats(0, 60, width=32), min_size=1, max_size=120), st.sampled_from([1, 3]))
def test_the_columns_are_what_a_plain_loop_says(nats: list[float], samples: int) -> None:
    by = peaks.Rule(samples, {1: 1, 3: 5}[samples], 900.0, 28 * DAY_S)
    mean = samples**-0.25
    state, kept = begun(1, by), _Loop(m1=mean, m2=2 * mean**2)
    teach(state, np.array(nats)[:, None], by)
    last = [0.0] * by.of
    for i, now in enumerate(nats):
        last = [*last[1:], now]
        kept = _one(kept, sorted(last)[-samples], EPOCH + STEP_S * i, by)
    for name, value in kept._asdict().items():
        assert state[name][0] == pytest.approx(value, rel=1e-3, abs=1e-3), name


def test_surprise_never_falls_as_the_samples_own_grows() -> None:
    by = peaks.rule(profile(3, 5))
    state = begun(5, by)
    teach(state, noise("heavy", 2000, 5), by)
    grid = np.linspace(0, 60, 300)
    cadence = np.full(5, STEP_S)
    each = [np.full(5, v) for v in grid]
    told = np.array([peaks.surprise(state, nats, nats, cadence).run for nats in each])
    assert (np.diff(told, axis=0) >= -1e-5).all()


def test_edges_stand_still_while_an_anomaly_is_open() -> None:
    by = peaks.rule(profile(3, 5))
    state = begun(2, by)
    teach(state, noise("independent", 2000, 1).repeat(2, axis=1), by)
    edges = [state[name].copy() for name in ("edge", "single_edge")]
    at, cadence = EPOCH + STEP_S * np.arange(2000, 2072)[:, None].repeat(2, axis=1), np.full(2, 300)
    far, told, is_open = np.full(2, 9.0), np.ones(2, np.bool_), np.array([1, 0], np.uint8)
    dt = cadence.astype(np.float64)
    for now in at:
        peaks.learn(state, far, far, now, dt, dt, by, told, is_open)
    for name, before in zip(("edge", "single_edge"), edges, strict=True):
        assert state[name][0] == before[0]
        assert state[name][1] > before[1] + 0.3


def test_a_disturbance_teaches_as_one_however_long_it_lasts() -> None:
    by = peaks.rule(profile(1, 1))
    short, long = begun(1, by), begun(1, by)
    quiet = np.full((50, 1), 0.1)
    teach(short, np.concatenate((np.full((1, 1), 9.0), quiet)), by)
    teach(long, np.concatenate((np.full((20, 1), 9.0), quiet)), by)
    assert round(float(short["count"][0])) == round(float(long["count"][0])) == 1


def test_what_comes_every_day_is_usual_in_the_end() -> None:
    watched = profile(1, 1, per_day=1 / 30)
    by = peaks.rule(watched)
    state, a_day = begun(1, by), int(DAY_S / STEP_S)
    limit = -np.log(watched.false_alarms_per_s * STEP_S)
    days = noise("independent", 60 * a_day, 1)
    days[::a_day] = 30.0
    before = []
    for day in range(60):
        far = np.array([30.0])
        told = peaks.surprise(state, far, far, np.array([STEP_S]))
        before.append(float(told.run[0]))
        teach(state, days[day * a_day : (day + 1) * a_day], by, first=day * a_day)
    assert before[0] > limit
    assert before[-1] < limit


def test_another_rule_begins_anew_and_the_same_one_goes_on() -> None:
    by, other = peaks.rule(profile(3, 5)), peaks.rule(profile(2, 5))
    state = begun(3, by)
    teach(state, noise("independent", 500, 3), by)
    learnt = state.bytes()
    peaks.keep_rule(state, by)
    assert state.bytes() == learnt
    peaks.keep_rule(state, other)
    assert state.bytes() == begun(3, other).bytes()


def test_a_row_that_is_not_told_is_left_alone() -> None:
    by = peaks.rule(profile(1, 1))
    state = begun(2, by)
    at, dt = np.full(2, EPOCH), np.full(2, STEP_S)
    nats = np.full(2, 9.0)
    told, is_open = np.array([True, False]), np.zeros(2, np.uint8)
    peaks.learn(state, nats, nats, at, dt, dt, by, told, is_open)
    assert state["seen"].tolist() == [1, 0]
    assert state["peak"].tolist() == [9, 0]
