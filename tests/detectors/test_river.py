"""River's models in the bank: they conform, are saved exactly, and river's own faults are shown."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from river import anomaly, drift, neighbors, time_series

from detectors.bank import Bank
from detectors.profile import Profile
from detectors.registry import DETECTORS, MODELS
from detectors.river_detector import river_detectors
from detectors.river_group import river_models
from detectors.river_learner import Learner
from detectors.river_reading import surprise
from detectors.river_saved import dump, load
from tests.detectors.test_checks import made

KNOWN = river_detectors()
T0 = 1_700_000_000.0


def values(n: int) -> np.ndarray:
    return np.random.default_rng(1).normal(100, 5, n)


def test_every_model_of_rivers_anomaly_can_be_named() -> None:
    assert {f"river.{name}" for name in anomaly.__all__} <= set(KNOWN)
    assert set(KNOWN) == {name for name in DETECTORS if name.startswith("river.")}
    assert set(river_models()) == {name for name in MODELS if name.startswith("river.")}


def banked(*names: str) -> Bank:
    return Bank(Profile(name="p", detectors=tuple(map(made, names)), warm_up_s=0))


def feed(bank: Bank, x: np.ndarray, first: int = 0) -> None:
    for i, value in enumerate(x, first):
        bank.observe(bank.rows(["a"]), [T0 + 60 * i], [value], i)


@pytest.mark.parametrize("name", KNOWN)
def test_a_series_is_restored_exactly_from_bytes(name: str) -> None:
    x = values(160)
    straight, first, second = banked(name), banked(name), banked(name)
    feed(straight, x)
    feed(first, x[:90])
    for key, value in first.snapshot():
        assert second.restore(key, value) is None
    feed(second, x[90:], first=90)
    assert dict(second.snapshot()) == dict(straight.snapshot())


def test_a_chunk_and_its_samples_one_at_a_time_are_alike() -> None:
    names = ("river.GaussianScorer", "river.PageHinkley")
    whole, single = banked(*names), banked(*names)
    x, row = values(200), np.arange(200) % 2
    whole.observe(whole.rows(["a", "b"])[row], T0 + 60.0 * np.arange(200), x, np.arange(200))
    rows = single.rows(["a", "b"])
    for i in range(200):
        single.observe(rows[row[[i]]], [T0 + 60 * i], x[[i]], i)
    assert dict(whole.snapshot()) == dict(single.snapshot())


def test_objects_of_a_forgotten_series_are_let_go() -> None:
    bank = banked("river.GaussianScorer")
    feed(bank, values(10))
    assert len(bank._register.store.attic) == 1
    bank.expire(T0 + 1e6, T0 + 1e6)
    assert len(bank._register.store.attic) == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"predictiv_model": 1}, 'did you mean "predictive_model"'),
        ({"predictive_model": {"SNARIMX": {}}}, 'did you mean "SNARIMAX"'),
        ({"predictive_model": {"SNARIMAX": {"p": 1, "d": 0}}}, "SNARIMAX needs q"),
        ({"predictive_model": {"HoltWinters": {"alpha": 0.1}}}, "cannot be saved"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        KNOWN["river.PredictiveAnomalyDetection"](**given)


@pytest.mark.parametrize("data", [b"", b"\x93\x01", b"\x93\x02\x90\x90"])
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="model"):
        load(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: drift.ADWIN(),
        lambda: drift.KSWIN(seed=1),
        lambda: time_series.SNARIMAX(p=2, d=1, q=1),
        lambda: anomaly.LocalOutlierFactor(5, engine=neighbors.SWINN(seed=1, maxlen=50)),
    ],
)
def test_a_copy_knows_what_the_model_knew(make: Callable[[], Any]) -> None:
    def teach(model: Any, x: float) -> None:
        if hasattr(model, "update"):
            model.update(x)
        else:
            model.learn_one({"x": x} if hasattr(model, "score_one") else x)

    model = make()
    for x in values(150).tolist():
        teach(model, x)
    copy = load(dump(model))
    for x in values(150).tolist():
        teach(model, x)
        teach(copy, x)
    assert dump(copy) == dump(model)


def spiked() -> list[float]:
    x = np.random.default_rng(1).normal(100, 1, 1500)
    x[700] = 1e12
    return x.tolist()


def test_rivers_gaussian_scorer_fails_when_a_far_value_leaves_its_window() -> None:
    scorer = anomaly.GaussianScorer(window_size=500)
    with pytest.raises(TypeError):  # noqa: PT012
        for x in spiked():
            scorer.score_one(None, x)
            scorer.learn_one(None, x)
        raise AssertionError(f"deviation {scorer.gaussian.sigma}")


def test_ours_counts_the_window_anew() -> None:
    learner_of = KNOWN["river.GaussianScorer"](window_size=500)
    bank = Bank(Profile(name="p", detectors=(learner_of,)))
    feed(bank, np.array(spiked()))
    (learner,) = bank.state("a")["detector river.GaussianScorer"].objects  # type: ignore[misc]
    assert learner.model.gaussian.sigma == pytest.approx(1.0, rel=0.2)


def test_rivers_gaussian_scorer_cannot_rank_what_is_far_and_ours_can() -> None:
    scorer = anomaly.GaussianScorer()
    for x in values(200).tolist():
        scorer.learn_one(None, x)
    assert scorer.score_one(None, 1e3) == scorer.score_one(None, 1e6) == 1.0


def test_rivers_one_class_svm_scores_high_what_is_usual() -> None:
    model = made("river.OneClassSVM").make()
    for x in np.random.default_rng(1).normal(0.5, 0.05, 500).tolist():
        model.learn_one({"x": x})
    assert model.score_one({"x": 0.5}) > model.score_one({"x": 1.0})


def test_rivers_loda_takes_usual_values_for_never_seen_and_ours_does_not() -> None:
    model = made("river.LODA").make()
    x = np.random.default_rng(1).normal(0.5, 0.05, 400).tolist()
    theirs, ours = [], []
    for seen, value in enumerate(x):
        vector = {"x": value}
        theirs.append(model.score_one(vector))
        ours.append(surprise(model, vector, seen))
        model.learn_one(vector)
    assert np.quantile(theirs[100:], 0.9) > 4
    assert np.quantile(ours[100:], 0.9) < 1
    assert surprise(model, {"x": 0.9}, 400) > 20


@pytest.mark.parametrize("name", ["river.ADWIN", "river.KSWIN", "river.PageHinkley"])
@pytest.mark.parametrize("step", [-30.0, 30.0])
def test_evidence_of_drift_has_the_sign_of_the_change(name: str, step: float) -> None:
    learner = Learner(made(name).make(), 100.0)
    told = []
    for i, value in enumerate(values(364).tolist()):
        moved = value + (step if i >= 300 else 0.0)
        told.append(learner.told(moved).residual)
        learner.learn(moved, 1.0, np.nan)
    strongest = max(told[300 : 364 if name == "river.ADWIN" else 340], key=abs)
    assert np.sign(strongest) == np.sign(step)
    assert abs(strongest) > max(map(abs, told[100:300]))


def test_a_window_that_kswin_cannot_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="at least twice stat_size"):
        KNOWN["river.KSWIN"](window_size=40, stat_size=30)
    model = drift.KSWIN(window_size=40, stat_size=30)
    with pytest.raises(ValueError, match="ample larger than population"):  # noqa: PT012
        for x in values(40).tolist():
            model.update(x)
