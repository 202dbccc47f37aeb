"""A world for Alertmanager's recorded cases: its configuration, its API's meaning, its receivers.

Time is what the cases say; receivers answer as they are told to, and nothing sleeps.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from bench.routes import read
from config.alertmanager.imported import intervals_of
from config.alertmanager.routes import matchers_of
from routing.alert import Alert, Severity
from routing.effect import Effect, Notify
from routing.engine import Engine
from routing.event import AlertSeen, Event, ExpireSilence, PolicyChanged, ReceiptSeen, SetSilence
from routing.labels import Matcher
from routing.policy import Contact, Inhibition, Policy, Receiver, Silence
from routing.receipt import DeliveryStatus

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


class Answer(NamedTuple):
    """How a receiver answers: after so long, and with what."""

    after_s: float
    status: DeliveryStatus


@dataclass(frozen=True)
class Message:
    """What a receiver got: seconds from the start, and the alerts as (labels, annotations, ...)."""

    at: float
    url: str
    status: str
    group: dict[str, str]
    alerts: list[dict[str, Any]]


Answers = Callable[[str, float, int], Answer]


def sent(url: str, at: float, number: int) -> Answer:
    """The answer of a receiver that takes everything."""
    return Answer(0.005, DeliveryStatus.SENT)


def policy_of(text: str) -> tuple[Policy, timedelta]:
    """The policy of a configuration whose receivers are webhooks, and its resolve_timeout."""
    data = YAML(typ="safe").load(text)
    rules = [
        Inhibition(
            name=f"rule-{i}",
            source=matchers_of(rule, "source_"),
            target=matchers_of(rule, "target_"),
            equal=tuple(sorted(rule.get("equal", ()))),
        )
        for i, rule in enumerate(data.get("inhibit_rules", ()))
        if rule
    ]
    policy = Policy(
        digest="theirs",
        route=read(data["route"]),
        receivers=tuple(map(_receiver, data["receivers"])),
        inhibitions=tuple(rules),
        intervals=intervals_of(data),
        is_compat=True,
    )
    timeout = str((data.get("global") or {}).get("resolve_timeout", "5m"))
    return policy, timedelta(seconds=int(timeout[:-1]) * {"s": 1, "m": 60}[timeout[-1]])


def _receiver(given: Mapping[str, Any]) -> Receiver:
    hooks = given.get("webhook_configs", ())
    return Receiver(
        name=given["name"],
        contacts=tuple(Contact("webhook", hook["url"]) for hook in hooks),
        unresolved=tuple(
            Contact("webhook", hook["url"]) for hook in hooks if not hook.get("send_resolved", True)
        ),
    )


class AlertmanagerWorld:
    """An engine that keeps Alertmanager's timing, and receivers that note what they get."""

    def __init__(self, text: str, answers: Answers = sent) -> None:
        self.policy, self.timeout = policy_of(text)
        self.engine = Engine(self.policy)
        self.got: list[Message] = []
        self.effects: list[Effect] = []
        self._answers = answers
        self._attempts: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Event]] = []
        self._count = count()

    def post(self, at: float, alerts: Iterable[Mapping[str, Any]]) -> None:
        """Alerts are posted; those that the API refuses are not taken."""
        for given in alerts:
            if (seen := self._seen(at, given)) is not None:
                self._plan(at, seen)

    def silence(self, at: float, id_: str, given: Mapping[str, Any]) -> None:
        """A silence is posted."""
        matchers = tuple(_matcher(one) for one in given["matchers"])
        starts_at = _at(max(given["start"], at))
        self._plan(
            at,
            SetSilence(
                Silence(id=id_, matchers=matchers, starts_at=starts_at, ends_at=_at(given["end"]))
            ),
        )

    def expire(self, at: float, id_: str) -> None:
        """A silence is deleted."""
        self._plan(at, ExpireSilence(id_))

    def reload(self, at: float) -> None:
        """The configuration is loaded again."""
        self._plan(at, PolicyChanged(self.policy))

    def run(self, until: float, *, restores: bool = False) -> None:
        """Let time pass; `restores`: from a snapshot at every step."""
        end = _at(until)
        while (due := self._next()) is not None and due <= end:
            if restores:
                self.engine = Engine.restore(self.engine.snapshot())
            if self._agenda and self._agenda[0][0] <= due:
                self._note(self.engine.handle(heapq.heappop(self._agenda)[2], due), due)
            else:
                self._note(self.engine.wake(due), due)

    def _next(self) -> datetime | None:
        planned = self._agenda[0][0] if self._agenda else None
        wake = self.engine.next_wake()
        return min((at for at in (planned, wake) if at is not None), default=None)

    def _plan(self, at: float, event: Event) -> None:
        heapq.heappush(self._agenda, (_at(at), next(self._count), event))

    def _seen(self, at: float, given: Mapping[str, Any]) -> AlertSeen | None:
        labels = {name: value for name, value in given["labels"].items() if value}
        start, end = given.get("start", 0), given.get("end", 0)
        starts_at = _at(start) if ("start" in given and start != 0) or "end" in given else _at(at)
        ends_at = _at(end) if end else _at(at) + self.timeout
        if not labels or ends_at < starts_at or any("-" in name for name in labels):
            return None
        alert = Alert(
            labels=labels,
            severity=Severity.WARNING,
            starts_at=starts_at,
            ends_at=ends_at,
            annotations=given.get("annotations", {}),
        )
        return AlertSeen(alert, is_timeout=not end)

    def _note(self, effects: Iterable[Effect], now: datetime) -> None:
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, Notify):
                self._deliver(effect, now)

    def _deliver(self, effect: Notify, now: datetime) -> None:
        told = effect.notification
        url = told.contact.address
        at = (now - START).total_seconds()
        self._attempts[url] += 1
        answer = self._answers(url, at, self._attempts[url])
        if answer.status is not DeliveryStatus.PENDING:
            self.got.append(_message(effect, at))
        status = answer.status
        if status is DeliveryStatus.PENDING:
            status = DeliveryStatus.FAILED_TEMPORARY
        self._plan(at + answer.after_s, ReceiptSeen(told.receipt(status)))


def _message(effect: Notify, at: float) -> Message:
    told = effect.notification
    (delivery,) = (d for d in told.incident.deliveries if d.contact == told.contact)
    listed = [told.incident.alerts[fp] for fp in (*delivery.firing, *delivery.ended)]
    alerts = [
        {
            "status": "firing" if alert.is_firing else "resolved",
            "labels": alert.labels,
            "annotations": alert.annotations,
            "start": (alert.starts_at - START).total_seconds(),
            "end": (alert.ends_at - START).total_seconds() if alert.ends_at else 0,
        }
        for alert in listed
    ]
    status = "firing" if delivery.firing else "resolved"
    return Message(at, told.contact.address, status, told.incident.group_labels, alerts)


def _matcher(given: Mapping[str, Any]) -> Matcher:
    is_equal, is_regex = given.get("isEqual", True), given.get("isRegex", False)
    op = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    return Matcher(name=given["name"], op=op[is_equal, is_regex], value=given["value"])  # type: ignore[arg-type]


def _at(offset: float) -> datetime:
    return START + timedelta(seconds=offset)
