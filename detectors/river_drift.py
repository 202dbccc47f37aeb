"""What river's drift detectors know, as a number: how strongly the recent values differ.

| class | evidence, with the sign of the change |
|---|---|
| ADWIN | when it drops old values: mean of what it keeps less theirs, in standard errors |
| KSWIN | log p of its test, over log of its alpha |
| PageHinkley | its larger test statistic over its threshold |

Where there is none, the evidence before fades by a tenth a sample. They see every sample, those of
an open anomaly as well: they look for a new normal and begin anew by themselves once they found it.
Evidence is of the samples before the one that is judged.

References: E. S. Page, 1954, Continuous Inspection Schemes; A. Bifet, R. Gavalda, 2007, Learning
from Time-Changing Data with Adaptive Windowing; C. Raab, M. Heusinger, F.-M. Schleif, 2020,
Reactive Soft Prototype Computing for Concept Drift Streams.
"""

import math
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any

from river import base, drift

_FADES = 0.9
_LEAST_P, _MOST = 1e-300, 0.999
_LEAST_VARIANCE = 1e-12  # of values within [0, 1]


def is_drift(model: Any) -> bool:
    """Whether it is a detector of drift."""
    return isinstance(model, base.DriftDetector)


def update(model: Any, x: float, before: float) -> float:
    """Take a value into a detector; gives its evidence, of which `before` was the last."""
    evidence = EVIDENCE[type(model)](model, x)
    return _FADES * before if evidence is None else evidence


def _page_hinkley(model: Any, x: float) -> float | None:
    model.update(x)
    if model._x_mean.n < model.min_instances:
        return None
    up = model._sum_increase - model._min_increase
    down = model._max_decrease - model._sum_decrease
    larger = {"up": up, "down": -down}.get(model.mode, up if up > down else -down)
    return float(larger / model.threshold)


def _adwin(model: Any, x: float) -> float | None:
    is_anew = model.drift_detected  # then it forgets all before it takes the value in
    width, total = (0, 0.0) if is_anew else (model.width, model.total)
    spread = max(model.variance, _LEAST_VARIANCE)
    model.update(x)
    kept = model.width
    dropped = width + 1 - kept
    if dropped <= 0 or kept <= 0:
        return None
    shift = model.total / kept - (total + x - model.total) / dropped
    return float(shift / math.sqrt(spread * (1 / kept + 1 / dropped)))


def _kswin(model: Any, x: float) -> float | None:
    window = [] if model.drift_detected else [*model.window, x][-model.window_size :]
    model.update(x)
    if len(window) < model.window_size:
        return None
    older, recent = window[: -model.stat_size], window[-model.stat_size :]
    size = math.log(max(model.p_value, _LEAST_P)) / math.log(min(max(model.alpha, _LEAST_P), _MOST))
    return math.copysign(size, fmean(recent) - fmean(older))


EVIDENCE: Mapping[type[Any], Callable[[Any, float], float | None]] = {
    drift.ADWIN: _adwin,
    drift.KSWIN: _kswin,
    drift.PageHinkley: _page_hinkley,
}
"""How each of them is read."""
