"""Incidents as they are in life, each with the message that somebody gets of it."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from routing.alert import Alert, Evidence, Part, Point, Severity
from routing.channels.samples import HOSTILE
from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.notification import Notification
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from routing.wording import title, title_of

NIGHT = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
SITE = "https://tocsin.shop.example"
WIKI = "https://wiki.shop.example/runbooks"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

HUGE = 1.7e308

Curve = Callable[[int], float | None]


def wave(i: int) -> float:
    """Something that goes up and down a little, from -1 to 1."""
    return math.sin(i / 7) * 0.7 + math.sin(i * 2.3) * 0.3


def drawn(curve: Curve, low: float | None, high: float | None, *, step_s: int = 60) -> Any:
    """64 points up to the alert, the last at its start."""
    first = NIGHT.timestamp() - 63 * step_s
    return tuple(Point(first + step_s * i, curve(i), low, high) for i in range(64))


def found(name: str, severity: Severity, **told: Any) -> Alert:
    """An alert as detection makes it."""
    more = told.pop("annotations", {})
    labels = {"metric": name, **told.pop("labels")}
    where = (
        f"{{{','.join(f'{k}={chr(34)}{v}{chr(34)}' for k, v in labels.items() if k != 'metric')}}}"
    )
    parts = tuple(Part(detector=d, p_value=1e-4, share=s) for d, s in told.pop("parts", {}).items())
    evidence = Evidence(series=name + where, parts=parts, **told)
    return Alert(
        labels=labels, severity=severity, starts_at=NIGHT, annotations=more, evidence=evidence
    )


def told(
    *alerts: Alert, reason: NotifyReason = NotifyReason.FIRST, to: str = "ana", **changes: Any
) -> Notification:
    """What one is told of an incident of these alerts."""
    worst = max((alert.severity for alert in alerts), key=lambda severity: severity.rank)
    labels = {k: v for k, v in alerts[0].labels.items() if k in ("service", "cluster")}
    given = Incident(
        id="inc-k7f3ap",
        group_key=f"shop/{labels}",
        route='shop/{team="payments"}',
        receiver="payments",
        group_labels=labels,
        severity=worst,
        title=title(alerts),
        opened_at=NIGHT,
        alerts={f"f{i}": alert for i, alert in enumerate(alerts)},
    )
    incident = replace(given, **changes)
    return Notification(
        id=f"{incident.id}/{to}/{reason.value}",
        incident=incident,
        contact=Contact("it", to),
        reason=reason,
        sequence=0 if reason is NotifyReason.FIRST else 1,
        url=f"{SITE}/incident/{incident.id}",
    )


def reached(*whom: tuple[str, str]) -> tuple[Delivery, ...]:
    """Messages that people got."""
    return tuple(
        Delivery(
            contact=Contact(channel, user),
            user=user,
            reason=NotifyReason.FIRST,
            notification_id=f"n{i}",
            status=DeliveryStatus.SENT,
            sent_at=NIGHT,
        )
        for i, (user, channel) in enumerate(whom)
    )


SPIKE = found(
    "latency_p95",
    Severity.CRITICAL,
    labels={"service": "checkout", "region": "eu-west-1"},
    value=812.0,
    expected=121.0,
    lower=95.0,
    upper=160.0,
    p_value=4e-7,
    unit="ms",
    parts={"ewma": 0.62, "robust": 0.38},
    points=drawn(lambda i: 121 + 18 * wave(i) + (173 * (i - 59) if i > 59 else 0), 95, 160),
    annotations={
        "summary": "latency_p95 of checkout is 812 ms, expected 121 ms",
        "description": "Look at the payment provider's status page first. "
        "What changed: deploy of checkout v2.41 6 min before (ben).",
        "runbook_url": f"{WIKI}/checkout-latency",
        "dashboard": "https://grafana.shop.example/d/checkout?var-region=eu-west-1",
    },
)
SHIFT = found(
    "queue_depth",
    Severity.WARNING,
    labels={"service": "mailer", "host": "mail-2"},
    value=4210.0,
    expected=1300.0,
    lower=900.0,
    upper=1700.0,
    p_value=2e-5,
    parts={"level_shift": 0.91, "ewma": 0.09},
    points=drawn(lambda i: (1300 if i < 50 else 4100) + 160 * wave(i), 900, 1700, step_s=300),
    annotations={"summary": "queue_depth of mailer is 4,210, expected 1,300"},
)
SILENCE = found(
    "orders_total",
    Severity.CRITICAL,
    labels={"service": "orders", "region": "eu-west-1"},
    value=None,
    expected=None,
    lower=None,
    upper=None,
    p_value=1e-9,
    unit="1/s",
    parts={"absence": 1.0},
    points=drawn(lambda i: 14 + 3 * wave(i) if i < 58 else None, None, None),
    annotations={
        "summary": "orders_total of orders has stopped reporting",
        "runbook_url": f"{WIKI}/no-data",
    },
)
ERRORS = found(
    "errors",
    Severity.ERROR,
    labels={"service": "cart", "error": "ConnectionResetError", "release": "8.3.1"},
    value=46.0,
    expected=2.0,
    lower=0.0,
    upper=7.0,
    p_value=1e-14,
    unit="1/min",
    parts={"counts": 1.0},
    points=drawn(lambda i: round(2 + 1.5 * wave(i)) if i < 60 else 12 * (i - 59) - 2, 0, 7),
    annotations={
        "summary": "errors of cart is 46/min, expected 2/min",
        "runbook_url": f"{WIKI}/cart-errors",
    },
)
DISK = found(
    "disk_used",
    Severity.WARNING,
    labels={"host": "db-3", "mount": "/var/lib/postgresql"},
    value=93.2,
    expected=None,
    lower=None,
    upper=90.0,
    p_value=2e-22,
    unit="%",
    parts={"threshold": 1.0},
    points=drawn(lambda i: 84 + 0.146 * i, None, 90, step_s=600),
    annotations={
        "summary": "disk_used of db-3 is 93.2%",
        "description": "Drop old WAL archives, or grow the volume.",
        "runbook_url": f"{WIKI}/disk",
    },
)
FILLING = found(
    "disk_used",
    Severity.WARNING,
    labels={"host": "db-3", "mount": "/backup"},
    value=86.4,
    expected=None,
    lower=None,
    upper=90.0,
    p_value=2e-22,
    unit="%",
    parts={"forecast": 1.0},
    points=drawn(lambda i: 60 + 0.42 * i, None, 90, step_s=600),
    annotations={"summary": "disk_used of db-3 is 86.4%"},
)
OUTSIDE = Alert(
    labels={"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "cart-7d9f-x2x"},
    severity=Severity.ERROR,
    starts_at=NIGHT,
    annotations={
        "summary": "Pod shop/cart-7d9f-x2x (cart) is crash looping",
        "description": "In the last 15 minutes the container restarted 4 times.",
        "runbook_url": f"{WIKI}/KubePodCrashLooping",
    },
)
HEARTBEAT = Alert(
    labels={"alertname": "HeartbeatMissing", "heartbeat": "prometheus-eu"},
    severity=Severity.CRITICAL,
    starts_at=NIGHT,
    annotations={
        "summary": "The heartbeat prometheus-eu is missing: none in 5 min",
        "description": "What sends it is down or cannot reach Tocsin: its other alerts may be "
        "missing as well.",
    },
)
EVIL = Alert(
    labels={**HOSTILE, "service": "<!here> & <b>cart</b>"},
    severity=Severity.CRITICAL,
    starts_at=NIGHT,
    annotations={
        "summary": " ".join(text for name, text in HOSTILE.items() if name != "huge"),
        "description": " ".join(HOSTILE.values()),
        "runbook_url": "javascript:alert(1)",
        "x<y|z": f"{WIKI}/a b|c>d",
    },
    evidence=Evidence(
        series=HOSTILE["html"],
        unit=HOSTILE["slack"],
        value=1e300,
        expected=-1e-300,
        lower=None,
        upper=HUGE,
        p_value=math.nan,
        points=drawn(lambda i: HUGE if i % 9 else math.inf, math.nan, 1e308),
    ),
)


def storm() -> list[Alert]:
    """Forty hosts that fail with one cause."""
    return [
        replace(
            SPIKE,
            labels={**SPIKE.labels, "host": f"web-{n:02}"},
            starts_at=NIGHT + timedelta(seconds=n),
            annotations={"summary": f"latency_p95 of checkout on web-{n:02} is 812 ms"},
        )
        for n in range(1, 41)
    ]


def gathered(titles: Iterable[str]) -> list[Alert]:
    """The alerts of a digest."""
    return [
        Alert(
            labels={"alertname": "HeldBack", "incident": f"inc-{n}", "user": "ana"},
            severity=Severity.WARNING,
            starts_at=NIGHT + n * MINUTE,
            annotations={"summary": said},
        )
        for n, said in enumerate(titles)
    ]


def _resolved() -> Notification:
    end = NIGHT + 3 * HOUR + 4 * MINUTE
    over = replace(SPIKE, ends_at=end)
    return told(
        over,
        reason=NotifyReason.RESOLVED,
        state=IncidentState.RESOLVED,
        acknowledged_by="ana",
        acknowledged_at=NIGHT + 4 * MINUTE,
        resolved_at=end,
        title=SPIKE.annotations["summary"],
        deliveries=reached(("ana", "pagerduty"), ("#ops", "slack")),
    )


def _taken(**changes: Any) -> Notification:
    return told(
        ERRORS,
        reason=NotifyReason.ACKNOWLEDGED,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_by="ben",
        acknowledged_at=NIGHT + 3 * MINUTE,
        deliveries=reached(("ben", "pagerduty"), ("#ops", "slack")),
        **changes,
    )


STORIES: Mapping[str, Notification] = {
    "spike": told(SPIKE, deliveries=reached(("ana", "pagerduty"))),
    "level_shift": told(SHIFT),
    "no_data": told(SILENCE),
    "error_rate": told(ERRORS, deliveries=reached(("ben", "pagerduty"))),
    "threshold": told(DISK),
    "forecast": told(FILLING),
    "storm": told(
        *storm(),
        reason=NotifyReason.NEW_ALERTS,
        left_out=460,
        title=title_of(storm()[0], 499),
        deliveries=reached(("ana", "pagerduty")),
    ),
    "flapping": told(SHIFT, reason=NotifyReason.FLAPPING, flapping=("f0",)),
    "escalated": told(
        SPIKE,
        ERRORS,
        reason=NotifyReason.ESCALATED,
        level=2,
        deliveries=reached(("ana", "pagerduty"), ("ben", "pagerduty"), ("#ops", "slack")),
    ),
    "acknowledged": _taken(),
    "snoozed": _taken(is_snoozed=True, reopens_at=NIGHT + 2 * HOUR),
    "resolved": _resolved(),
    "digest": told(
        *gathered(
            (
                "queue_depth of mailer is 4,210, expected 1,300",
                "cache_hits of search is 41%, expected 88%",
                "disk_used of db-3 is 93.2%",
            )
        ),
        digest_for="ana",
        route="digest/ana",
        group_labels={"user": "ana"},
    ),
    "heartbeat": told(HEARTBEAT),
    "outside": told(OUTSIDE, reason=NotifyReason.REPEAT, deliveries=reached(("#ops", "slack"))),
    "hostile": told(EVIL, to="a@shop.example"),
}
