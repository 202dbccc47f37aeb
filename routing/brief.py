"""Brief: a large incident as a message carries it, with a count of what is left out."""

from datetime import datetime

from msgspec.structs import replace

from routing.alert import Alert
from routing.incident import Incident

MOST = 1000
"""So many alerts go along with a message."""


def brief(incident: Incident) -> Incident:
    """The incident with at most `MOST` alerts: those that fire, of these the worst and oldest.

    `left_out` counts the others that fire. What contacts were told is left out as well.
    """
    if len(incident.alerts) <= MOST:
        return incident
    foremost = dict(sorted(incident.alerts.items(), key=_foremost)[:MOST])
    firing = sum(alert.is_firing for alert in incident.alerts.values())
    shown = sum(alert.is_firing for alert in foremost.values())
    deliveries = tuple(replace(one, firing=(), ended=()) for one in incident.deliveries)
    return replace(incident, alerts=foremost, deliveries=deliveries, left_out=firing - shown)


def _foremost(item: tuple[str, Alert]) -> tuple[bool, int, datetime, str]:
    fingerprint, alert = item
    return not alert.is_firing, -alert.severity.rank, alert.starts_at, fingerprint
