"""Flushes: at each look at a group, who has to be told what; and the end of an incident."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from routing import wording
from routing.condition import occasion
from routing.delivery import tell
from routing.directory import Addressee, Answer
from routing.escalation import escalate, reconsider, say_left
from routing.group import Group, need_notify
from routing.incident import Delivery, Incident, IncidentState, Moment, NotifyReason
from routing.levels import ask
from routing.lifecycle import end, note
from routing.mute import Mute, Quiet, names, quiet_until
from routing.policy import Level, Target
from routing.receipt import DeliveryStatus
from routing.reopening import go_on
from routing.rules import drop, tell_by_rules, tell_held
from routing.turn import Turn, firing

KEPT_FOR = timedelta(hours=24)
"""How long a resolved incident waits for its last receipts before it is forgotten."""


def flush_due(turn: Turn, group: Group) -> None:
    """Look at the group if that is due."""
    if group.flush_at is not None and group.flush_at <= turn.now:
        group.flush_at = None
        flush(turn, group)


def flush(turn: Turn, group: Group) -> None:
    """Tell whoever has to be told; while every alert is silenced, nobody."""
    alerts = firing(group.incident)
    if not alerts:
        end_group(turn, group)
        return
    muted = turn.quiet(group)
    hear(turn, group, muted)
    group.flush_by(quiet_until(muted))
    if len(muted) == len(alerts):
        return
    if group.first_flush_at is None:
        _tell_first(turn, group)
    else:
        _tell_news(turn, group)
    if group.is_held:
        group.is_held = False
        go_on(turn, group)
    tell_held(turn, group)
    reconsider(turn, group)


def end_group(turn: Turn, group: Group) -> None:
    """Every alert has ended: resolve, without a word where nobody was paged."""
    if group.first_flush_at is None:
        is_silenced = bool(group.silenced)
        reason = "over_while_silenced" if is_silenced else "over_before_group_wait"
        when = "while it was silenced" if is_silenced else "before group_wait was over"
        turn.explain(group.incident, reason, f"Everything ended {when}: nobody is paged.")
    finish(turn, group, end(group.incident, turn.now))


def finish(turn: Turn, group: Group, resolved: Incident) -> None:
    """The incident is resolved: all who were told are told, silenced or not, and timers stop."""
    if group.incident.state is IncidentState.OPEN and group.first_flush_at is not None:
        say_left(turn, group.incident, "over", "It is over")
    group.incident = resolved
    group.flush_at = None
    group.is_held = False
    drop(group)
    group.forget_at = turn.now + KEPT_FOR
    _tell_owed(turn, group, frozenset())


def after_alert(turn: Turn, group: Group, *, is_new: bool) -> None:
    """What an alert's arrival or change asks of the group."""
    if turn.compat is None and is_new:
        group.join(turn.now)


def after_end(turn: Turn, group: Group) -> None:
    """What the end of the last alert that fired asks of the group."""
    if turn.compat is None and _may_end_now(group):
        end_group(turn, group)


def _may_end_now(group: Group) -> bool:
    """Before its first flush a group waits, so that an alert that comes back is one incident."""
    return group.first_flush_at is not None or bool(group.silenced)


def _tell_first(turn: Turn, group: Group) -> None:
    group.first_flush_at = turn.now
    answer = _addressed(turn, group.incident)
    turn.explain_problems(group.incident, answer)
    tell_by_rules(turn, group, answer.addressees, NotifyReason.FIRST, level=0)
    escalate(turn, group, NotifyReason.FIRST)
    if group.incident.deliveries or group.planned:
        return
    root = turn.directory.receiver(turn.directory.policy.route.receiver).addressees
    tell(turn, group, root, NotifyReason.FIRST, level=0)
    if not root:
        text = "Nobody is there who could be told."
        turn.explain(group.incident, "nobody_left", text)
        moment = Moment(at=turn.now, kind="nobody_left", text=text)
        group.incident = note(group.incident, moment)


def _addressed(turn: Turn, incident: Incident) -> Answer:
    """The receiver of the route, and of a digest the person, by their own rules."""
    if not incident.digest_for:
        return turn.directory.receiver(incident.receiver)
    person = Target(kind="user", name=incident.digest_for)
    level = Level(targets=(person,), wait=timedelta(0))
    asked = ask(turn.directory, level, occasion(incident, turn.now))
    for text in asked.left_out:
        turn.explain(incident, "left_out", text)
    return asked.answer


