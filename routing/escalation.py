"""Escalation: whom to tell next, level by level, until somebody takes the incident."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from routing import wording
from routing.condition import occasion
from routing.delivery import delivery_to, put, tell
from routing.directory import Addressee, Answer
from routing.group import SHORTEST, Group
from routing.incident import Delivery, Incident, IncidentState, Moment, NotifyReason
from routing.levels import Asked, ask
from routing.lifecycle import note
from routing.mute import names, quiet_until
from routing.policy import EscalationPolicy
from routing.rules import after, bring_forward, tell_by_rules
from routing.turn import Turn


class Step(NamedTuple):
    """A place on the way up: the level from 1, in the round from 0."""

    level: int
    round: int


def climb(policy: EscalationPolicy, at: Step) -> Step | None:
    """The step after `at`, or None at the end of the last round.

    >>> from datetime import timedelta
    >>> from routing.policy import Level
    >>> policy = EscalationPolicy(name="p", levels=(Level(targets=(), wait=timedelta(0)),) * 2)
    >>> climb(policy, Step(0, 0)), climb(policy, Step(2, 0))
    (Step(level=1, round=0), None)
    >>> climb(replace(policy, repeat=1), Step(2, 0))
    Step(level=1, round=1)
    """
    if at.level < len(policy.levels):
        return Step(at.level + 1, at.round)
    if policy.levels and at.round < policy.repeat:
        return Step(1, at.round + 1)
    return None


def escalate_due(turn: Turn, group: Group) -> bool:
    """Go up when the wait of the present level is over. False while it is not."""
    due = group.incident.escalate_at
    if due is None or due > turn.now:
        return False
    group.change(escalate_at=None)
    escalate(turn, group, NotifyReason.ESCALATED)
    return True


def escalate(turn: Turn, group: Group, reason: NotifyReason) -> bool:
    """Tell the next level at which somebody can be told. False when there is no such level.

    While every alert is silenced the escalation is held, and goes on when the silence ends.
    """
    policy = group.incident.escalation
    if policy is None or group.incident.state is not IncidentState.OPEN:
        return False
    if not turn.audible(group):
        hold(turn, group)
        return True
    group.change(escalate_at=None)
    is_missed = False
    step = climb(policy, Step(group.incident.level, group.incident.round))
    while step is not None:
        following = climb(policy, step)
        wait = max(policy.levels[step.level - 1].wait, SHORTEST)
        until = turn.now + wait if following else None
        group.change(level=step.level, round=step.round, escalate_at=until)
        asked = _ask(turn, group, policy, step)
        if asked is not None and _tell_level(turn, group, asked, step, reason):
            return True
        is_missed = is_missed or asked is not None
        if following is None or following.round != step.round:
            return is_missed and _tell_receiver(turn, group, step.level)
        step = following
    return False


def say_left(turn: Turn, incident: Incident, reason: str, why: str) -> None:
    """Say which levels are not told, since the escalation stops where it is."""
    levels = incident.escalation.levels if incident.escalation is not None else ()
    for number, level in enumerate(levels[incident.level :], incident.level + 1):
        names = ", ".join(f"{target.kind} {target.name}" for target in level.targets)
        turn.explain(incident, reason, f"{why}: level {number} ({names}) is not told.")


def pass_on(turn: Turn, group: Group, failed: Delivery) -> None:
    """A page could not be delivered: tell the next level at once, or the next contact.

    Nothing more is done when the incident has gone on to a higher level that somebody hears, nor
    when the contact lacks no page, but only the word that it is calm, comes and goes, or was taken.
    """
    incident = group.incident
    if incident.state is not IncidentState.OPEN or failed.is_released or not failed.lacks_page:
        return
    rest = (d for d in incident.deliveries if d.contact != failed.contact)
    others = [d for d in rest if d.is_told and not d.is_released]
    if failed.level < incident.level and any(d.level == incident.level for d in others):
        return
    if bring_forward(turn, group, failed.user):
        return
    if escalate(turn, group, NotifyReason.ESCALATED) or others or group.planned:
        return
    last_resort(turn, group)


def last_resort(turn: Turn, group: Group) -> None:
    """Tell the receivers of the route and of the root, else say that nobody is left."""
    incident = group.incident
    directory = turn.directory
    last = (incident.receiver, directory.policy.route.receiver)
    fallback = [person for name in last for person in directory.receiver(name).addressees]
    fresh = [p for p in fallback if delivery_to(incident, p.contact) is None]
    if fresh:
        tell(turn, group, fresh, NotifyReason.ESCALATED)
        return
    text = "Nobody is left who could be told."
    turn.explain(incident, "nobody_left", text)
    _note(turn, group, "nobody_left", text)


def reconsider(turn: Turn, group: Group) -> None:
    """It has become worse than when a condition left somebody out: tell whom it holds for now."""
    before, incident, policy = group.left_out, group.incident, group.incident.escalation
    if before is None or incident.severity.rank <= before.rank or policy is None:
        return
    if incident.state is not IncidentState.OPEN:
        return
    group.left_out = None
    for number, level in enumerate(policy.levels[: incident.level], start=1):
        if level.rotates and any(d.level == number for d in incident.deliveries):
            continue
        step = Step(number, 0)
        asked = _ask(turn, group, policy, step) or Asked(answer=Answer())
        people = asked.answer.addressees
        fresh = Answer(tuple(p for p in people if delivery_to(incident, p.contact) is None))
        if fresh.addressees:
            _tell_level(turn, group, Asked(answer=fresh), step, NotifyReason.ESCALATED)


def _ask(turn: Turn, group: Group, policy: EscalationPolicy, step: Step) -> Asked | None:
    """Whom the level asks now, None where a condition leaves it out."""
    key = f"{policy.name}/{step.level - policy.is_reassigned}"
    about = occasion(group.incident, turn.now)
    level = policy.levels[step.level - 1]
    asked = ask(turn.directory, level, about, turn.turns.get(key, 0))
    if level.rotates:
        turn.turns[key] = asked.turn
    turn.explain_problems(group.incident, asked.answer)
    if asked.left_out and group.left_out is None:
        group.left_out = group.incident.severity
    said = f"Level {step.level} is left out: " if asked.is_left_out else ""
    for text in asked.left_out:
        turn.explain(group.incident, "left_out", f"{said}{text}")
    if asked.is_left_out:
        _note(turn, group, "left_out", f"{said}{' '.join(asked.left_out)}".rstrip("."))
        return None
    return asked


def _tell_level(turn: Turn, group: Group, asked: Asked, step: Step, reason: NotifyReason) -> bool:
    people = [p for p in asked.answer.addressees if not _is_unreachable(group, p)]
    if not people:
        _say_nobody(turn, group, step, asked)
        return False
    told, fresh = _parted(group, people)
    _raise(group, told, step.level)
    unsaid = [p for p in told if p.contact not in turn.wished]
    again = [p for p in unsaid if step.round > 0 or _is_stale(group, p)]
    for those, why in ((again, NotifyReason.REPEAT), (fresh, reason)):
        tell_by_rules(turn, group, those, why, level=step.level)
    if reason is NotifyReason.ESCALATED:
        names = _named(group, people)
        _note(turn, group, "escalated", f"Escalated to level {step.level}: {names}")
    return True


def _tell_receiver(turn: Turn, group: Group, level: int) -> bool:
    """The last level stands for nobody: the route's receiver is told instead."""
    answer = turn.directory.receiver(group.incident.receiver)
    people = [p for p in answer.addressees if not _is_unreachable(group, p)]
    unsaid = [p for p in people if p.contact not in turn.wished]
    tell(turn, group, unsaid, NotifyReason.ESCALATED, level=level)
    return bool(people)


