"""What else could watch the same series: scores (instants, series), larger where stranger.

Each rival sees a series from its first sample on and nothing of what comes after; a sample that is
missing has no score (NaN). Parameters are those of the rivals' own documentation or better ones.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from river import anomaly, linear_model, neighbors, optim, preprocessing, time_series

from bench.detection.kinds import Floats
from bench.detection.scene import HISTORY, LEARNT

Score = Callable[[Floats], Floats]


class Rival(NamedTuple):
    """How a rival scores; `every` how many series one is tried, and from which instant on."""

    score: Score
    every: int = 1
    first: int = 0


def static_sigma(values: Floats) -> Floats:
    """Standard deviations from the mean, both of the first two days."""
    mean, deviation = values[:LEARNT].mean(axis=0), values[:LEARNT].std(axis=0)
    scores: Floats = np.abs(values - mean) / np.maximum(deviation, 1e-12)
    return scores


def ewma_z(values: Floats, alpha: float = 0.02) -> Floats:
    """Distance from an exponential mean in exponential standard deviations."""
    mean, var = values[0].copy(), np.zeros(values.shape[1])
    scores = np.full(values.shape, np.nan)
    for nth, x in enumerate(values):
        e = x - mean
        scores[nth] = np.abs(e) / np.sqrt(np.maximum(var, 1e-24))
        there = np.isfinite(x)
        mean = np.where(there, mean + alpha * e, mean)
        var = np.where(there, (1 - alpha) * (var + alpha * e * e), var)
    return scores


def _as_features(x: float) -> tuple[object, ...]:
    return ({"x": x},)


def _as_target(x: float) -> tuple[object, ...]:
    return (None, x)


def _of(
    make: Callable[[], Any], given: Callable[[float], tuple[object, ...]] = _as_features
) -> Score:
    """A model of river a series, that is given the value as its only feature, or as its target."""

    def score(values: Floats) -> Floats:
        """What the models say of each value before they learn it; NaN where there is none."""
        scores = np.full(values.shape, np.nan)
        for i, column in enumerate(values.T.tolist()):
            model = make()
            for nth, x in enumerate(column):
                if x == x:
                    scores[nth, i] = model.score_one(*given(x))
                    model.learn_one(*given(x))
        return scores

    return score


def _forecast() -> Any:
    regressor = preprocessing.StandardScaler() | linear_model.LinearRegression(
        optimizer=optim.SGD(0.005)
    )
    model = time_series.SNARIMAX(p=6, d=1, q=2, regressor=regressor)
    # its score ends at n_std deviations: far enough out that it can be ranked
    return anomaly.PredictiveAnomalyDetection(predictive_model=model, n_std=50.0, warmup_period=50)


def _nearest() -> Any:
    return anomaly.LocalOutlierFactor(10, engine=neighbors.LazySearch(window_size=100))


RIVALS: Mapping[str, Rival] = {
    "static 3 sigma": Rival(static_sigma),
    "EWMA z": Rival(ewma_z),
    "GaussianScorer": Rival(_of(anomaly.GaussianScorer, _as_target)),
    "StandardAbsoluteDeviation": Rival(_of(anomaly.StandardAbsoluteDeviation, _as_target)),
    "OneClassSVM": Rival(_of(lambda: preprocessing.StandardScaler() | anomaly.OneClassSVM())),
    "HalfSpaceTrees": Rival(
        _of(lambda: preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=1)), every=2
    ),
    "LODA": Rival(_of(lambda: preprocessing.StandardScaler() | anomaly.LODA(seed=1)), every=2),
    "PredictiveAnomalyDetection": Rival(_of(_forecast, _as_target), every=2),
    "LocalOutlierFactor": Rival(_of(_nearest), every=4, first=HISTORY // 2),
}
