"""Matching: whether labels pass a set of matchers."""

from collections.abc import Iterable

from routing.alert import Alert
from routing.labels import Labels, Matcher
from routing.patterns import fits


def matches(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """True when every matcher passes; an absent label counts as the empty string.

    >>> api = Matcher(name="service", op="=~", value="api|web")
    >>> matches([api], {"service": "web"}), matches([api], {"service": "webhook"})
    (True, False)
    >>> matches([Matcher(name="zone", op="!=", value="eu")], {})
    True
    """
    for matcher in matchers:  # noqa: SIM110 - `all` of a generator takes twice as long
        if not passes(matcher, labels):
            return False
    return True


def passes(matcher: Matcher, labels: Labels) -> bool:
    """Whether one matcher passes."""
    value = labels.get(matcher.name, "")
    if matcher.op == "=":
        return value == matcher.value
    if matcher.op == "!=":
        return value != matcher.value
    return fits(matcher.value, value) is (matcher.op == "=~")


def labels_of(alert: Alert) -> Labels:
    """The labels routing sees: the alert's own, and its severity where no label says it.

    >>> from datetime import datetime, UTC
    >>> from routing.alert import Severity
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> labels_of(Alert(labels={"host": "a"}, severity=Severity.ERROR, starts_at=at))
    {'host': 'a', 'severity': 'error'}
    """
    if alert.labels.get("severity"):
        return alert.labels
    return {**alert.labels, "severity": str(alert.severity)}
