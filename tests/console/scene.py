"""A console with realistic incidents and no Kafka: the command log keeps what it was given."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import sin
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from config import status as worker_status
from config.marks.mark import Mark, encode
from config.marks.words import factor
from config.settings import ConsoleSettings
from config.status import InputStatus, WorkerStatus
from config.topics import Topics
from console.app import build
from console.bell import Bell
from console.commands import Command
from console.csrf import FormGuard
from console.desk import Desk
from console.errors import LogUnavailable
from console.projection import Projection
from console.reader import Freshness, Health
from routing.alert import Alert, Evidence, Part, Point, Severity
from routing.incident import Delivery, Incident, IncidentState, Moment, NotifyReason
from routing.oncall.schedule import Override
from routing.policy import Contact, EscalationPolicy, Level, Silence, Target, User
from routing.receipt import DeliveryStatus

TOPICS = Topics()
OPENED = datetime(2026, 3, 14, 3, 2, 11, tzinfo=UTC)
ANA = User(name="ana", contacts=(Contact("pagerduty", "ana"),), full_name="Ana Reis")
NIGHT = EscalationPolicy(
    name="shop-night",
    levels=(
        Level(targets=(Target(kind="schedule", name="shop-primary"),), wait=timedelta(minutes=5)),
        Level(targets=(Target(kind="user", name="bruno"),), wait=timedelta(minutes=10)),
    ),
    repeat=1,
)


@dataclass
class KeptLog:
    """Keeps commands in memory; refuses them while `is_away`."""

    written: list[Command] = field(default_factory=list)
    marked: list[tuple[str, Mark | None]] = field(default_factory=list)
    is_away: bool = False

    async def write(self, command: Command) -> None:
        if self.is_away:
            raise LogUnavailable("Kafka did not confirm it: wait a moment, press again")
        self.written.append(command)

    async def mark(self, mark_id: str, mark: Mark | None) -> None:
        if self.is_away:
            raise LogUnavailable("Kafka did not confirm it: wait a moment, press again")
        self.marked.append((mark_id, mark))


@dataclass
class Scene:
    """The desk, its log, and a client of its pages."""

    desk: Desk
    log: KeptLog
    client: TestClient[web.Request, web.Application]
    health: list[Health]

    def show(self, *incidents: Incident) -> None:
        for incident in incidents:
            value = msgspec.json.encode(incident)
            self.desk.projection.apply(TOPICS.incidents, incident.id.encode(), value)
        self.desk.bell.ring()

    def say(self, mark_id: str, mark: Mark | None) -> None:
        """A mark as it comes back from Kafka."""
        value = None if mark is None else encode(mark)
        written_ms = int(1000 * OPENED.timestamp()) + 60_000
        self.desk.projection.apply(TOPICS.marks, mark_id.encode(), value, written_ms=written_ms)
        self.desk.bell.ring()

    def keep(self, *silences: Silence) -> None:
        """Silences as a worker writes them."""
        for one in silences:
            value = msgspec.json.encode(one)
            self.desk.projection.apply(TOPICS.silences, one.id.encode(), value)
        self.desk.bell.ring()

    def stand(self, *overrides: Override) -> None:
        """Overrides as a worker writes them."""
        for one in overrides:
            value = msgspec.json.encode(one)
            self.desk.projection.apply(TOPICS.overrides, one.id.encode(), value)
        self.desk.bell.ring()

    def report(self, status: WorkerStatus, at: float = 0.0) -> None:
        value = worker_status.encode(status)
        self.desk.projection.apply(TOPICS.workers, status.worker.encode(), value, at)
        self.desk.bell.ring()

    async def text(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status == status, await answer.text()
        return await answer.text()

    @property
    def origin(self) -> str:
        return str(self.client.make_url("/")).rstrip("/")


@asynccontextmanager
async def scene(
    settings: ConsoleSettings | None = None,
    *,
    clock: Callable[[], float] = lambda: 0.0,
    users: tuple[User, ...] = (ANA,),
    **given: Any,
) -> AsyncIterator[Scene]:
    settings = settings or ConsoleSettings()
    log = KeptLog()
    health = [Health(Freshness.LIVE)]
    desk = Desk(
        projection=Projection(TOPICS),
        commands=log,
        health=lambda: health[-1],
        clock=clock,
        bell=Bell(),
        guard=FormGuard(settings.url),
        settings=settings,
        users=users,
        budgets=lambda series, marks: factor(marks.steps(series)),
        **given,
    )
    async with TestClient(TestServer(build(desk))) as client:
        yield Scene(desk, log, client, health)


Story = Callable[[Scene], Awaitable[None]]


def points(start: datetime, count: int = 64, *, bad: int = 8) -> tuple[Point, ...]:
    """A calm wave, then `bad` minutes far above its band."""

    def point(i: int) -> Point:
        middle = 130 + 25 * sin(i / 7)
        value = middle + 6 * sin(i * 2.4) + (560 + 2 * i if i >= count - bad else 0)
        return Point(start.timestamp() + 60 * (i - count + bad), value, middle - 30, middle + 30)

    return tuple(point(i) for i in range(count))


def latency_alert(**changes: object) -> Alert:
    evidence = Evidence(
        series='latency_ms{endpoint="/pay",service="checkout"}',
        value=812.4,
        expected=131.0,
        lower=101.0,
        upper=161.0,
        p_value=2.3e-7,
        unit="ms",
        parts=(
            Part(detector="robust_z", p_value=4e-6, share=0.55),
            Part(detector="seasonal_profile", p_value=3e-5, share=0.33),
            Part(detector="cusum", p_value=0.02, share=0.12),
        ),
        points=points(OPENED),
    )
    alert = Alert(
        labels={
            "alertname": "LatencyHigh",
            "endpoint": "/pay",
            "env": "production",
            "service": "checkout",
            "team": "shop",
        },
        severity=Severity.CRITICAL,
        starts_at=OPENED,
        annotations={
            "summary": "Checkout answers slowly",
            "runbook_url": "https://wiki.example/runbooks/latency?service=checkout",
        },
        evidence=evidence,
    )
    return msgspec.structs.replace(alert, **changes)


def paged_incident(**changes: object) -> Incident:
    """Open and critical, on level 1: one page delivered, one mail on its second attempt."""
    incident = Incident(
        id="inc-7f3a9c",
        group_key="root/shop:{service=checkout}",
        route="root/shop",
        receiver="shop-oncall",
        group_labels={"service": "checkout"},
        severity=Severity.CRITICAL,
        title="checkout: latency of /pay is 6 times what is normal",
        opened_at=OPENED,
        alerts={"a1b2c3": latency_alert()},
        escalation=NIGHT,
        level=1,
        escalate_at=OPENED + timedelta(minutes=5),
        deliveries=(
            Delivery(
                contact=Contact("pagerduty", "ana"),
                user="ana",
                reason=NotifyReason.FIRST,
                notification_id="n-1",
                status=DeliveryStatus.SENT,
                sent_at=OPENED + timedelta(seconds=3),
            ),
            Delivery(
                contact=Contact("slack", "#shop-alerts"),
                reason=NotifyReason.FIRST,
                notification_id="n-2",
                status=DeliveryStatus.SENT,
                sent_at=OPENED + timedelta(seconds=2),
            ),
            Delivery(
                contact=Contact("email", "ana.reis@shop.example"),
                user="ana",
                reason=NotifyReason.FIRST,
                notification_id="n-3",
                status=DeliveryStatus.FAILED_TEMPORARY,
                attempt=2,
                retry_at=OPENED + timedelta(seconds=40),
                detail="451 greylisted, come back later",
            ),
        ),
        timeline=(
            Moment(at=OPENED, kind="opened", text="Opened by 1 alert."),
            Moment(
                at=OPENED + timedelta(seconds=2),
                kind="sent",
                text="slack #shop-alerts was told because it opened.",
                contact=Contact("slack", "#shop-alerts"),
            ),
            Moment(
                at=OPENED + timedelta(seconds=3),
                kind="sent",
                text="ana was told because it opened.",
                contact=Contact("pagerduty", "ana"),
            ),
        ),
    )
    return msgspec.structs.replace(incident, **changes)


def acknowledged(incident: Incident, by: str = "Ana Reis") -> Incident:
    at = incident.opened_at + timedelta(minutes=2)
    return msgspec.structs.replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=at,
        acknowledged_by=by,
        escalate_at=None,
        timeline=(*incident.timeline, Moment(at=at, kind="acknowledged", text="Taken.", by=by)),
    )


def resolved(incident: Incident, minutes: int = 12) -> Incident:
    at = incident.opened_at + timedelta(minutes=minutes)
    ended = {k: msgspec.structs.replace(a, ends_at=at) for k, a in incident.alerts.items()}
    return msgspec.structs.replace(
        incident, state=IncidentState.RESOLVED, resolved_at=at, escalate_at=None, alerts=ended
    )


def errors_incident() -> Incident:
    """A warning from a count of errors, taken by somebody."""
    evidence = Evidence(
        series='errors{service="search",type="Timeout"}',
        value=43.0,
        expected=6.0,
        lower=0.0,
        upper=14.0,
        p_value=1.1e-5,
        parts=(Part(detector="counts", p_value=1.1e-5, share=1.0),),
        points=points(OPENED - timedelta(hours=1)),
    )
    labels = {"alertname": "ErrorBurst", "service": "search"}
    alert = Alert(labels=labels, severity=Severity.WARNING, starts_at=OPENED, evidence=evidence)
    incident = paged_incident(
        id="inc-errors",
        title="search: many Timeout errors",
        severity=Severity.WARNING,
        group_labels={"service": "search"},
        alerts={"e1": alert},
        opened_at=OPENED - timedelta(hours=1),
        deliveries=paged_incident().deliveries[1:2],
    )
    return acknowledged(incident, by="bruno")


def late_input(**changes: object) -> InputStatus:
    """An input in every trouble there is."""
    status = InputStatus(
        records=1000,
        bad=250,
        late=50,
        shed=12_000,
        overflow=1,
        stale=7,
        waiting_s=312.4,
        event_lag_s=400.0,
        records_per_s=3.0,
    )
    return msgspec.structs.replace(status, **changes)


def busy_worker(**changes: object) -> WorkerStatus:
    status = WorkerStatus(
        worker="worker-1",
        host="node-a",
        pid=4242,
        at=1000.0,
        records=1_250_000,
        samples=1_249_990,
        records_per_s=12_480.4,
        samples_per_s=12_479.9,
        lag=310,
        series=5_214,
        anomalies_open=2,
        dead_letters={"bad_json": 7, "not_a_number": 3},
        notifications={"slack": {"sent": 41}, "email": {"sent": 12, "failed_temporary": 2}},
        inputs={
            "shop": InputStatus(
                records=1_200_000,
                samples=1_199_990,
                bad=10,
                series=5_000,
                records_per_s=12_380.4,
                event_at=998.0,
                event_lag_s=2.0,
                format="json",
            ),
            "hosts": InputStatus(
                records=50_000, records_per_s=100.0, event_lag_s=11.0, format="telegraf_json"
            ),
        },
        config_digest="9d2e",
    )
    return msgspec.structs.replace(status, **changes)
