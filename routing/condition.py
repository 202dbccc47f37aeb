"""Conditions: for which severities, alerts and hours a level, target or contact is told at all."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from routing.alert import Severity
from routing.incident import Incident
from routing.intervals import TimeInterval, contains
from routing.labels import Labels
from routing.matching import labels_of, matches
from routing.policy import OnlyIf

Find = Callable[[str], TimeInterval | None]


class Occasion(NamedTuple):
    """What a condition looks at: how bad it is, the labels of what fires, and when.

    In a digest are incidents that had the labels when they were held; none are looked at again.
    """

    severity: Severity
    labels: tuple[Labels, ...]
    at: datetime
    is_digest: bool = False


def occasion(incident: Incident, at: datetime) -> Occasion:
    """The occasion that an incident is: its severity is the worst that was ever seen."""
    labels = tuple(map(labels_of, incident.firing))
    return Occasion(incident.severity, labels, at, bool(incident.digest_for))


def why_not(condition: OnlyIf | None, about: Occasion, find: Find) -> str:
    """Why the condition does not hold, in a few words; nothing where it does.

    >>> at = datetime.fromisoformat("2026-11-27T03:00:00+00:00")
    >>> loud = OnlyIf(severities=(Severity.CRITICAL,))
    >>> why_not(loud, Occasion(Severity.WARNING, (), at), lambda name: None)
    'the severity is warning'
    >>> why_not(loud, Occasion(Severity.CRITICAL, (), at), lambda name: None)
    ''
    """
    if condition is None:
        return ""
    if condition.severities and about.severity not in condition.severities:
        return f"the severity is {about.severity.value}"
    if condition.during and not _is_in(condition.during, about.at, find):
        return f"it is outside {' and '.join(condition.during)}"
    if about.is_digest or any(matches(condition.match, one) for one in about.labels or ({},)):
        return ""
    return "no firing alert has the labels for it"


def _is_in(names: Iterable[str], at: datetime, find: Find) -> bool:
    found = [interval for name in names if (interval := find(name)) is not None]
    return any(contains(interval, at) for interval in found)
