"""River's models over a service's metrics: found, saved exactly, whole without a feature."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from river import anomaly

from detectors.group_bank import GroupBank
from detectors.profile import Profile
from detectors.registry import MODELS
from detectors.river_group import RiverGroup, river_models
from tests.detectors.test_group_bank import GROUP, KEYS, T0, feed

PARAMETERS: dict[str, dict[str, Any]] = {
    "river.HalfSpaceTrees": {"n_trees": 15, "height": 6, "window_size": 100},
    "river.LODA": {"n_random_cuts": 20},
    "river.LocalOutlierFactor": {"engine": {"LazySearch": {"window_size": 60}}},
    "river.OneClassSVM": {},
    "river.QuantileFilter": {"anomaly_detector": {"HalfSpaceTrees": {"window_size": 100}}},
    "river.ThresholdFilter": {"anomaly_detector": {"HalfSpaceTrees": {"window_size": 100}}},
}


SEEING = [name for name in PARAMETERS if name != "river.OneClassSVM"]
"""Its plane leaves what is far out on the usual side: it tells a service by direction only."""


def profile(name: str) -> Profile:
    return Profile(
        name="together",
        model=MODELS[name](**PARAMETERS[name]),
        by=("service",),
        warm_up_s=6 * 3600.0,
        false_alarms_per_s=1 / 86400,
        open_samples=2,
        open_of=3,
    )


def values(n: int) -> np.ndarray:
    """Two metrics that go together, and a third."""
    rng = np.random.default_rng(1)
    load = rng.normal(100, 10, n)
    return np.stack([load, 2 * load + rng.normal(0, 2, n), rng.normal(5, 1, n)], axis=1)


def test_every_model_of_several_features_is_tried() -> None:
    assert set(PARAMETERS) == set(river_models())


@pytest.mark.parametrize("name", SEEING)
def test_an_outage_in_all_metrics_is_an_anomaly_of_the_service(name: str) -> None:
    x = values(500)
    x[480:490] = [400, 0, 40]
    told = feed(GroupBank(profile(name)), x)
    assert told[:1] == [(GROUP.decode(), True)]


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_a_model_knows_is_restored_exactly(name: str) -> None:
    x = values(200)
    straight, first, second = (GroupBank(profile(name)) for _ in range(3))
    feed(straight, x)
    feed(first, x[:130])
    for key, value in first.snapshot():
        assert second.restore(key, value) is None
    feed(second, x[130:], start=130)
    saved, expected = dict(second.snapshot()), dict(straight.snapshot())
    assert saved[b"g" + GROUP] == expected[b"g" + GROUP]
    assert saved[b"ir" + GROUP] == expected[b"ir" + GROUP]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_metric_that_is_silent_is_no_anomaly_of_the_others(name: str) -> None:
    bank = GroupBank(profile(name))
    x = values(500)
    assert feed(bank, x[:470]) == []
    rows, told = bank.rows(KEYS), []
    for step in range(470, 500):
        at = np.full(2, T0 + 60.0 * step)
        told += bank.observe(rows[:2], at, x[step, :2], np.full(2, step))
    assert told == []


def test_river_takes_a_feature_that_is_not_there_for_zero_and_ours_for_usual() -> None:
    model = anomaly.LocalOutlierFactor(n_neighbors=5)
    ours = RiverGroup(anomaly.LocalOutlierFactor(n_neighbors=5), ["a", "b"])
    for a in np.random.default_rng(1).normal(0.5, 0.02, (200, 2)).tolist():
        vector = dict(zip("ab", a, strict=True))
        model.learn_one(vector)
        ours.learn(vector)
    assert model.score_one({"a": 0.5}) > 10 * model.score_one({"a": 0.5, "b": 0.5})
    assert ours.surprise({"a": 0.5}) < 2 * ours.surprise({"a": 0.5, "b": 0.5})


def test_other_parameters_make_another_signature() -> None:
    bank = GroupBank(profile("river.LODA"))
    feed(bank, values(50))
    other = GroupBank(replace(bank.profile, model=MODELS["river.LODA"](**{"n_random_cuts": 21})))
    assert None not in {other.restore(key, value) for key, value in bank.snapshot()}


@pytest.mark.parametrize("data", [b"\xc0", b"\x93\xc4\x00\x01\x80"])
def test_bytes_that_are_no_group_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="saved"):
        MODELS["river.LODA"]().plant(["a"]).load(data)
