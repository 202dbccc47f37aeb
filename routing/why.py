"""Why somebody was told of an incident, or was not: an answer for each person and receiver.

It is made of what the engine left behind: the incident as it was published last, the decisions
about it, and the policy. It decides nothing anew and reads no clock, so that the same log gives
the same answer at any time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from routing import wording
from routing.effect import Explain
from routing.incident import Delivery, Incident, IncidentState
from routing.oncall.shifts import on_call
from routing.policy import Contact, Policy, Receiver, Target, User
from routing.receipt import DeliveryStatus
from routing.unrouted import not_routed

_MUTES = ("silenced", "inhibited")


class Answer(Struct, frozen=True, kw_only=True):
    """Whether one person or receiver was told, why, and the decisions about it, in order.

    `is_meant`: the incident's receiver or escalation policy names them.
    """

    kind: str
    name: str
    is_told: bool
    is_meant: bool
    text: str
    decisions: tuple[Explain, ...] = ()


class Account(Struct, frozen=True, kw_only=True):
    """All answers about one incident, and the decisions about it that concern everybody."""

    incident_id: str
    title: str
    state: str
    answers: tuple[Answer, ...]
    decisions: tuple[Explain, ...]


def why(policy: Policy, incident: Incident, decisions: Sequence[Explain]) -> Account:
    """The account of an incident; `decisions` are those about it and its alerts, in order."""
    inquiry = _Inquiry(policy, incident, decisions)
    return Account(
        incident_id=incident.id,
        title=incident.title,
        state=incident.state.value,
        answers=tuple(inquiry.answers()),
        decisions=tuple(one for one in decisions if one.contact is None),
    )


class _Inquiry:
    def __init__(self, policy: Policy, incident: Incident, decisions: Sequence[Explain]) -> None:
        self._policy = policy
        self._incident = incident
        self._decisions = decisions

    def answers(self) -> Iterator[Answer]:
        """First those who were told, then the others, each as the policy has them."""
        everybody = [
            *(self._receiver(one) for one in self._policy.receivers),
            *(self._user(one) for one in self._policy.users),
        ]
        yield from sorted(everybody, key=lambda answer: not answer.is_told)

    def _receiver(self, one: Receiver) -> Answer:
        told = [d for d in self._incident.deliveries if d.contact in one.contacts and not d.user]
        if one.name != self._incident.receiver and not self._levels("receiver", one.name):
            told = []
        text = _went_with(told) if told else self._untold_receiver(one)
        return self._answer("receiver", one.name, told, text)

    def _user(self, one: User) -> Answer:
        told = [d for d in self._incident.deliveries if d.user == one.name]
        text = _went_with(told) or self._planned(one) or self._untold_user(one)
        return self._answer("user", one.name, told, text, one.contacts)

    def _planned(self, one: User) -> str:
        """What a person's own rule promised, or left out, where nothing has come of it."""
        said = [d for d in self._decisions if d.contact in one.contacts]
        if not said or said[-1].reason not in {"planned", "left_out"}:
            return ""
        stopped = self._incident.state is not IncidentState.OPEN
        return _clause(said[-1].text) + (f"; {self._stopped(0)}" if stopped else "")

    def _answer(
        self,
        kind: str,
        name: str,
        told: Sequence[Delivery],
        text: str,
        own: Sequence[Contact] = (),
    ) -> Answer:
        contacts = {*(delivery.contact for delivery in told), *own}
        return Answer(
            kind=kind,
            name=name,
            is_told=any(delivery.is_told for delivery in told),
            is_meant=bool(told) or self._is_meant(kind, name),
            text=text,
            decisions=tuple(one for one in self._decisions if one.contact in contacts),
        )

    def _is_meant(self, kind: str, name: str) -> bool:
        if (kind, name) == ("receiver", self._incident.receiver) or self._levels(kind, name):
            return True
        schedules = [target.name for _, target in self._targets() if target.kind == "schedule"]
        return kind == "user" and any(name in self._rota(one) for one in schedules)

    def _untold_receiver(self, one: Receiver) -> str:
        if one.name == self._incident.receiver:
            return self._stopped(0)
        if levels := self._levels("receiver", one.name):
            return self._stopped(levels[0], one.name)
        return not_routed(self._policy, self._incident, one.name)

    def _untold_user(self, one: User) -> str:
        plan = self._incident.escalation
        if plan is None:
            return "the route has no escalation policy: people are not paged"
        if levels := self._levels("user", one.name):
            return self._stopped(levels[0], one.name)
        for number, target in self._targets():
            if target.kind == "schedule" and one.name in self._rota(target.name):
                return self._off_duty(number, target.name, one.name)
        return f"no level of the escalation policy {plan.name} names {one.name}"

    def _off_duty(self, number: int, schedule: str, name: str) -> str:
        at = self._reached_at(number)
        if at is None:
            return self._stopped(number)
        found = next(one for one in self._policy.schedules if one.name == schedule)
        user = on_call(found, at)
        if user == name:
            return self._stopped(number, name)
        who = f"{user} was" if user else "nobody was"
        return f"{who} on call in {schedule} when level {number} was reached"

    def _rota(self, name: str) -> set[str]:
        found = next((one for one in self._policy.schedules if one.name == name), None)
        if found is None:
            return set()
        turns = (user for layer in found.layers for user in layer.users)
        shifts = (shift.user for layer in found.layers for shift in layer.shifts)
        return {*turns, *shifts, *(override.user for override in found.overrides)}

    def _targets(self) -> Iterator[tuple[int, Target]]:
        plan = self._incident.escalation
        for number, level in enumerate(plan.levels if plan else (), 1):
            for target in level.targets:
                yield number, target

    def _levels(self, kind: str, name: str) -> list[int]:
        return [n for n, target in self._targets() if (target.kind, target.name) == (kind, name)]

    def _reached_at(self, number: int) -> datetime | None:
        """When the level was told, as far as its people were; None before that."""
        if self._incident.level < number:
            return None
        asked = (d.asked_at for d in self._incident.deliveries if d.level >= number)
        return min((at for at in asked if at is not None), default=self._incident.opened_at)

    def _stopped(self, number: int, name: str = "") -> str:
        """Why a level (0 is the receiver) was not told, in the order in which things decide."""
        incident = self._incident
        before = f"before level {number} was due" if number else "before anybody was told"
        if 0 < number <= incident.level:
            return (
                self._left_out(number, name)
                or self._last("nobody_reachable", "nobody_on_call")
                or f"level {number} was reached, and others were told for it"
            )
        if said := self._last("over_before_group_wait", "over_while_silenced"):
            return said
        if incident.state is IncidentState.RESOLVED:
            by = f" by {incident.resolved_by}" if incident.resolved_by else ""
            at = wording.instant(incident.resolved_at or incident.opened_at)
            return f"it was over{by} at {at}, {before}"
        if incident.state is IncidentState.ACKNOWLEDGED:
            at = wording.instant(incident.acknowledged_at or incident.opened_at)
            return f"{incident.acknowledged_by} took it at {at}, {before}"
        return self._open(number)

    def _open(self, number: int) -> str:
        incident = self._incident
        if mute := _muted(incident):
            return self._last(*_MUTES) or mute
        if not incident.deliveries:
            return self._last("opened") or "group_wait is not over"
        if number and incident.escalate_at is not None:
            at = wording.instant(incident.escalate_at)
            return f"level {number} comes after level {incident.level}, which has until {at}"
        return (
            self._held()
            or self._last("nobody_left")
            or "the escalation has come to its end without them"
        )

    def _held(self) -> str:
        """What the escalation waits for, if that was the last that was said of it."""
        said = (one for one in reversed(self._decisions) if one.reason in {"silenced", "escalated"})
        last = next(said, None)
        return _clause(last.text) if last is not None and last.reason == "silenced" else ""

    def _left_out(self, number: int, name: str) -> str:
        """The newest condition that left this level, or this name, out."""
        said = (one.text for one in reversed(self._decisions) if one.reason == "left_out")
        of_level, of_name = f"Level {number} is left out", f"{name} is not told"
        return next((_clause(t) for t in said if t.startswith((of_level, of_name))), "")

    def _last(self, *reasons: str) -> str:
        """What the newest decision with one of these reasons says, empty where there is none."""
        found = (one.text for one in reversed(self._decisions) if one.reason in reasons)
        return next((_clause(text) for text in found), "")


