"""Calming: what the engine does about alerts that flap, and says."""

from datetime import datetime

from routing.alert import Alert
from routing.board import Board
from routing.delivery import tell
from routing.directory import Addressee
from routing.flapping import Flap
from routing.group import Group
from routing.incident import Incident, Moment, NotifyReason
from routing.lifecycle import note
from routing.turn import Turn
from routing.wording import counted, lasting, sentence


def holds(board: Board, fp: str, alert: Alert, now: datetime) -> bool:
    """Note the newest form of an alert. Whether it has ended, and that is held back."""
    was_firing = board.groups.is_held(fp)
    flap = board.flaps.note(fp, alert, now, was_firing=was_firing)
    return flap is not None and flap.end is not None


def tell_of(board: Board, fp: str, now: datetime) -> None:
    """Say in the incidents of an alert that it flaps, where that was not said."""
    flap = board.flaps.flapping(fp)
    if flap is None:
        return
    for group in board.groups.holding(fp):
        if fp not in group.incident.flapping:
            board.step(now, group, lambda turn, group: _begin(turn, group, fp))


def settle(board: Board, now: datetime, fp: str, flap: Flap) -> None:
    """Say in the incidents of an alert that it is calm, before its end is told."""
    for group in board.groups.holding(fp):
        board.step(now, group, lambda turn, group: _calm(turn, group, fp, flap))


def _begin(turn: Turn, group: Group, fp: str) -> None:
    plan = turn.directory.policy.flapping
    incident = group.incident
    if plan is None:
        return
    text = (
        f"{sentence(incident.alerts[fp])} comes and goes; no end is told before it has been calm "
        f"for {lasting(plan.calm)}"
    )
    _note(turn, group, "flapping", text, fp)
    group.change(flapping=(*incident.flapping, fp))
    if not incident.flapping:
        _tell(turn, group, NotifyReason.FLAPPING)


def _calm(turn: Turn, group: Group, fp: str, flap: Flap) -> None:
    if fp not in group.incident.flapping:
        return
    _note(turn, group, "calm", price(group.incident.alerts[fp], flap, turn.now), fp)
    left = tuple(one for one in group.incident.flapping if one != fp)
    group.change(flapping=left)
    if not left and _goes_on(group.incident, fp, flap):
        _tell(turn, group, NotifyReason.CALM)


def price(alert: Alert, flap: Flap, now: datetime) -> str:
    """What it cost, and what it saved, that ends were held back."""
    span = (flap.since or now, flap.changed_at)
    held = flap.returns + (flap.end is not None)
    text = (
        f"{sentence(alert)} is calm: {counted(flap.count, 'change')} in "
        f"{lasting(span[1] - span[0])}; {counted(flap.returns, 'page')} and "
        f"{counted(held, 'all-clear')} were held back"
    )
    if flap.end is None:
        return f"{text}; it is still firing"
    return f"{text}, and its end is told {lasting(now - flap.changed_at)} later"


def _goes_on(incident: Incident, fp: str, flap: Flap) -> bool:
    """Whether something fires still when the alert's end is told."""
    return flap.end is None or any(
        alert.is_firing for other, alert in incident.alerts.items() if other != fp
    )


def _tell(turn: Turn, group: Group, reason: NotifyReason) -> None:
    """Tell whoever was told of the incident and still has it, unless it is muted."""
    if group.first_flush_at is not None and turn.audible(group):
        told = [d for d in group.incident.deliveries if d.is_told and not d.is_released]
        tell(turn, group, [Addressee(d.contact) for d in told], reason)


def _note(turn: Turn, group: Group, kind: str, text: str, fp: str) -> None:
    turn.explain(group.incident, kind, f"{text}.", fp)
    group.incident = note(group.incident, Moment(at=turn.now, kind=kind, text=text))
