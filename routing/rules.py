"""Rules of people for themselves: push at once, mail in five minutes, at night the critical only.

What a rule says later is planned when its level is told, and dropped when somebody takes the
incident. Where a page of a person fails, what was planned for them comes at once.
"""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from routing import wording
from routing.condition import occasion, why_not
from routing.delivery import delivery_to, tell
from routing.directory import Addressee
from routing.group import Group
from routing.incident import IncidentState, NotifyReason
from routing.mute import names, quiet_until
from routing.planned import Planned
from routing.turn import Turn


def tell_by_rules(
    turn: Turn, group: Group, people: Iterable[Addressee], reason: NotifyReason, *, level: int
) -> None:
    """Tell each of these now, or plan it where their own rule says later."""
    people = list(people)
    tell(turn, group, [p for p in people if not p.after], reason, level=level)
    plan(turn, group, [p for p in people if p.after], reason, level=level)


def plan(
    turn: Turn, group: Group, people: Iterable[Addressee], reason: NotifyReason, *, level: int
) -> None:
    """Plan to tell each of these when their own rule says; what is planned already stays."""
    known = {one.contact for one in group.planned}
    for person in people:
        if person.contact in known:
            continue
        later = Planned(
            contact=person.contact,
            user=person.user,
            level=level,
            reason=reason,
            at=turn.now + person.after,
            only_if=person.only_if,
        )
        group.planned += (later,)
        turn.explain(group.incident, "planned", _promise(person), contact=person.contact)


def tell_planned(turn: Turn, group: Group) -> bool:
    """Tell whom the rules name by now; while all is muted they wait. False where none is due."""
    due = [one for one in group.planned if one.at is not None and one.at <= turn.now]
    if not due:
        return False
    if group.incident.state is not IncidentState.OPEN:
        drop(group)
    elif turn.audible(group):
        _tell(turn, group, due)
    else:
        _hold(turn, group, due)
    return True


def tell_held(turn: Turn, group: Group) -> None:
    """What a mute held back is told now that it is over."""
    _tell(turn, group, [one for one in group.planned if one.at is None])


def bring_forward(turn: Turn, group: Group, user: str) -> bool:
    """Tell a person by their next contacts now. False where none is planned, or may be used."""
    theirs = [one for one in group.planned if one.user == user] if user else []
    return _tell(turn, group, theirs)


def drop(group: Group) -> None:
    """Nothing of what was planned is told."""
    group.planned = ()


def _hold(turn: Turn, group: Group, due: list[Planned]) -> None:
    waiting = {one.contact for one in due}
    held = (replace(one, at=None) if one.contact in waiting else one for one in group.planned)
    group.planned = tuple(held)
    muted = turn.quiet(group)
    group.silenced = names(muted)
    if turn.compat is None:  # which looks again at its own ticks, and at no other instant
        group.flush_by(quiet_until(muted))


def _tell(turn: Turn, group: Group, due: list[Planned]) -> bool:
    contacts = {one.contact for one in due}
    group.planned = tuple(one for one in group.planned if one.contact not in contacts)
    about = occasion(group.incident, turn.now)
    is_told = False
    for one in due:
        why = why_not(one.only_if, about, turn.directory.interval)
        known = delivery_to(group.incident, one.contact)
        if why:
            via = wording.channel(one.contact.channel)
            text = f"{one.user} is not told by {via}: {why}."
            turn.explain(group.incident, "left_out", text, contact=one.contact)
            group.left_out = group.left_out or group.incident.severity
        elif one.contact not in turn.wished and not (known and known.is_unreachable):
            who = Addressee(one.contact, one.user)
            tell(turn, group, [who], one.reason, level=one.level)
            is_told = True
    return is_told


def _promise(person: Addressee) -> str:
    via = wording.channel(person.contact.channel)
    return f"{via} for {person.user} follows {after(person.after)}, unless somebody takes it."


def after(wait: timedelta) -> str:
    """How long after, in a sentence.

    >>> after(timedelta(minutes=5)), after(timedelta(seconds=90))
    ('in 5 min', 'in 90 s')
    """
    seconds = wait.total_seconds()
    return f"in {seconds:g} s" if seconds % 60 else f"in {seconds / 60:g} min"