def _went_with(told: Sequence[Delivery]) -> str:
    """How it went with those who were to be told, empty where there are none."""
    return "; ".join(_went(delivery) for delivery in told)


def _went(delivery: Delivery) -> str:
    via = f"{wording.channel(delivery.contact.channel)} {delivery.contact.address}"
    message = wording.MESSAGES[delivery.reason]
    if delivery.is_held:
        held = f"waits for a digest: {delivery.user} has had the pages of the budget"
        if delivery.sent_at is None:
            return f"{via} {held}"
        at = wording.instant(delivery.sent_at)
        return f"{via} took an earlier message at {at}; {message} {held}"
    if delivery.sent_at is not None:
        at = wording.instant(delivery.sent_at)
        if delivery.status is not DeliveryStatus.SENT:
            return f"{via} took an earlier message at {at}; {message} is {delivery.status.value}"
        return f"{via} took {message} at {at}, message {delivery.sequence + 1}"
    if not delivery.is_told:
        return f"{via} did not take {message}: {delivery.detail or delivery.status.value}"
    asked = f" at {wording.instant(delivery.asked_at)}" if delivery.asked_at else ""
    return f"{message} was handed to {via}{asked}, and no receipt came yet"


def _muted(incident: Incident) -> str:
    """What mutes it by its timeline, empty where nothing does."""
    said = [moment for moment in incident.timeline if moment.kind in {"silenced", "unsilenced"}]
    is_muted = bool(said) and said[-1].kind == "silenced"
    return _clause(said[-1].text) if is_muted else ""


def _clause(text: str) -> str:
    """A sentence as the rest of another one; names keep their capitals."""
    if text.startswith(tuple(wording.CHANNELS.values())):
        return text.rstrip(".")
    return text[:1].lower() + text[1:].rstrip(".")


def about(
    decisions: Sequence[Explain], incident: Incident, fingerprint: str = ""
) -> tuple[Explain, ...]:
    """The decisions about an incident, or about one of its alerts where that is said."""
    return tuple(one for one in decisions if _is_about(one, incident, fingerprint))


def _is_about(one: Explain, incident: Incident, fingerprint: str) -> bool:
    if one.incident_id != incident.id:
        return False
    return not (fingerprint and one.fingerprint) or one.fingerprint == fingerprint
