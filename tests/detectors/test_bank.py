"""The bank: chunks like single samples, snapshots anywhere, odd input, and each message once."""

import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import former, gate, peaks, picture, standstill, tail
from detectors.anomaly import Anomaly
from detectors.bank import Bank, signature
from detectors.bins import Bins
from detectors.counts import Counts
from detectors.ewma import Ewma
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.profile import Grade, Profile
from detectors.robust import Robust
from detectors.seasonal import Seasonal
from detectors.threshold import Threshold

T0 = 1_700_000_000.0
SHORT = {"period_s": 600.0, "offset_s": 300.0}


def quick_profile(**settings: object) -> Profile:
    """A profile that has learnt its ten-minute season after a quarter of an hour."""
    detectors = (
        Seasonal(bins=6, **SHORT),
        Ewma(memory_s=60),
        Robust(memory_s=60),
        LevelShift(bins=3, window_s=60, **SHORT),
    )
    defaults = {"warm_up_s": 300.0, "warm_up_samples": 20, "relearn_after_s": 600.0}
    return Profile(name="quick", detectors=detectors, **{**defaults, **settings})  # type: ignore[arg-type]


def noise(n: int, seed: int = 1) -> np.ndarray:
    """Values around 100."""
    return 100 + 5 * np.random.default_rng(seed).normal(size=n)


def feed(bank: Bank, values: np.ndarray, *, start: int = 0, key: str = "a") -> list[Anomaly]:
    """One series, a sample every 10 seconds from `start` on."""
    row = np.repeat(bank.rows([key]), len(values))
    steps = start + np.arange(len(values))
    return bank.observe(row, T0 + 10.0 * steps, values, steps)


def told(anomalies: list[Anomaly]) -> list[bool]:
    return [anomaly.is_open for anomaly in anomalies]


samples = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 40),
        st.one_of(
            st.floats(90, 110),
            st.sampled_from([0.0, 1e300, -1e300, math.nan, math.inf, -math.inf, 5e3]),
        ),
    ),
    max_size=60,
)


@lru_cache
def taught_four(is_counted: bool) -> tuple[Profile, list[tuple[bytes, bytes | None]]]:
    """A profile without a warm-up, and the state of four series under it."""
    profile = quick_profile(warm_up_s=0.0, warm_up_samples=0)
    if is_counted:
        profile = Profile(name="c", detectors=(Counts(),), count_every_s=20, warm_up_samples=0)
    bank = Bank(profile)
    for i, key in enumerate(["a", "b", "c", "d"]):
        feed(bank, noise(150, i), key=key)
    return profile, bank.snapshot()


@settings(max_examples=40, deadline=None)
@given(samples, st.booleans())
def test_a_chunk_and_its_samples_one_at_a_time_are_alike(
    chunk: list[tuple[int, int, float]], is_counted: bool
) -> None:
    profile, taught = taught_four(is_counted)
    keys = ["a", "b", "c", "d"]
    whole, single = Bank(profile), Bank(profile)
    for bank in (whole, single):
        for key, value in taught:
            bank.restore(key, value)
    rows = np.array([whole.rows(keys)[r] for r, _, _ in chunk], np.int32)
    at = np.array([T0 + 1500 + 10.0 * step for _, step, _ in chunk])
    values = np.array([x for _, _, x in chunk])
    offsets = 1000 + np.arange(len(chunk))
    with np.errstate(all="raise", under="ignore"):
        together = whole.observe(rows, at, values, offsets)
        apart = [
            anomaly
            for i in range(len(chunk))
            for anomaly in single.observe(
                rows[i : i + 1], at[i : i + 1], values[i : i + 1], offsets[i : i + 1]
            )
        ]
    assert whole.snapshot() == single.snapshot()
    for key in keys:
        assert repr([a for a in together if a.series == key]) == repr(
            [a for a in apart if a.series == key]
        )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 400))
def test_snapshot_and_restore_anywhere_change_nothing(cut: int) -> None:
    values = noise(400)
    values[300:330] *= 3
    straight = Bank(quick_profile())
    expected = feed(straight, values)
    first, second = Bank(quick_profile()), Bank(quick_profile())
    before = feed(first, values[:cut])
    for key, value in reversed(first.snapshot()):
        second.restore(key, value)
    after = feed(second, values[cut:], start=cut)
    assert repr(before + after) == repr(expected)
    assert told(expected) == [True, False]


def test_a_replayed_chunk_changes_nothing() -> None:
    bank = Bank(quick_profile())
    values = noise(300)
    feed(bank, values)
    bank.snapshot()
    assert feed(bank, values) == []
    assert bank.snapshot() == []


def test_only_series_that_changed_are_in_a_snapshot() -> None:
    bank = Bank(quick_profile())
    rows = bank.rows([f"s{i}" for i in range(200)])
    bank.observe(rows, np.full(200, T0), np.ones(200), np.zeros(200))
    assert len(bank.snapshot()) == 200
    bank.observe(rows[70:71], np.array([T0 + 10]), np.ones(1), np.ones(1))
    assert [key for key, _ in bank.snapshot()] == [b"rs70"]


