"""What river's drift detectors know, as a number: how strongly the recent values differ.

| class | evidence, with the sign of the change |
|---|---|
| PageHinkley | its larger test statistic over its threshold |

They see every sample, those of an open anomaly as well: they look for a new normal and begin anew
by themselves once they found it. Evidence is of the samples before the one that is judged.

Reference: E. S. Page, 1954, Continuous Inspection Schemes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from river import base, drift

_FADES = 0.9


def is_drift(model: Any) -> bool:
    """Whether it is a detector of drift."""
    return isinstance(model, base.DriftDetector)


def update(model: Any, x: float, before: float) -> float:
    """Take a value into a detector; gives its evidence, of which `before` was the last."""
    evidence = _EVIDENCE.get(type(model), _flag)(model, x)
    return _FADES * before if evidence is None else evidence


def _page_hinkley(model: Any, x: float) -> float | None:
    model.update(x)
    if model._x_mean.n < model.min_instances:
        return None
    up = model._sum_increase - model._min_increase
    down = model._max_decrease - model._sum_decrease
    larger = {"up": up, "down": -down}.get(model.mode, up if up > down else -down)
    return float(larger / model.threshold)


def _flag(model: Any, x: float) -> float | None:
    model.update(x)
    return 1.0 if model.drift_detected else None


_EVIDENCE: Mapping[type[Any], Callable[[Any, float], float | None]] = {
    drift.PageHinkley: _page_hinkley,
}
