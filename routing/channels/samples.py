"""Notifications to try channels with: an ordinary incident, and one in which all is hostile."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from routing.alert import Alert, Evidence, Part, Point, Severity
from routing.incident import Delivery, Incident, IncidentState, Moment, NotifyReason
from routing.notification import Notification
from routing.policy import Contact
from routing.receipt import DeliveryStatus, Receipt

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
OPENED = AT + timedelta(minutes=55)
URL = "https://tocsin.shop.example/incident/inc-7f3a"

HOSTILE = {
    "huge": "x" * 10_000,
    "lines": "a\r\nBcc: thief@evil.example\r\n\r\nboo",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "slack": "<!channel> <@U123> <https://evil.example|click>",
    "wiki": "{noformat}{code} [~admin] |x| !http://evil.example/a.png!",
    "control": "\x00\x07\x1b[31m\u202eevil\u2028\ufeff",
    "surrogate": "\ud800half",
    "encoded": "=?utf-8?q?a=0d=0aBcc=3A_thief?=",
    "quotes": "\"'`$(reboot)",
    "emoji": "🔥 Zürich 東京",
    "right_to_left": "שלום \u2067مرحبا\u2069 \u202b(x>1)",
}


def points() -> tuple[Point, ...]:
    """An hour of a calm latency that ends in a spike."""
    calm = [120 + 20 * math.sin(i / 9) for i in range(54)]
    spike = [180 + 63.0 * i for i in range(10)]
    start = AT.timestamp()
    return tuple(
        Point(start + 60 * i, value, 90 + 20 * math.sin(i / 9), 150 + 20 * math.sin(i / 9))
        for i, value in enumerate(calm + spike)
    )


def evidence(**changes: Any) -> Evidence:
    """What is wrong with it, with changes."""
    given = Evidence(
        series='latency_ms{service="checkout"}',
        value=747.0,
        expected=125.0,
        lower=97.0,
        upper=153.0,
        p_value=4e-7,
        unit="ms",
        parts=(Part(detector="ewma", p_value=1e-5, share=0.7),),
        points=points(),
    )
    return replace(given, **changes)


def alert(**changes: Any) -> Alert:
    """A critical alert, with changes."""
    given = Alert(
        labels={"service": "checkout", "region": "eu-west-1", "team": "payments"},
        severity=Severity.CRITICAL,
        starts_at=OPENED - timedelta(minutes=1),
        annotations={
            "description": "Look at the payment provider's status page first.",
            "runbook_url": "https://wiki.shop.example/runbooks/checkout latency",
            "dashboard": "https://grafana.shop.example/d/checkout?var=1&x=2",
        },
        evidence=evidence(),
    )
    return replace(given, **changes)


def incident(**changes: Any) -> Incident:
    """An open incident of one alert, with changes."""
    given = Incident(
        id="inc-7f3a",
        group_key="root/0:service=checkout",
        route='0/{service="checkout"}',
        receiver="shop",
        group_labels={"service": "checkout"},
        severity=Severity.CRITICAL,
        title="checkout: latency_ms is far above normal",
        opened_at=OPENED,
        alerts={"f1": alert()},
        deliveries=(
            Delivery(
                contact=Contact("pagerduty", "shop-oncall"),
                user="ana",
                reason=NotifyReason.FIRST,
                notification_id="n0",
                status=DeliveryStatus.SENT,
            ),
        ),
        timeline=(Moment(at=OPENED, kind="opened", text="opened"),),
    )
    return replace(given, **changes)


def notification(
    address: str, reason: NotifyReason = NotifyReason.FIRST, **changes: Any
) -> Notification:
    """What an address is told of it, as it stands when that is the reason; with changes."""
    given = Notification(
        id=f"inc-7f3a/{address}/{reason.value}",
        incident=_as_after(reason),
        contact=Contact("it", address),
        reason=reason,
        url=URL,
    )
    return replace(given, **changes)


def _as_after(reason: NotifyReason) -> Incident:
    now = OPENED + timedelta(minutes=12)
    match reason:
        case NotifyReason.ACKNOWLEDGED:
            taken = {"acknowledged_by": "ana", "acknowledged_at": now}
            return incident(state=IncidentState.ACKNOWLEDGED, **taken)
        case NotifyReason.RESOLVED:
            ended = {"f1": alert(ends_at=now)}
            return incident(state=IncidentState.RESOLVED, resolved_at=now, alerts=ended)
        case NotifyReason.ESCALATED:
            return incident(level=2)
        case _:
            return incident()


def follow_up(receipt: Receipt, reason: NotifyReason, sequence: int = 1) -> Notification:
    """The next notification to the same contact, as the engine makes it from the receipt."""
    after = notification(receipt.contact.address, reason)
    return replace(after, handle=receipt.handle, sequence=sequence)


def hostile(address: str) -> Notification:
    """A notification in which everything that people or metrics can write is hostile."""
    everything = " ".join(HOSTILE.values())
    bad = evidence(series=everything, unit=HOSTILE["html"], p_value=math.nan, value=math.inf)
    notes = {"description": everything, "runbook_url": "javascript:alert(1)", "x<y|z": URL}
    many = {f"l{i}{HOSTILE['html']}": everything for i in range(100)}
    one = alert(labels=HOSTILE | many, annotations=notes, evidence=bad)
    wrong = incident(
        title=everything,
        route=HOSTILE["lines"],
        receiver=HOSTILE["lines"],
        group_labels=HOSTILE,
        alerts={str(i): one for i in range(60)},
        acknowledged_by=everything,
    )
    return notification(address, incident=wrong, url="https://x/<>|\r\n")