def test_rows_beyond_one_tile_are_judged_as_any_others() -> None:
    keys = [f"s{i}" for i in range(5000)]
    whole, halves = Bank(quick_profile()), [Bank(quick_profile()) for _ in range(2)]
    rows = whole.rows(keys)
    half = len(keys) // 2
    rows_of = [bank.rows(keys[i * half :][:half]) for i, bank in enumerate(halves)]
    for step in range(3):
        x = noise(len(keys), step)
        whole.observe(rows[::-1], np.full(5000, T0 + 10 * step), x[::-1], step)
        for i, bank in enumerate(halves):
            part = x[i * half :][:half]
            bank.observe(rows_of[i], np.full(half, T0 + 10 * step), part, step)
    assert whole.snapshot() == [record for bank in halves for record in bank.snapshot()]


def test_one_offset_stands_for_all_samples() -> None:
    one, many = Bank(quick_profile()), Bank(quick_profile())
    for bank, offset in ((one, 7), (many, np.full(3, 7))):
        rows = bank.rows(["a", "b", "a"])
        bank.observe(rows, [T0, T0, T0 + 10], [1.0, 2.0, 3.0], offset)
        assert bank.observe(rows[:1], [T0 + 20], [1.0], 7) == []
    assert one.snapshot() == many.snapshot()


def test_the_budget_may_change_without_losing_state() -> None:
    changed = Bank(quick_profile(false_alarms_per_s=1e-3, severity=3))
    assert changed.signature == Bank(quick_profile()).signature


def test_a_key_that_is_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="not a bank's record"):
        Bank(quick_profile()).restore(b"x1", b"")


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(np.full(300, 7.0), id="a constant"),
        pytest.param(np.full(300, 0.0), id="zeros"),
        pytest.param(np.full(300, 1e300), id="huge values"),
        pytest.param(np.tile([1e300, -1e300], 150), id="huge swings"),
        pytest.param(np.full(300, math.nan), id="not a number"),
        pytest.param(np.full(300, math.inf), id="infinity"),
    ],
)
def test_odd_series_are_silent(odd: np.ndarray) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert feed(Bank(quick_profile()), odd) == []


def test_a_step_in_a_constant_is_an_anomaly() -> None:
    values = np.full(300, 7.0)
    values[250:260] = 9.0
    assert told(feed(Bank(quick_profile()), values)) == [True, False]


def test_a_change_smaller_than_the_least_is_none() -> None:
    values = np.full(300, 7.0)
    values[250:260] = 9.0
    assert feed(Bank(quick_profile(min_change=3.0)), values) == []


def test_samples_out_of_order_and_doubled_are_left_out() -> None:
    bank, clean = Bank(quick_profile()), Bank(quick_profile())
    row = bank.rows(["a"])[[0, 0, 0, 0]]
    bank.observe(row, T0 + np.array([0.0, 10, 5, 10]), np.array([1.0, 2, 99, 99]), np.arange(4))
    clean.observe(clean.rows(["a"])[[0, 0]], T0 + np.array([0.0, 10]), np.array([1.0, 2]), [2, 3])
    assert bank.snapshot() == clean.snapshot()
    assert (bank.stale, clean.stale) == (2, 0)


@pytest.mark.parametrize(("direction", "opens"), [("up", False), ("down", True), ("both", True)])
def test_only_the_direction_that_matters_opens(direction: str, opens: bool) -> None:
    values = noise(300)
    values[250:270] = 10
    found = feed(Bank(quick_profile(direction=direction)), values)
    assert bool(found) == opens


def test_an_opening_carries_its_evidence() -> None:
    values = noise(300)
    values[250:270] = 500
    opened, closed = feed(Bank(quick_profile()), values)
    assert opened.opened_at == T0 + 2500
    assert opened.value == 500
    assert 90 < opened.lower < opened.expected < opened.upper < 140 or opened.lower < 100
    assert {part.detector for part in opened.parts} >= {"ewma", "robust", "seasonal"}
    assert sum(part.share for part in opened.parts) == pytest.approx(1, abs=0.01)
    assert len(opened.points) == 64
    assert [p.at for p in opened.points] == sorted(p.at for p in opened.points)
    assert opened.points[-1].value == 500
    assert closed.opened_at == opened.opened_at
    assert closed.closed_at is not None
    assert closed.closed_at - (T0 + 2700) <= 300


def test_severity_rises_once_for_each_grade() -> None:
    grades = (Grade(severity=2, after_s=100), Grade(severity=3, after_s=300))
    values = noise(400)
    values[250:300] = 500
    found = feed(Bank(quick_profile(severities=grades)), values)
    assert [(a.severity, a.is_open) for a in found] == [(1, True), (2, True), (3, True), (3, False)]
    assert len({a.opened_at for a in found}) == 1


