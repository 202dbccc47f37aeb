"""What the measurement of budgets stands on: its series, what it counts, and how it judges."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from bench import budgets
from bench.detection import default, tally
from bench.detection.kinds import KINDS, Floats, generator
from bench.detection.labelled import Labelled, collections
from bench.detection.tally import Tally, kept
from bench.detection.watcher import Seen, Watcher
from detectors.bank import Bank

STEP_S, DAY = 300.0, 288
AT: Floats = 1_700_000_000.0 + STEP_S * np.arange(3 * DAY, dtype=np.float64)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_draws_the_same_again_and_nothing_odd(name: str) -> None:
    first, again = (KINDS[name](generator(3, name), 5)(AT) for _ in range(2))
    assert first.shape == (len(AT), 5)
    assert np.isfinite(first).all()
    assert (first.std(axis=0) > 0).all()
    assert np.array_equal(first, again)


@pytest.mark.parametrize("name", ["autocorrelated", "bursty", "regime_switching", "trending"])
def test_a_kind_with_a_memory_goes_on_where_it_was(name: str) -> None:
    """The step from one call to the next is no larger than steps within a call usually are."""
    draw = KINDS[name](generator(3, name), 200)
    values = np.concatenate([draw(AT[:400]), draw(AT[400:800])])
    steps = np.abs(np.diff(values, axis=0)) / values.std(axis=0)
    assert np.median(steps[399]) < 2 * np.median(steps)


def test_there_are_twelve_kinds() -> None:
    assert len(KINDS) == 12


def test_a_run_is_counted_once_and_a_sample_each_time() -> None:
    counted = Tally(2)
    for minute, alarms in ((0, (1, 0)), (1, (1, 0)), (50, (1, 1)), (120, (1, 0))):
        flags = np.array(alarms, np.bool_)
        seen = Seen(flags, np.zeros(2, np.bool_), np.zeros(2), np.zeros((1, 2), np.float32))
        at = np.full(2, 60.0 * minute)
        counted.add(seen, at, counted=np.ones(2, np.bool_), step_s=60.0)
    assert counted.counts["samples"].tolist() == [4, 1]
    assert counted.counts["runs"].tolist() == [2, 1]
    assert counted.seconds.tolist() == [240, 240]


def test_what_is_labelled_is_not_counted_but_continues_a_run() -> None:
    counted, alarm = Tally(1), np.ones(1, np.bool_)
    for minute, is_free in ((0, False), (1, True), (200, True)):
        seen = Seen(alarm, alarm, np.zeros(1), np.zeros((1, 1), np.float32))
        at = np.array([60.0 * minute])
        counted.add(seen, at, counted=np.array([is_free]), step_s=60.0)
    assert counted.counts["samples"].tolist() == [2]
    assert counted.counts["runs"].tolist() == [1]
    assert counted.seconds.tolist() == [120]


def test_series_that_keep_a_budget_exactly_are_found_to_keep_it() -> None:
    counts = np.random.default_rng(1).poisson(8, 4000).astype(float)
    found = kept(counts, np.full(4000, 8.0), 1.0)
    assert found.low < 1 < found.high
    assert found.within == pytest.approx(0.954, abs=0.015)
    assert found.refuted < 0.001


@pytest.mark.parametrize("factor", [0.02, 5])
def test_series_that_do_not_keep_a_budget_are_refuted(factor: float) -> None:
    counts = np.random.default_rng(1).poisson(8 * factor, 1000).astype(float)
    found = kept(counts, np.full(1000, 8.0), 1.0)
    assert found.within < 0.1
    assert found.refuted > 0.6
    assert found.ratio == pytest.approx(factor, rel=0.2)


def test_the_watcher_opens_what_a_bank_opens() -> None:
    profile = default.profile(1 / 86400.0)
    values = KINDS["bursty"](generator(1, "bursty"), 8)(AT)
    bank, watcher = Bank(profile), Watcher(profile, 8)
    rows = bank.rows([str(i) for i in range(8)])
    told, opened = [], []
    for step, (now, value) in enumerate(zip(AT, values, strict=True)):
        at = np.full(8, now)
        anomalies = [one for one in bank.observe(rows, at, value, step) if one.is_open]
        opens = [one for one in anomalies if one.opened_at > now - 3000 and len(one.points)]
        told += [(now, one.series) for one in opens]
        opened += [
            (now, str(i))
            for i in np.flatnonzero(watcher.step(rows.astype(np.intp), at, value).opened)
        ]
    assert opened
    assert sorted(opened) == sorted(told)


def test_labelled_series_are_replayed_each_to_its_end() -> None:
    lengths, at = (2 * DAY, 400, 100), AT[: 2 * DAY]
    series = [Labelled(str(n), at[:n], np.sin(at[:n]), np.ones(n, np.bool_)) for n in lengths]
    found = budgets.replay(budgets.PLANS[0], series)
    assert found.seconds.tolist() == [STEP_S * DAY, STEP_S * (400 - DAY), 0.0]


def test_no_collection_is_made_up(tmp_path: Path) -> None:
    assert collections(tmp_path) == {}


def test_the_collections_are_read_in_the_order_of_time() -> None:
    found = collections()
    if not found:
        pytest.skip("../shared/data is not here")
    for series in (one for each in found.values() for one in each):
        assert (np.diff(series.at) > 0).all()
        assert np.isfinite(series.value).all()
        assert series.is_free.any()
    assert (len(found["nab"]), len(found["ms_cloud"])) == (58, 60)


@pytest.mark.parametrize("module", [budgets, tally], ids=lambda module: module.__name__)
def test_examples_of_the_measurements_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted
    assert not done.failed
