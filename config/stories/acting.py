"""Acting: what the steps of a story do, as events of the log."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from config.stories.models import (
    HandoverModel,
    MuteModel,
    PersonModel,
    SnoozeModel,
    StandInModel,
)
from config.stories.story import Step
from routing.alert import Alert, Severity
from routing.engine import Engine
from routing.event import (
    Acknowledge,
    AlertSeen,
    Escalate,
    Event,
    ExpireSilence,
    PolicyChanged,
    Reassign,
    Reopen,
    Resolve,
    SetOverride,
    SetSilence,
    Snooze,
)
from routing.incident import Incident, IncidentState
from routing.notification import Notification
from routing.oncall.schedule import Override
from routing.policy import Silence
from routing.receipt import DeliveryStatus, Receipt
from routing.rehearsal import accept

VIA = "console"

STATUSES: Mapping[str, DeliveryStatus | None] = {
    "sent": DeliveryStatus.SENT,
    "failed": DeliveryStatus.FAILED_TEMPORARY,
    "refused": DeliveryStatus.FAILED_PERMANENT,
    "silent": None,
}


class Nothing(Exception):
    """What a step wants to act on is not there."""


class Providers:
    """What the channels of a story answer; those it does not speak of take everything."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def say(self, answers: Mapping[str, str]) -> None:
        """From now on these channels answer so."""
        self._said |= answers

    def answer(self, notification: Notification) -> Receipt | None:
        """What the channel of a notification answers to it."""
        word = self._said.get(notification.contact.channel, "sent")
        status = STATUSES[word]
        if status is None:
            return None
        return replace(accept(notification), status=status, detail="" if word == "sent" else word)


def events_of(step: Step, engine: Engine) -> Iterator[Event]:
    """The events that a step brings. Raises :class:`Nothing`."""
    does = step.does
    if step.reloaded is not None:
        yield PolicyChanged(step.reloaded)
    if does.silence is not None:
        yield SetSilence(_silence(does.silence, step.at))
    if does.unsilence is not None:
        yield ExpireSilence(does.unsilence)
    if does.alert is not None:
        yield AlertSeen(alert_of(does.alert, step.at))
    if does.resolve is not None:
        yield AlertSeen(replace(alert_of(does.resolve, step.at), ends_at=step.at))
    if does.stand_in is not None:
        yield SetOverride(_override(does.stand_in, step.at))
    for key, command in _COMMANDS.items():
        if (who := getattr(does, key)) is not None:
            of = _incident(engine, who).id
            yield command(incident_id=of, by=who.by, via=VIA, **_more(who, step.at))


def alert_of(labels: Mapping[str, str], at: datetime) -> Alert:
    """The alert with these labels; without a severity it is a warning."""
    word = labels.get("severity", "")
    severity = Severity(word) if word in set(Severity) else Severity.WARNING
    return Alert(labels=dict(labels), severity=severity, starts_at=at)


_COMMANDS: Mapping[str, Callable[..., Event]] = {
    "ack": Acknowledge,
    "close": Resolve,
    "unack": Reopen,
    "escalate": Escalate,
    "snooze": Snooze,
    "reassign": Reassign,
}


def _more(who: PersonModel, at: datetime) -> dict[str, Any]:
    """What a command says besides who does it."""
    if isinstance(who, SnoozeModel):
        return {"until": at + who.for_}
    if isinstance(who, HandoverModel):
        kind = "schedule" if who.to.schedule is not None else "user"
        return {"kind": kind, "name": who.to.schedule or who.to.user or ""}
    return {}


def _override(given: StandInModel, at: datetime) -> Override:
    return Override(
        user=given.user,
        starts_at=at,
        ends_at=at + given.for_,
        id="story",
        schedule=given.schedule,
        created_by="story",
    )


def _incident(engine: Engine, who: PersonModel) -> Incident:
    """The newest incident that is not over, with an alert that has these labels."""
    for incident in reversed(engine.incidents()):
        is_open = incident.state is not IncidentState.RESOLVED
        if is_open and any(who.of.items() <= a.labels.items() for a in incident.alerts.values()):
            return incident
    raise Nothing("there is no such incident that is not over")


def _silence(mute: MuteModel, at: datetime) -> Silence:
    lasts: timedelta = mute.for_
    return Silence(
        id=mute.id,
        matchers=tuple(mute.match),
        starts_at=at,
        ends_at=at + lasts,
        created_by="story",
    )
