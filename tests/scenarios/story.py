"""A story: an engine, an outbox that answers, and a clock that only the story moves."""

import heapq
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count

from routing.alert import Alert, Severity
from routing.effect import Effect, Explain, Notify, Publish
from routing.engine import Engine
from routing.event import (
    Acknowledge,
    AlertSeen,
    Escalate,
    Event,
    ExpireSilence,
    PolicyChanged,
    Reassign,
    ReceiptSeen,
    Reopen,
    Resolve,
    SetSilence,
    Snooze,
)
from routing.incident import Incident
from routing.labels import Matcher
from routing.notification import Notification
from routing.policy import (
    Contact,
    EscalationPolicy,
    Layer,
    Level,
    Policy,
    Receiver,
    Route,
    Schedule,
    Silence,
    Target,
    User,
)
from routing.receipt import DeliveryStatus, Receipt

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
OPS = Contact("slack", "#ops")
ANA = Contact("pagerduty", "ana")
BO = Contact("pagerduty", "bo")
CAI = Contact("pagerduty", "cai")
FALLBACK = Contact("email", "root@example.org")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def target(name: str, kind: str = "user") -> Target:
    return Target(kind=kind, name=name)  # type: ignore[arg-type]


def levels(*names: str, wait: float = 10, repeat: int = 0) -> EscalationPolicy:
    """An escalation with one user a level, `wait` minutes each. `schedule:x` names a schedule."""
    made = []
    for name in names:
        kind, _, rest = name.rpartition(":")
        made.append(Level(targets=(target(rest, kind or "user"),), wait=minutes(wait)))
    return EscalationPolicy(name="on-call", levels=tuple(made), repeat=repeat)


def policy(
    *,
    escalation: EscalationPolicy | None = None,
    route: Route | None = None,
    receivers: tuple[Receiver, ...] = (),
    schedules: tuple[Schedule, ...] = (),
    silences: tuple[Silence, ...] = (),
    digest: str = "one",
) -> Policy:
    """#ops is told of everything, grouped by service; 30 s, 5 min, 4 h."""
    shop = Route(
        path="root/ops",
        receiver="ops",
        escalation="on-call" if escalation else None,
        group_by=("service",),
    )
    return Policy(
        digest=digest,
        route=route or Route(path="root", receiver="fallback", routes=(shop,)),
        receivers=(
            Receiver(name="ops", contacts=(OPS,)),
            Receiver(name="fallback", contacts=(FALLBACK,)),
            *receivers,
        ),
        users=tuple(User(name=c.address, contacts=(c,)) for c in (ANA, BO, CAI)),
        schedules=schedules,
        escalations=(escalation,) if escalation else (),
        silences=silences,
        console_url="http://console",
    )


def rota(name: str, *users: str, hours: float = 24, starts: datetime = START) -> Schedule:
    turn = timedelta(hours=hours)
    layer = Layer(users=users, starts_at=starts, turn=turn)
    return Schedule(name=name, time_zone="UTC", layers=(layer,))


def later(wait: timedelta, contact: Contact = OPS) -> Receipt:
    """A channel that asks for patience."""
    return Receipt(
        notification_id="",
        incident_id="",
        contact=contact,
        status=DeliveryStatus.FAILED_TEMPORARY,
        detail="429",
        retry_after=wait,
    )


