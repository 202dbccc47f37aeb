"""How each of river's classes is read: which way its score points, when it counts, what it expects.

| class | residual | why not river's own score |
|---|---|---|
| GaussianScorer | (x - mean) / deviation | saturates at 1.0 beyond 8.3 deviations |
| StandardAbsoluteDeviation | the same, with its sign | the sign is what `direction` needs |
| PredictiveAnomalyDetection | x - forecast, scaled | is 1.0 beyond a threshold; scoring learns |
| OneClassSVM | e^(-8 score) | it is high where samples are usual |
| HalfSpaceTrees | 1 / (1 - score) | the same order, spread where it is close to 1 |
| LocalOutlierFactor | log(1 + e^score) | the same order, above 0 |
| LODA | -log density, a gap between bins holding one sample | gaps are as strange as 1e-12 |
| any other | log(1 + e^score) | the same order, above 0 |
| PageHinkley | see `detectors/river_drift.py` | it has no score |

A filter (QuantileFilter, ThresholdFilter) and a pipeline are read as what is in them. Faults of
river's that are behind this are shown by tests and described in `docs/upstream-river.md`.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from river import anomaly, base, compose, proba, utils

_LEAST = 1e-7  # of 1 - score
_FEW = 30  # samples within which a score of river's means nothing
_FARTHEST = 30.0  # beyond, the exponential has no end
_STEEP = 8.0  # scores of a OneClassSVM lie within a few tenths
_LEAST_DENSITY = 1e-12  # river's own
_LOST = 1e-9  # of a variance: what is less is what rounding left of it


class Told(NamedTuple):
    """What a model said of a value: how far off it is, and what was expected (NaN: it has none)."""

    residual: float
    expected: float


def core_of(model: Any) -> Any:
    """What scores in a model: the last step of a pipeline, what is in a filter."""
    while True:
        if isinstance(model, compose.Pipeline):
            model = list(model.steps.values())[-1]
        elif isinstance(model, base.AnomalyFilter):
            model = model.anomaly_detector
        else:
            return model


def _unfiltered(model: Any) -> Any:
    while isinstance(model, base.AnomalyFilter):
        model = model.anomaly_detector
    return model


def is_supervised(model: Any) -> bool:
    """Whether it judges one value by itself, rather than a vector of features."""
    return isinstance(core_of(model), base.SupervisedAnomalyDetector)


def learn(model: Any, features: Mapping[str, float] | None, value: float | None = None) -> None:
    """Take a vector, or a value, into a model."""
    if value is None:
        model.learn_one(dict(features or {}))
        return
    core = core_of(model)
    oldest = _oldest(core)
    model.learn_one(None, value)
    if oldest is not None:
        _mend(core.gaussian, oldest)


def surprise(model: Any, features: Mapping[str, float], seen: int) -> float:
    """How strange a vector is, above 0; NaN within the warm-up."""
    core = core_of(model)
    if seen < _FEW or getattr(core, "_first_window", False):
        return math.nan
    is_bare = _unfiltered(model) is core
    read = _READ.get(type(core)) if is_bare else None
    score = float(model.score_one(dict(features)) if read is None else read(core, features))
    if not math.isfinite(score):
        return math.nan
    return _RISING.get(type(core), _softplus)(score)


def told(model: Any, x: float, seen: int) -> Told:
    """What a supervised model says of a value."""
    core = core_of(model)
    if seen < max(getattr(core, "grace_period", 0), getattr(core, "warmup_period", 0), _FEW):
        return Told(math.nan, math.nan)
    return _TOLD.get(type(core), _of_score)(core, x)


def _oldest(core: Any) -> float | None:
    """What leaves the window of a GaussianScorer next, where it is full."""
    rolling = core.gaussian if isinstance(core, anomaly.GaussianScorer) else None
    if not isinstance(rolling, utils.Rolling) or len(rolling.window) < rolling.window_size:
        return None
    oldest: float = rolling.window[0][0][0]
    return oldest


def _mend(rolling: Any, gone: float) -> None:
    """Count a window anew whose variance was lost when a far value left it.

    River takes what leaves a window off its sums; of a far value the rounding errors stay behind,
    and the variance may be negative, on which its score raises a TypeError.
    """
    if rolling.obj._var.get() > _LOST * (gone - rolling.obj.mu) ** 2:
        return
    made: Any = proba.Gaussian
    rolling.obj = made(seed=0)
    for (value,), _ in rolling.window:
        rolling.obj.update(value)


def _loda(core: Any, features: Mapping[str, float]) -> float:
    """The mean of -log density over the cuts; river's own density is 0 between two bins."""
    if not core.projections_:
        return math.nan
    cuts = zip(core.projections_, core.histograms_, strict=True)
    surprises = [_surprise_of(histogram, core._project(cut, features)) for cut, histogram in cuts]
    return math.fsum(surprises) / len(surprises)


def _surprise_of(histogram: Any, z: float) -> float:
    right = -math.inf
    for one in histogram.data:
        if right < z < one.left and math.isfinite(right):
            return math.log(histogram.n * (one.left - right))
        if z <= one.right:
            break
        right = one.right
    density: float = anomaly.LODA._density(histogram, z)
    return -math.log(max(density, _LEAST_DENSITY))


def _softplus(score: float) -> float:
    return score if score > _FARTHEST else math.log1p(math.exp(score))


def _rising_to_one(score: float) -> float:
    return 1.0 / max(1.0 - score, _LEAST)


def _falling(score: float) -> float:
    return math.exp(min(-_STEEP * score, _FARTHEST))


def _gaussian(core: Any, x: float) -> Told:
    gaussian = getattr(core.gaussian, "obj", core.gaussian)
    return _deviation(x, gaussian.mu, gaussian._var.get())


def _deviations(core: Any, x: float) -> Told:
    return _deviation(x, core.sub_stat.get(), core.variance.get())


def _deviation(x: float, mean: float, variance: float) -> Told:
    least = 1e-9 * abs(mean) + 1e-12
    return Told((x - mean) / max(math.sqrt(max(variance, 0.0)), least), mean)


def _forecast(core: Any, x: float) -> Told:
    model = core.predictive_model
    is_series = hasattr(model, "forecast")
    expected = model.forecast(1)[0] if is_series else model.predict_one({})
    is_told = expected is not None and math.isfinite(expected)
    return Told(x - float(expected), float(expected)) if is_told else Told(math.nan, math.nan)


def _of_score(core: Any, x: float) -> Told:
    return Told(_softplus(float(core.score_one(None, x))), math.nan)


_READ: Mapping[type[Any], Callable[[Any, Mapping[str, float]], float]] = {anomaly.LODA: _loda}
_RISING: Mapping[type[Any], Callable[[float], float]] = {
    anomaly.HalfSpaceTrees: _rising_to_one,
    anomaly.OneClassSVM: _falling,
}
_TOLD: Mapping[type[Any], Callable[[Any, float], Told]] = {
    anomaly.GaussianScorer: _gaussian,
    anomaly.StandardAbsoluteDeviation: _deviations,
    anomaly.PredictiveAnomalyDetection: _forecast,
}
