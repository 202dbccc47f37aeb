"""Alertmanager's timing, for policies that say `compat: alertmanager`.

A group looks at its alerts at ticks only: the first after `group_wait`, or at once where an alert
is older than that, then every `group_interval`, whatever was said. At a tick the alerts that are
muted are left out, ended ones too, and each contact is told if the rest differs from what the log
says it was told last, or that was longer ago than `repeat_interval`. Ended alerts leave the group
when a tick went well. Its faults are kept: an end under a mute is told to nobody.

Reference: Alertmanager 0.25, `dispatch` and `notify`.
"""

from collections.abc import Set
from datetime import datetime, timedelta
from itertools import takewhile

from msgspec.structs import replace

from routing.delivery import delivery_to, put, tell
from routing.directory import Addressee
from routing.escalation import escalate
from routing.flush import KEPT_FOR, hear
from routing.group import SHORTEST, Group
from routing.incident import Delivery, IncidentState, NotifyReason
from routing.lifecycle import end
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from routing.rules import tell_held
from routing.told import Compat, Ticking, Told
from routing.turn import Turn, firing

REMEMBERED = timedelta(hours=120)
LINGERS = timedelta(seconds=30)  # so often a cleaner looks for empty groups


def need(
    told: Told | None,
    *,
    firing: Set[str],
    ended: Set[str],
    now: datetime,
    repeat_interval: timedelta,
) -> NotifyReason | None:
    """Why a contact has to be told now that these alerts fire and those ended, or None."""
    if told is None:
        return NotifyReason.FIRST if firing else None
    if not firing <= set(told.firing):
        return NotifyReason.NEW_ALERTS if told.firing else NotifyReason.FIRST
    if not firing:
        return NotifyReason.RESOLVED if told.firing else None
    if not ended <= set(told.ended):
        return NotifyReason.NEW_ALERTS
    return NotifyReason.REPEAT if told.at < now - repeat_interval else None


