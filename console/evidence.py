"""An alert's evidence: in words, and as a picture."""

from markupsafe import Markup
from msgspec import Struct

from config.marks.incident import ordered
from routing.alert import Alert, Evidence, Part
from routing.channels.chart import svg
from routing.channels.finding import figures, finding
from routing.channels.text import clean, duration, is_number, odds, web_link
from routing.incident import Incident


class Annotation(Struct, frozen=True):
    """An annotation; `link` is empty unless its whole text is a web address."""

    name: str
    text: str
    link: str


class PartView(Struct, frozen=True, kw_only=True):
    """A detector's part in the finding."""

    detector: str
    odds: str
    percent: int


class AlertView(Struct, frozen=True, kw_only=True):
    """One alert, with its evidence put into words."""

    fingerprint: str
    alert: Alert
    finding: str
    figures: tuple[tuple[str, str], ...]
    parts: tuple[PartView, ...]
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[Annotation, ...]
    lasted: str


def alerts(incident: Incident) -> list[AlertView]:
    """The alerts, firing before ended, the worst first."""
    fingerprints = {id(alert): key for key, alert in incident.alerts.items()}
    return [_alert(fingerprints[id(alert)], alert) for alert in ordered(incident)]


def picture(alert: Alert, *, width: int, height: int) -> Markup:
    """The series with its band as inline SVG, or nothing where there is nothing to draw."""
    if alert.evidence is None:
        return Markup()
    until = alert.ends_at.timestamp() if alert.ends_at else None
    since = alert.starts_at.timestamp()
    drawn = svg(alert.evidence, since=since, until=until, width=width, height=height)
    return Markup(drawn)


def _alert(fingerprint: str, alert: Alert) -> AlertView:
    evidence = alert.evidence
    ended = alert.ends_at
    return AlertView(
        fingerprint=clean(fingerprint, 80),
        alert=alert,
        finding=finding(evidence, "is" if alert.is_firing else "was") if evidence else "",
        figures=figures(evidence),
        parts=_parts(evidence) if evidence else (),
        labels=tuple((clean(k, 80), clean(v, 200)) for k, v in sorted(alert.labels.items())),
        annotations=tuple(_annotation(k, v) for k, v in sorted(alert.annotations.items())),
        lasted=duration(ended - alert.starts_at) if ended else "",
    )


def _parts(evidence: Evidence) -> tuple[PartView, ...]:
    """Who saw it; nobody where it is silence, which is no matter of odds."""
    return tuple(_part(part) for part in evidence.parts) if is_number(evidence.value) else ()


def _part(part: Part) -> PartView:
    share = min(max(part.share, 0.0), 1.0)
    return PartView(
        detector=clean(part.detector, 60).replace("_", " "),
        odds=odds(part.p_value),
        percent=round(100 * share),
    )


def _annotation(name: str, text: str) -> Annotation:
    return Annotation(clean(name, 80), clean(text, 2000), web_link(text))