class Story:
    """Events happen at `self.now`; `wait` lets time pass, with wakes and receipts as they fall due.

    The outbox answers each notification after a second: SENT, unless `answers` holds something
    else for the contact, taken from the front; the last answer of a list stays.
    """

    def __init__(self, policy: Policy) -> None:
        self.engine = Engine(policy)
        self.now = START
        self.effects: list[Effect] = []
        self.told: list[str] = []
        self.notifications: list[Notification] = []
        self.incidents: dict[str, Incident] = {}
        self.answers: dict[Contact, list[Receipt | DeliveryStatus]] = defaultdict(list)
        self._receipts: list[tuple[datetime, int, Receipt]] = []
        self._count = count()

    # -- what happens -------------------------------------------------------------------------

    def fires(self, severity: str = "critical", **labels: str) -> None:
        self.take(AlertSeen(self.alert(severity, None, **labels)))

    def ends(self, severity: str = "critical", **labels: str) -> None:
        self.take(AlertSeen(self.alert(severity, self.now, **labels)))

    def alert(
        self, severity: str = "critical", ends_at: datetime | None = None, **labels: str
    ) -> Alert:
        labels = {"service": "api", **labels}
        return Alert(
            labels=labels, severity=Severity(severity), starts_at=self.now, ends_at=ends_at
        )

    def acknowledges(self, by: str = "ana", id_: str = "") -> None:
        self.take(Acknowledge(incident_id=self.incident.id, by=by, via="slack", id=id_))

    def resolves(self, by: str = "ana") -> None:
        self.take(Resolve(incident_id=self.incident.id, by=by, via="console"))

    def snoozes(self, how_long: timedelta, by: str = "ana") -> None:
        until = self.now + how_long
        self.take(Snooze(incident_id=self.incident.id, by=by, via="console", until=until))

    def reassigns(self, name: str, kind: str = "user", by: str = "ana", id_: str = "") -> None:
        given = {"incident_id": self.incident.id, "kind": kind, "name": name, "by": by, "id": id_}
        self.take(Reassign(via="console", **given))  # type: ignore[arg-type]

    def escalates(self, level: int | None = None, by: str = "ana", id_: str = "") -> None:
        id_of = self.incident.id
        self.take(Escalate(incident_id=id_of, by=by, via="console", level=level, id=id_))

    def gives_back(self, by: str = "ana", id_: str = "") -> None:
        self.take(Reopen(incident_id=self.incident.id, by=by, via="pagerduty", id=id_))

    def silences(self, *, lasts: timedelta, id_: str = "quiet", **labels: str) -> None:
        labels = labels or {"service": "api"}
        matchers = tuple(Matcher(name=n, op="=", value=v) for n, v in labels.items())
        until = self.now + lasts
        made = Silence(id=id_, matchers=matchers, starts_at=self.now, ends_at=until)
        self.take(SetSilence(made))

    def expires(self, id_: str = "quiet") -> None:
        self.take(ExpireSilence(id_))

    def edits(self, policy: Policy) -> None:
        self.take(PolicyChanged(policy))

    def take(self, event: Event) -> None:
        self._note(self.engine.handle(event, self.now))

    def wait(self, how_long: timedelta) -> None:
        """Time passes; whatever is due on the way happens at its own instant."""
        end = self.now + how_long
        while (due := self._next()) is not None and due <= end:
            self.now = due
            if self._receipts and self._receipts[0][0] <= due:
                self.take(ReceiptSeen(heapq.heappop(self._receipts)[2]))
            else:
                self._note(self.engine.wake(due))
        self.now = end
        self._note(self.engine.wake(end))

    # -- what came of it ----------------------------------------------------------------------

    @property
    def incident(self) -> Incident:
        """The incident opened last, as last published."""
        return list(self.incidents.values())[-1]

    @property
    def reasons(self) -> list[str]:
        """The reasons of all explanations."""
        return [effect.reason for effect in self.effects if isinstance(effect, Explain)]

    @property
    def timeline(self) -> list[str]:
        return [f"{self._clock(m.at)} {m.text}" for m in self.incident.timeline]

    def _next(self) -> datetime | None:
        receipt = self._receipts[0][0] if self._receipts else None
        wake = self.engine.next_wake()
        return min((at for at in (receipt, wake) if at is not None), default=None)

    def _note(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Publish):
                self.incidents[effect.incident.id] = effect.incident
            if isinstance(effect, Notify):
                self._deliver(effect.notification)

    def _deliver(self, told: Notification) -> None:
        self.notifications.append(told)
        who = told.contact.address
        again = f" (attempt {told.attempt})" if told.attempt > 1 else ""
        self.told.append(f"{self._clock(self.now)} {who} {told.reason.value}{again}")
        heapq.heappush(
            self._receipts, (self.now + seconds(1), next(self._count), self._receipt(told))
        )

    def _receipt(self, told: Notification) -> Receipt:
        answers = self.answers[told.contact]
        given = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else None
        receipt = given if isinstance(given, Receipt) else None
        status = given if isinstance(given, DeliveryStatus) else DeliveryStatus.SENT
        return Receipt(
            notification_id=told.id,
            incident_id=told.incident.id,
            contact=told.contact,
            status=receipt.status if receipt else status,
            attempt=told.attempt,
            detail=receipt.detail if receipt else "",
            handle={"ref": told.contact.address},
            retry_after=receipt.retry_after if receipt else None,
        )

    def _clock(self, at: datetime) -> str:
        whole = int((at - START).total_seconds())
        hours, rest = divmod(whole, 3600)
        text = f"{rest // 60:02}:{rest % 60:02}"
        return f"{hours}:{text}" if hours else text