def _is_stale(group: Group, person: Addressee) -> bool:
    """Whether what a person was told last was said before the incident became theirs again."""
    incident, delivery = group.incident, delivery_to(group.incident, person.contact)
    if delivery is None or delivery.asked_at is None:
        return False
    given_at = incident.reassigned_at
    is_older = given_at is not None and delivery.asked_at < given_at
    return is_older or was_taken(incident, delivery)


def was_taken(incident: Incident, delivery: Delivery) -> bool:
    """Whether the last word to a contact was of before the incident was opened again."""
    since, said_at = incident.reopened_at, delivery.asked_at
    if since is None or said_at is None or said_at > since:
        return False
    return said_at < since or delivery.reason is NotifyReason.ACKNOWLEDGED


def _say_nobody(turn: Turn, group: Group, step: Step, asked: Asked) -> None:
    reason, what = "nobody_on_call", "is on call"
    if asked.answer.addressees:
        reason, what = "nobody_reachable", "can be reached"
    elif asked.left_out:
        reason, what = "left_out", "is to be told now, as conditions have it"
    text = f"Nobody of level {step.level} {what}; going on at once."
    turn.explain(group.incident, reason, text)
    _note(turn, group, reason, text)


def hold(turn: Turn, group: Group) -> None:
    """The escalation waits for the end of what mutes."""
    muted = turn.quiet(group)
    group.is_held = True
    group.silenced = names(muted)
    if turn.compat is None:  # which looks again at its own ticks, and at no other instant
        group.flush_by(quiet_until(muted))
    group.change(escalate_at=None)
    text = f"Escalation waits for the end of {', '.join(group.silenced)}."
    turn.explain(group.incident, "silenced", text)


def _parted(group: Group, people: Iterable[Addressee]) -> tuple[list[Addressee], list[Addressee]]:
    told: list[Addressee] = []
    fresh: list[Addressee] = []
    for person in people:
        delivery = delivery_to(group.incident, person.contact)
        is_told = delivery is not None and not delivery.is_given_up
        (told if is_told else fresh).append(person)
    return told, fresh


def _raise(group: Group, people: Iterable[Addressee], level: int) -> None:
    """Contacts told before belong to the present level from now on."""
    for person in people:
        delivery = delivery_to(group.incident, person.contact)
        if delivery is not None:
            user = person.user or delivery.user
            put(group, replace(delivery, level=level, user=user, is_released=False))


def _named(group: Group, people: Iterable[Addressee]) -> str:
    """Who is told now, else who is to be told by their own rules."""
    found = (delivery_to(group.incident, person.contact) for person in people)
    said = wording.listed(delivery for delivery in found if delivery is not None)
    return said or ", ".join(f"{p.user} {after(p.after)}" for p in people)


def _is_unreachable(group: Group, person: Addressee) -> bool:
    delivery = delivery_to(group.incident, person.contact)
    return delivery is not None and delivery.is_unreachable


def _note(turn: Turn, group: Group, kind: str, text: str) -> None:
    group.incident = note(group.incident, Moment(at=turn.now, kind=kind, text=text))