def begin(group: Group, compat: Compat, now: datetime) -> None:
    """A group opens: at once, after group_wait, or in step with an empty one of before."""
    group.is_ghost = True
    before = compat.empty.pop(group.incident.group_key, None)
    if before is not None and now < before.until:
        interval = _interval(group)
        late = max(0, -((before.tick - now) // interval))
        group.flush_at = before.tick + late * interval
        group.first_flush_at = group.flush_at - interval
    else:
        (alert,) = group.incident.alerts.values()
        join(group, alert.starts_at, now)


def join(group: Group, starts_at: datetime, now: datetime) -> None:
    """An alert came in: an old one does not wait for the first tick, others wait for theirs."""
    if group.first_flush_at is None and starts_at + group.route.group_wait < now:
        group.flush_by(now)


def is_ghost(turn: Turn, group: Group) -> bool:
    """Whether nothing has fired in the group yet: ended alerts alone open one, which only ticks."""
    if turn.compat is None or not group.is_ghost:
        return False
    group.is_ghost = not firing(group.incident)
    return group.is_ghost


def reload(group: Group, now: datetime) -> None:
    """Another policy is in force: the group begins anew, and the log keeps it from saying more."""
    if group.incident.state is not IncidentState.RESOLVED:
        group.first_flush_at = None
        group.flush_at = now + group.route.group_wait
        for alert in group.incident.alerts.values():
            join(group, alert.starts_at, now)


def flush_due(turn: Turn, group: Group) -> None:
    """Look at the group if that is due; where it is still busy with the last tick, afterwards."""
    if group.flush_at is None or group.flush_at > turn.now:
        return
    if _is_busy(group):
        group.flush_at = None
        return
    group.first_flush_at = group.first_flush_at or turn.now
    group.flushed_at = turn.now
    group.flush_at = turn.now + _interval(group)
    _flush(turn, group)


def noted(turn: Turn, group: Group, contact: Contact) -> None:
    """A receipt came: note what the contact was told, and what follows when all are done."""
    delivery = delivery_to(group.incident, contact)
    if delivery is not None and delivery.status is DeliveryStatus.SENT:
        _write(turn, group, contact, Told(delivery.firing, delivery.ended, turn.now))
    if _is_busy(group):
        return
    if all(d.status is DeliveryStatus.SENT for d in _of_this_tick(group)):
        _succeed(turn, group)
    if group.flush_at is None and group.forget_at is None:
        group.flush_by(turn.now)


def forget_old(compat: Compat, now: datetime) -> None:
    """Drop what is too old to matter."""
    log, empty = compat.log, compat.empty
    for key in list(takewhile(lambda key: _newest(log[key]) < now - REMEMBERED, log)):
        del log[key]
    for key in list(takewhile(lambda key: empty[key].until < now, empty)):
        del empty[key]


def _flush(turn: Turn, group: Group) -> None:
    alerts = group.incident.alerts
    muted = turn.muted(group, alerts)
    hear(turn, group, {fp: mutes for fp, mutes in muted.items() if alerts[fp].is_firing})
    rest = [(fp, alert.is_firing) for fp, alert in alerts.items() if fp not in muted]
    group.flushed = {fp: a.ends_at for fp, a in alerts.items() if a.ends_at is not None}
    if not firing(group.incident):
        group.incident = end(group.incident, turn.now)
        _linger(turn, group)
    is_told = bool(rest) and _tell(
        turn, group, {fp for fp, is_on in rest if is_on}, {fp for fp, is_on in rest if not is_on}
    )
    if not is_told:
        _succeed(turn, group)


def _tell(turn: Turn, group: Group, firing: Set[str], ended: Set[str]) -> bool:
    """Tell whoever has to be told; whether anybody had."""
    answer = turn.directory.receiver(group.incident.receiver)
    unresolved = turn.directory.unresolved(group.incident.receiver)
    log = turn.compat.log.get(group.incident.group_key, {}) if turn.compat else {}
    is_told = False
    for addressee in answer.addressees:
        tells_ends = addressee.contact not in unresolved
        reason = need(
            log.get(_key(addressee.contact)),
            firing=firing,
            ended=ended if tells_ends else frozenset(),
            now=turn.now,
            repeat_interval=group.route.repeat_interval,
        )
        if reason is NotifyReason.RESOLVED and not tells_ends:
            _write(turn, group, addressee.contact, Told((), (), turn.now))
        elif reason is not None:
            is_told = True
            _send(turn, group, addressee, reason, (firing, ended if tells_ends else frozenset()))
    if firing:
        _page(turn, group)
    return is_told


def _page(turn: Turn, group: Group) -> None:
    """People are paged at the first tick, and what a mute held back at the first one after it."""
    is_held, group.is_held = group.is_held, False
    if group.incident.level == 0 and group.incident.escalate_at is None:
        escalate(turn, group, NotifyReason.FIRST)
    elif is_held:
        escalate(turn, group, NotifyReason.ESCALATED)
    tell_held(turn, group)


def _send(
    turn: Turn,
    group: Group,
    addressee: Addressee,
    reason: NotifyReason,
    alerts: tuple[Set[str], Set[str]],
) -> None:
    tell(turn, group, [addressee], reason)
    delivery = delivery_to(group.incident, addressee.contact)
    if delivery is not None:
        firing, ended = (tuple(sorted(one)) for one in alerts)
        put(group, replace(delivery, firing=firing, ended=ended))


def _write(turn: Turn, group: Group, contact: Contact, told: Told) -> None:
    if turn.compat is None:
        return
    forget_old(turn.compat, turn.now)
    log = turn.compat.log
    entries = log.pop(group.incident.group_key, {})
    entries[_key(contact)] = told
    log[group.incident.group_key] = entries


def _succeed(turn: Turn, group: Group) -> None:
    """A tick went well: alerts that had ended by then leave, and an empty group ends."""
    alerts = group.incident.alerts
    gone = {fp for fp, ends_at in group.flushed.items() if alerts[fp].ends_at == ends_at}
    group.flushed = {}
    if len(gone) < len(alerts):
        if gone:
            group.change(alerts={fp: alert for fp, alert in alerts.items() if fp not in gone})
        return
    _linger(turn, group)
    group.flush_at = None
    group.forget_at = turn.now + KEPT_FOR


def _linger(turn: Turn, group: Group) -> None:
    """An alert that fires again soon waits for the tick that this group would have next."""
    if turn.compat is not None and group.flush_at is not None:
        key = group.incident.group_key
        turn.compat.empty.pop(key, None)
        turn.compat.empty[key] = Ticking(group.flush_at, turn.now + LINGERS)


def _of_this_tick(group: Group) -> list[Delivery]:
    since = group.flushed_at
    deliveries = group.incident.deliveries
    return [d for d in deliveries if since is None or (d.asked_at and d.asked_at >= since)]


def _is_busy(group: Group) -> bool:
    return any(not delivery.is_ended for delivery in group.incident.deliveries)


def _interval(group: Group) -> timedelta:
    return max(group.route.group_interval, SHORTEST)


def _newest(entries: dict[str, Told]) -> datetime:
    return max(told.at for told in entries.values())


def _key(contact: Contact) -> str:
    return f"{contact.channel} {contact.address}"