def test_a_lasting_shift_becomes_normal_and_closes() -> None:
    values = noise(900)
    values[300:] += 100
    found = feed(Bank(quick_profile()), values)
    assert told(found) == [True, False]
    assert found[1].closed_at is not None
    assert 600 <= found[1].closed_at - found[0].opened_at <= 1500


def test_a_threshold_is_never_relearnt() -> None:
    profile = Profile(
        name="t",
        detectors=(Threshold(upper=10),),
        warm_up_s=0,
        warm_up_samples=0,
        relearn_after_s=60,
    )
    assert told(feed(Bank(profile), np.r_[np.full(50, 5.0), np.full(500, 11.0)])) == [True]


def test_flapping_is_one_anomaly() -> None:
    values = noise(400)
    values[250:340][np.arange(90) // 6 % 2 == 0] = 500
    assert told(feed(Bank(quick_profile()), values)) == [True, False]


def test_one_quiet_sample_is_no_end_however_far_apart_samples_are() -> None:
    values = noise(400)
    values[250:256:2] = 500
    bank, hourly = Bank(Profile(name="p", detectors=(Level(),))), T0 + 3600.0 * np.arange(400)
    found = bank.observe(np.repeat(bank.rows(["a"]), 400), hourly, values, np.arange(400))
    assert told(found) == [True, False]
    assert found[1].closed_at == hourly[256]


def test_a_bound_alarms_however_near_to_it_the_usual_is() -> None:
    level = (Level(), Threshold(upper=150.0))
    bank = Bank(Profile(name="p", detectors=level, warm_up_s=300.0))
    assert feed(bank, np.linspace(149, 150, 400)) == []
    assert told(feed(bank, np.full(50, 150.5), start=400)) == [True]


def test_what_is_saved_is_signed_by_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {
        tail: "TAIL", gate: "GATE", picture: "PICTURE", peaks: "PEAKS", standstill: "STANDSTILL",
        former: "FORMER",
    }  # fmt: skip
    signed = {signature(quick_profile())}
    for module, name in ours.items():
        with monkeypatch.context() as other:
            other.setattr(module, name, np.dtype([("other", "f8")]))
            signed.add(signature(quick_profile()))
    assert len(signed) == 1 + len(ours)


def test_events_are_counted_in_bins_and_empty_bins_are_zeros() -> None:
    bins = Bins(60)
    state = np.zeros(1, Bins.dtype)
    rows = np.zeros(4, np.int32)
    at = np.array([0.0, 30, 59, 200])
    closed = []
    for run in bins.runs(state, rows, at, np.ones(4)):
        closed += [(c.at[0], c.value[0]) for c in bins.close(state, run.rows, run.number)]
        bins.add(state, run)
    assert closed == [(60, 3), (120, 0), (180, 0)]
    assert state["total"][0] == 1


def test_counting_is_moved_on_by_time_alone() -> None:
    bank = Bank(Profile(name="c", detectors=(Counts(),), count_every_s=60))
    bank.observe(bank.rows(["a"]), np.array([T0]), np.ones(1), np.zeros(1))
    bank.snapshot()
    bank.elapse(T0 + 10)
    assert bank.snapshot() == []
    bank.elapse(T0 + 130)
    assert [key for key, _ in bank.snapshot()] == [b"ra"]


def test_a_revised_warm_up_holds_at_once_and_loses_nothing_learnt() -> None:
    bank = Bank(quick_profile(warm_up_s=1e6))
    feed(bank, noise(250))
    assert bank.warming_up == 1
    revised = quick_profile(warm_up_s=10.0)
    assert Bank(revised).signature == bank.signature
    bank.revise(revised)
    assert bank.warming_up == 0
    assert told(feed(bank, np.full(20, 1e3), start=250))[:1] == [True]


@pytest.mark.parametrize("row", [-1, 64, 1 << 30, 1 << 33])
def test_a_row_that_is_not_there_is_refused_and_the_chunk_changes_nothing(row: int) -> None:
    bank = Bank(quick_profile())
    rows = np.array([*bank.rows(["a"]), row])
    before = bank.state("a")["gate"].bytes()
    with pytest.raises(IndexError, match=f"no row {row}: the bank has 64"):
        bank.observe(rows, np.full(2, T0), np.ones(2), np.arange(2))
    with pytest.raises(IndexError, match=f"no row {row}: the bank has 64"):
        bank.judge(rows, np.full(2, T0), np.ones(2))
    assert bank.state("a")["gate"].bytes() == before


def test_columns_of_several_lengths_are_refused() -> None:
    bank = Bank(quick_profile())
    with pytest.raises(ValueError, match="several lengths"):
        bank.observe(bank.rows(["a", "b"]), np.full(1, T0), np.ones(2), 1)
    with pytest.raises(ValueError, match="several lengths"):
        bank.judge(bank.rows(["a", "b"]), np.full(1, T0), np.ones(2))
