"""The alerts that Tocsin raises about itself: how they are written, and known again."""

from routing.alert import Alert
from streams import clock
from streams.alarm_rules import RULES, Finding, Name

SERVICE = "tocsin"  # the label by which routes know them


def own_alert(name: Name, finding: Finding, *, now: float) -> Alert:
    """The alert of an alarm that fires as of now."""
    rule = RULES[name.rule]
    summary = rule.summary.format(subject=name.subject, figure=finding.figure)
    return Alert(
        labels={"alertname": name.rule, rule.label: name.subject, "service": SERVICE},
        severity=rule.severity,
        starts_at=clock.instant(now),
        annotations={"summary": summary, "description": rule.advice},
    )


def name_of(alert: Alert) -> Name | None:
    """What an alert of ours is about, None for any other.

    >>> alert = own_alert(Name("TocsinBehind", "shop"), Finding(True, True, "5 min"), now=0)
    >>> alert.annotations["summary"]
    'Records of input shop have waited 5 min to be judged'
    >>> name_of(alert)
    Name(rule='TocsinBehind', subject='shop')
    """
    rule = RULES.get(alert.labels.get("alertname", ""))
    if rule is None or alert.labels.get("service") != SERVICE or rule.label not in alert.labels:
        return None
    return Name(alert.labels["alertname"], alert.labels[rule.label])
