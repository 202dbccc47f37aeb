"""What the measurement of faults stands on: what is planted, and at what rate rivals cry."""

import doctest

import numpy as np
import pytest

from bench import faults
from bench.detection import matching
from bench.detection.faults import FAULTS, SIZES
from bench.detection.kinds import KINDS, Floats, generator
from bench.detection.matching import runs, threshold
from bench.detection.rivals import RIVALS, ewma_z
from bench.detection.scene import GRACE, HISTORY, STEPS, noise_of, scene

STAGED = scene(5, 4)


def test_every_fault_is_planted_at_every_size_as_often() -> None:
    cells = list(zip(STAGED.faults.tolist(), STAGED.sizes.tolist(), strict=True))
    assert {cell: cells.count(cell) for cell in cells} == {
        (fault, size): 4 for fault in FAULTS for size in SIZES
    }


def test_a_series_differs_from_its_faultless_self_only_where_its_fault_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.detection.scene._plant", lambda clean, i, role, began, rng: began)
    faultless = scene(5, 4).values
    for i, began in enumerate(STAGED.began):
        changed = np.flatnonzero(faultless[:, i] != STAGED.values[:, i])
        assert HISTORY <= began <= changed[0]
        assert changed[-1] < STAGED.ended[i] - GRACE <= STEPS


@pytest.mark.parametrize(("fault", "size"), [("spike", 10), ("dip", -10)])
def test_a_fault_is_as_large_as_it_says(fault: str, size: float) -> None:
    large = (STAGED.faults == fault) & (STAGED.sizes == "large")
    for i in np.flatnonzero(large & (STAGED.kinds == "gaussian")):
        noise = noise_of(STAGED.values[:HISTORY, i])
        usual = np.median(STAGED.values[HISTORY - 24 : HISTORY, i])
        off = (STAGED.values[STAGED.began[i], i] - usual) / noise
        assert off == pytest.approx(size, abs=4)  # noise


def test_missing_data_are_missing_and_a_stuck_value_stays() -> None:
    missing = np.flatnonzero(STAGED.faults == "missing_data")
    assert np.isnan(STAGED.values[:, missing]).any(axis=0).all()
    assert not np.isnan(np.delete(STAGED.values, missing, axis=1)).any()
    for i in np.flatnonzero(STAGED.faults == "stuck_value"):
        during = STAGED.values[STAGED.began[i] : STAGED.ended[i] - GRACE, i]
        assert len(set(during.tolist())) == 1


@pytest.mark.parametrize("kind", ["gaussian", "seasonal", "counts"])
def test_noise_is_what_is_left_of_a_series_without_its_day(kind: str) -> None:
    at: Floats = 1.7e9 + 300.0 * np.arange(8 * 288, dtype=np.float64)
    values = KINDS[kind](generator(1, kind), 3)(at)
    for column in values.T:
        assert 0 < noise_of(column) <= 1.1 * column.std()


def test_a_rival_cries_as_often_as_it_is_given_and_no_more() -> None:
    scores = np.random.default_rng(1).exponential(size=(2000, 20))
    for most in (0, 1, 10, 100):
        found = runs(scores >= threshold(scores, most))
        assert 0.95 * most - 1 <= found <= most


def test_a_rival_that_cannot_rank_its_worst_is_silent() -> None:
    scores = np.where(np.arange(2000)[:, None] % 50 == 0, 1.0, 0.1)
    assert runs(scores >= threshold(scores, 3)) == 0


def test_a_score_does_not_know_what_comes_after() -> None:
    values = STAGED.values[:400, ::15]
    other = values.copy()
    other[300:] *= 3
    for rival in (one for one in RIVALS.values() if one.every < 4 and not one.first):
        if rival.score is RIVALS["static 3 sigma"].score:
            continue  # it has the first two days as its past
        before, after = rival.score(values)[:300], rival.score(other)[:300]
        assert np.array_equal(before, after, equal_nan=True)


def test_ewma_z_goes_on_after_a_gap() -> None:
    values = np.random.default_rng(2).normal(100, 5, (300, 1))
    values[200:210] = np.nan
    scores = ewma_z(values)
    assert np.isnan(scores[200:210]).all()
    assert np.isfinite(scores[210:]).all()


def alarming(late: int, every: int = 1) -> faults.Watched:
    """Who detects each fault of every so many series, and was tried on these."""
    alarms, tried = (
        np.zeros(STAGED.values.shape, np.bool_),
        np.arange(len(STAGED.kinds)) % every == 0,
    )
    alarms[STAGED.began[tried] + late, tried] = True
    return faults.Watched(alarms, tried)


def test_a_column_where_a_rival_detects_more_or_sooner_is_named() -> None:
    def columns(mine: faults.Watched, other: faults.Watched) -> int:
        return len(list(faults._not_ahead(STAGED, {faults.OURS: mine, "EWMA z": other})))

    none = faults.Watched(np.zeros(STAGED.values.shape, np.bool_), alarming(0).tried)
    assert columns(none, alarming(2)) == columns(alarming(2), alarming(1)) == 30
    assert columns(alarming(2), alarming(2)) == columns(alarming(2), none) == 0


def test_a_rival_is_compared_on_the_series_that_it_was_tried_on() -> None:
    half = alarming(1, every=2)
    mine = faults.Watched(half.alarms, alarming(0).tried)  # and nothing on the others
    assert list(faults._not_ahead(STAGED, {faults.OURS: mine, "EWMA z": half})) == []


def test_the_quick_report_has_every_cell_and_rates_alike() -> None:
    found = faults.report(scene(5, 1), quick=True)
    weekly = found["false_alarms_a_week"]
    for name in weekly:
        if name in RIVALS:
            assert weekly[name] <= weekly[faults.OURS]
    for rows in found["cells"].values():
        assert list(rows) == list(FAULTS)
        assert all(0 <= cell["detected"] <= 1 for row in rows.values() for cell in row)
    assert [len(row) for row in found["cells"][faults.OURS].values()] == [3] * 10
    assert "fault" in next(iter(faults.table(found, markdown=True)))


@pytest.mark.parametrize("module", [matching], ids=lambda module: module.__name__)
def test_examples_of_the_measurements_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted
    assert not done.failed
