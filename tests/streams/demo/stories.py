"""Incidents, windows and pictures for the tests of the demonstration."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from config.status import WorkerStatus
from routing.alert import Severity
from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from streams.demo.picture import Feeding, Picture
from streams.demo.scenarios import SCENARIOS
from streams.demo.verdict import Page, Window

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SLACK, MAIL = Contact("slack", "#shop"), Contact("mail", "ada@example.org")


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def delivery(contact: Contact = SLACK, **changes: Any) -> Delivery:
    base = Delivery(
        contact=contact,
        reason=NotifyReason.FIRST,
        notification_id="n",
        status=DeliveryStatus.SENT,
        sent_at=later(5),
    )
    return msgspec.structs.replace(base, **changes)


def incident(**changes: Any) -> Incident:
    base = Incident(
        id="i1",
        group_key="g",
        route="0",
        receiver="shop",
        group_labels={"service": "checkout"},
        severity=Severity.CRITICAL,
        title="latency_ms of checkout is 1083 ms, expected 181 ms",
        opened_at=later(3),
        alerts={},
        deliveries=(delivery(SLACK), delivery(MAIL)),
    )
    return msgspec.structs.replace(base, **changes)


def resolved(**changes: Any) -> Incident:
    return incident(state=IncidentState.RESOLVED, resolved_at=later(40), **changes)


def window(name: str = "spike", **changes: Any) -> Window:
    base = Window(name=name, expected=SCENARIOS[name].expected, began_at=NOON)
    return msgspec.structs.replace(base, **changes)


def page(**changes: Any) -> Page:
    base = Page(
        contact=SLACK,
        incident_id="i1",
        opens=True,
        at=later(5),
        text="CRITICAL checkout\nlatency_ms is 1083 ms, expected 181 ms",
    )
    return msgspec.structs.replace(base, **changes)


def worker(**changes: Any) -> WorkerStatus:
    base = WorkerStatus(
        worker="w-1", host="w", pid=1, at=0.0, samples_per_s=123.4, lag=0, series=1234
    )
    return msgspec.structs.replace(base, **changes)


def picture(**changes: Any) -> Picture:
    base = Picture(
        console_url="http://127.0.0.1:8080",
        folder=Path("/tmp/tocsin-demo-abc"),
        speed_up=60.0,
        feeding=Feeding(phase="live", history=1.0, shop_at=NOON, windows=(window(),)),
        workers=(worker(),),
        incidents=(incident(),),
        pages=(page(),),
    )
    return replace(base, **changes)


def quiet_picture() -> Picture:
    return picture(feeding=Feeding(phase="live", history=1.0), incidents=(), pages=())
