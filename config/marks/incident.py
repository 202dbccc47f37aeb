"""The alerts of an incident in order, and the series whose budgets `Not useful` changes."""

from collections.abc import Sequence

from config.marks.mark import MOST_SERIES
from routing.alert import Alert
from routing.incident import Incident


def ordered(incident: Incident) -> Sequence[Alert]:
    """The alerts themselves, firing before ended, the worst first."""

    def order(alert: Alert) -> tuple[bool, int, float]:
        p_value = alert.evidence.p_value if alert.evidence else 1.0
        return not alert.is_firing, -alert.severity.rank, p_value

    return sorted(incident.alerts.values(), key=order)


def series_of(incident: Incident) -> list[str]:
    """The series of the foremost alerts; those that came from outside have none."""
    known = [alert.evidence.series for alert in ordered(incident) if alert.evidence]
    return list(dict.fromkeys(known))[:MOST_SERIES]