def _tell_news(turn: Turn, group: Group) -> None:
    _tell_owed(turn, group, turn.audible(group))
    if group.incident.state is IncidentState.OPEN:
        _tell_freed(turn, group)


def _tell_freed(turn: Turn, group: Group) -> None:
    """What a budget held and may hold no more, since the incident has become critical."""
    incident = group.incident
    freed = [d for d in incident.deliveries if turn.pages.frees(incident, d, turn.now)]
    for delivery in freed:
        tell(turn, group, [Addressee(delivery.contact, delivery.user)], delivery.reason)


def _tell_owed(turn: Turn, group: Group, audible: frozenset[str]) -> None:
    """Each contact that is owed a message gets one, for its own reason."""
    for delivery in group.incident.deliveries:
        reason = need_notify(
            delivery,
            audible=audible,
            state=group.incident.state,
            now=turn.now,
            repeat_interval=group.route.repeat_interval,
        )
        if reason is not None:
            tell(turn, group, [Addressee(delivery.contact)], reason)


def tell_acknowledged(turn: Turn, group: Group) -> None:
    """Somebody has taken it: all who were told, and have not given it away, are told so."""
    told = [d for d in group.incident.deliveries if d.is_told and not d.is_released]
    tell(turn, group, [Addressee(d.contact) for d in told], NotifyReason.ACKNOWLEDGED)
    say_left(turn, group.incident, "taken", f"{group.incident.acknowledged_by} has taken it")
    group.is_held = False
    drop(group)


def hear(turn: Turn, group: Group, muted: Quiet) -> None:
    """Note what mutes, when that has changed."""
    found = names(muted)
    if found == group.silenced:
        return
    group.silenced = found
    say_muted(turn, group.incident, muted)
    text = f"Silenced by {', '.join(found)}" if found else "No longer silenced"
    kind = "silenced" if found else "unsilenced"
    group.incident = note(group.incident, Moment(at=turn.now, kind=kind, text=text))


def say_muted(turn: Turn, incident: Incident, muted: Quiet) -> None:
    """Say of each muted alert what mutes it."""
    for fingerprint, mutes in muted.items():
        for reason, text in _said(mutes):
            turn.explain(incident, reason, text, fingerprint)


def _said(mutes: Iterable[Mute]) -> Iterator[tuple[str, str]]:
    """The reasons why an alert is muted, and the sentences for them."""
    silenced = [mute.name for mute in mutes if not mute.because]
    if silenced:
        yield "silenced", f"Silenced by {', '.join(silenced)}."
    for mute in mutes:
        if mute.because:
            yield mute.reason, f"Muted by {mute.name}, while there is {mute.because}."


def say_unsaid(turn: Turn, group: Group) -> None:
    """The incident is forgotten now: say which ends nobody took in all that time."""
    if group.forget_at is None or group.forget_at > turn.now:
        return
    for delivery in group.incident.deliveries:
        if delivery.reason is NotifyReason.RESOLVED and not delivery.is_ended:
            hours = KEPT_FOR.total_seconds() / 3600
            text = f"{wording.listed([delivery])} took no all-clear in {hours:g} hours."
            turn.explain(group.incident, "never_told", text)


def say_never_told(turn: Turn, group: Group, failed: Delivery) -> None:
    """An end was refused for good; what failed for the moment is tried again until it is taken."""
    if failed.status is DeliveryStatus.FAILED_PERMANENT:
        why = f": {failed.detail}" if failed.detail else ""
        text = f"{wording.listed([failed])} took no all-clear{why}."
        turn.explain(group.incident, "never_told", text, contact=failed.contact)


def is_finished(group: Group, turn: Turn) -> bool:
    """Whether a resolved incident can be forgotten: nothing is on its way, or it was long ago."""
    if group.incident.state is not IncidentState.RESOLVED:
        return False
    if group.forget_at is not None and group.forget_at <= turn.now:
        return True
    if group.flush_at is not None:
        return False
    deliveries = group.incident.deliveries
    return all(d.is_ended for d in deliveries if d.reason is NotifyReason.RESOLVED)
