"""Gathering: what the page budget holds back becomes one incident for each person, the digest.

A digest is an incident of its own, with one alert for each incident that is held for the person. It
is told when the budget allows another page, or `digest_after` after the first that was held,
whichever is earlier, then at most every `digest_after`. An alert of it ends when its incident is
taken, over or given to others, or when the person was told of it directly; the digest is resolved
when all have ended. So its retries, its reminders and its end are those of any incident. It is not
silenced.
"""

from datetime import datetime

from msgspec.structs import replace

from routing.alert import Alert
from routing.board import Board
from routing.group import Group, group_key
from routing.incident import Incident, IncidentState
from routing.intake import Place, new_group, put_alert
from routing.policy import Route
from routing.turn import Turn


def gather_all(board: Board, now: datetime) -> None:
    """Bring the digests in line with the incidents that changed."""
    while board.changed:
        _gather(board, *board.changed.pop(0), now)


def _gather(board: Board, incident: Incident, before: Incident | None, now: datetime) -> None:
    if before is None and not incident.deliveries:
        return
    is_same = before is not None and before.state is incident.state
    if before is not None and is_same and before.deliveries is incident.deliveries:
        return
    waited = _waiting(before) if before is not None else frozenset()
    waiting = _waiting(incident)
    for user in sorted(waiting - waited):
        _put(board, user, incident, now)
    for user in sorted(waited - waiting):
        _end(board, user, incident, now)


def _waiting(incident: Incident) -> frozenset[str]:
    if incident.state is not IncidentState.OPEN:
        return frozenset()
    held = (one for one in incident.deliveries if one.is_held and not one.is_released)
    return frozenset(one.user for one in held)


def _put(board: Board, user: str, incident: Incident, now: datetime) -> None:
    route = _route(board, user)
    key = group_key(route, {"user": user})
    fp, alert = _name(incident), _alert(user, incident, now)
    group = board.groups.open(key)
    if group is not None:
        board.step(now, group, lambda turn, group: put_alert(turn, group, fp, alert))
        return
    place = Place(route, {"user": user})
    group, _ = new_group(key, place, fp, alert, board.directory, board.state.sequence, now)
    board.state.sequence += 1
    group.change(digest_for=user)
    group.flush_by(max(now, board.pages.free_at(user, now)))
    board.step(now, group, _say, is_new=True)


def _end(board: Board, user: str, incident: Incident, now: datetime) -> None:
    fp = _name(incident)
    group = board.groups.open(group_key(_route(board, user), {"user": user}))
    if group is not None and fp in group.incident.alerts:
        ended = replace(group.incident.alerts[fp], ends_at=now)
        board.step(now, group, lambda turn, group: put_alert(turn, group, fp, ended))
    board.state.closed.pop(fp, None)


def _say(turn: Turn, group: Group) -> None:
    incident = group.incident
    when = f"{group.flush_at:%H:%M:%S} UTC"
    text = f"A digest for {incident.digest_for} is begun; it is told at {when}."
    turn.explain(incident, "digest", text)


def _route(board: Board, user: str) -> Route:
    after = board.pages.digest_after(user)
    receiver = board.state.policy.route.receiver
    return Route(path=f"digest/{user}", receiver=receiver, group_wait=after, group_interval=after)


def _name(incident: Incident) -> str:
    return f"digest:{incident.id}"


def _alert(user: str, incident: Incident, now: datetime) -> Alert:
    return Alert(
        labels={"alertname": "HeldBack", "incident": incident.id, "user": user},
        severity=incident.severity,
        starts_at=now,
        annotations={"summary": incident.title},
    )
