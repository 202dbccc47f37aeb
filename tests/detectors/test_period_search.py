"""The search for a period: over gaps and snapshots, in many series at once, from 2 samples on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from detectors.bank import Bank
from detectors.profile import Profile
from detectors.seasonal import Seasonal
from detectors.state import State, fresh

Floats = npt.NDArray[np.float64]

EPOCH, STEP_S = 1_700_000_000.0, 60.0
AUTO = Seasonal(period_s="auto")


def lived(values: Floats, at: Floats | None = None) -> State:
    """State after values (instants, series)."""
    state = fresh(AUTO.dtype, values.shape[1])
    AUTO.start(state)
    go_on(state, values, after(0, len(values)) if at is None else at)
    return state


def go_on(state: State, values: Floats, at: Floats) -> None:
    ones = np.ones(values.shape[1])
    for now, x in zip(at, values, strict=True):
        when = np.full(len(x), now)
        AUTO.learn(state, x, when, ones, AUTO.score(state, x, when).memo)


def after(samples: int, more: int) -> Floats:
    at: Floats = EPOCH + STEP_S * (samples + np.arange(more, dtype=np.float64))
    return at


def phases(samples: int, periods: Floats) -> Floats:
    turns: Floats = (np.arange(samples)[:, None] / periods) % 1
    return turns


def noise(samples: int, series: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, 2, (samples, series))


@dataclass(frozen=True)
class Shape:
    name: str
    of_phase: Callable[[Floats], Floats]


def wave(phase: Floats) -> Floats:
    values: Floats = 10.0 * np.cos(2 * np.pi * phase)
    return values


SHAPES = (
    Shape("saw", lambda phase: 20.0 * phase),
    Shape("pulse", lambda phase: np.where(phase < 0.15, 30.0, 0.0)),
    Shape("wave", wave),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize(
    ("samples", "periods"),
    [(6000, [2, 3, 5, 10, 24, 31, 60, 144]), (16_000, [500, 1000, 1440])],
    ids=["short", "long"],
)
def test_periods_from_two_samples_to_a_day_are_found(
    shape: Shape, samples: int, periods: list[int]
) -> None:
    true = np.array(periods, np.float64)
    state = lived(100 + shape.of_phase(phases(samples, true)) + noise(samples, len(true)))
    found = state["period"] / STEP_S / true
    assert (state["is_adopted"] == 1).all()
    assert np.abs(found / np.rint(found) - 1).max() < 0.01  # or a whole multiple
    assert found.max() < 4.1


def test_10080_samples_are_seen_as_a_period_though_not_sharply() -> None:
    samples = 4 * 10080
    phase = phases(samples, np.array([10080.0]))
    state = lived(100 + 40.0 * (phase < 0.4) + noise(samples, 1))
    assert state["period"] == pytest.approx(604800, rel=0.06)


def test_a_season_that_ends_is_dropped_and_another_found() -> None:
    samples, series = 4000, 3
    hourly = 20 * phases(samples, np.full(series, 60.0))
    state = lived(100 + hourly + noise(samples, series))
    assert state["period"].tolist() == [3600.0 * n for n in np.rint(state["period"] / 3600)]
    assert state["is_adopted"].all()
    go_on(state, 100 + noise(2000, series, seed=2), after(samples, 2000))
    assert not state["is_adopted"].any()
    values = 100 + 20 * phases(16_000, np.full(series, 144.0)) + noise(16_000, series)
    go_on(state, values, after(samples + 2000, 16_000))
    found = state["period"] / STEP_S / 144
    assert state["is_adopted"].all()
    assert np.abs(found / np.rint(found) - 1).max() < 0.01


def test_many_series_are_searched_as_one_is() -> None:
    periods = np.array([3, 24, 60, 200, 1e9])
    values = 100 + 20 * phases(2500, periods) + noise(2500, 5)
    values[1000:1100] = values[999]
    together = lived(values)
    for i in range(5):
        assert lived(values[:, i : i + 1]).bytes() == together.of([i]).bytes()


def test_a_search_goes_on_over_a_snapshot() -> None:
    profile = Profile(name="auto", detectors=(AUTO,))
    whole, first, second = Bank(profile), Bank(profile), Bank(profile)
    values = 100 + 20 * phases(1200, np.full(3, 24.0)) + noise(1200, 3)
    for bank, begin, end in ((whole, 0, 1200), (first, 0, 500)):
        observe(bank, values, begin, end)
    for key, value in first.snapshot():
        assert second.restore(key, value) is None
    observe(second, values, 500, 1200)
    assert sorted(second.snapshot()) == sorted(whole.snapshot())


def observe(bank: Bank, values: Floats, begin: int, end: int) -> None:
    rows = bank.rows(["a", "b", "c"])
    for step in range(begin, end):
        bank.observe(rows, np.full(3, EPOCH + STEP_S * step), values[step], step)


@pytest.mark.parametrize("gap", [1, 7, 8, 60, 64, 65, 700, 70_000], ids=lambda gap: f"{gap} bins")
def test_a_gap_leaves_no_old_bins_behind(gap: int) -> None:
    """What was before a gap is at its true distance: a period over the gap is still that period."""
    taken = np.r_[np.arange(2000), 2000 + gap + np.arange(600)]
    values = 100 + 20 * phases(80_000, np.array([24.0]))[taken] + noise(2600, 1)
    with np.errstate(all="raise", under="ignore"):
        state = lived(values, EPOCH + STEP_S * taken)
    assert state["period"] == pytest.approx(24 * STEP_S, rel=1e-3)
    assert state["is_adopted"].all()


def test_a_pace_that_slows_down_is_noticed() -> None:
    at: Floats = EPOCH + np.cumsum(np.r_[np.full(50, 10.0), np.full(4000, 60.0)])
    state = lived(100 + 20 * ((at / 720) % 1)[:, None] + noise(len(at), 2), at)
    assert state["is_adopted"].all()
    assert (state["base"] > 30).all()


def test_the_state_of_a_search_is_small() -> None:
    assert AUTO.dtype.itemsize <= Seasonal().dtype.itemsize + 1100
