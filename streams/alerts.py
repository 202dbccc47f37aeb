"""Anomalies as alerts: the words that detection does not know."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from string import Template

from config.settings import AlertTemplate
from detectors.anomaly import Anomaly
from detectors.series import Series
from routing.alert import Alert, Evidence, Part, Point, Severity
from routing.channels.text import duration, number
from routing.digest import digest
from streams import clock

_SEVERITIES = tuple(Severity)
_PLACES = ("service", "job", "app", "host")  # the labels that usually say where


def alert_of(anomaly: Anomaly, template: AlertTemplate, notes: Sequence[str] = ()) -> Alert:
    """The alert of an anomaly: its series' labels, `metric`, and the template's own.

    Annotations and labels of the template may name any label as `$label`, and `$value`,
    `$expected` and `$metric`. `notes` stand behind the description.
    """
    series = Series.parse(anomaly.series)
    labels = {**series.labels, "metric": series.name}
    words = {
        **labels,
        "value": _number(anomaly.value, template.unit),
        "expected": _number(anomaly.expected, template.unit),
    }
    labels.update({k: Template(v).safe_substitute(words) for k, v in template.labels.items()})
    annotations = {k: Template(v).safe_substitute(words) for k, v in template.annotations.items()}
    annotations.setdefault("summary", _summary(series, words, anomaly))
    if notes:
        annotations["description"] = " ".join((*_said(annotations, "description"), *notes))
    return Alert(
        labels=labels,
        severity=_SEVERITIES[anomaly.severity],
        starts_at=clock.instant(anomaly.opened_at),
        ends_at=None if anomaly.closed_at is None else clock.instant(anomaly.closed_at),
        annotations=annotations,
        evidence=_evidence(anomaly, template.unit),
    )


def _said(annotations: Mapping[str, str], name: str) -> list[str]:
    return [text] if (text := annotations.get(name, "")) else []


def anomaly_id(anomaly: Anomaly) -> str:
    """The same for all that is ever told of an anomaly, and for no other."""
    return digest(anomaly.profile, anomaly.series, repr(anomaly.opened_at), chars=16)


def _summary(series: Series, words: dict[str, str], anomaly: Anomaly) -> str:
    subject = series.name
    where = next((series.labels[name] for name in _PLACES if series.labels.get(name)), "")
    if where:
        subject += f" of {where}"
    if math.isnan(anomaly.value):
        return f"{subject} has stopped reporting"
    if anomaly.still_s > 0:
        lasted = duration(timedelta(seconds=anomaly.still_s))
        return f"{subject} is stuck: {words['value']} for {lasted}"
    if math.isnan(anomaly.expected):
        return f"{subject} is {words['value']}"
    return f"{subject} is {words['value']}, expected {words['expected']}"


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "no data"
    return number(value, unit)


def _evidence(anomaly: Anomaly, unit: str) -> Evidence:
    return Evidence(
        series=anomaly.series,
        value=_finite(anomaly.value),
        expected=_finite(anomaly.expected),
        lower=_finite(anomaly.lower),
        upper=_finite(anomaly.upper),
        p_value=anomaly.p_value,
        unit=unit,
        parts=tuple(
            Part(detector=p.detector, p_value=p.p_value, share=p.share) for p in anomaly.parts
        ),
        points=tuple(
            Point(p.at, _finite(p.value), _finite(p.lower), _finite(p.upper))
            for p in anomaly.points
        ),
        still_s=anomaly.still_s,
        longest_s=anomaly.longest_s,
        at_once=anomaly.at_once,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
