"""Heartbeats: alerts that have to come again and again, and what is said when one does not.

A heartbeat is an alert that fires all the time, as Prometheus's `Watchdog`. It pages nobody: what
its matchers pass is taken as a sign of life, and goes no further. When none came for `every`, an
alert of ours fires, `HeartbeatMissing`, until one comes again. The functions return the alerts that
begin or end.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from routing.alert import Alert
from routing.beat import Beat
from routing.board import Board
from routing.matching import labels_of
from routing.policy import Heartbeat
from routing.wording import lasting

_ADVICE = "What sends it is down or cannot reach Tocsin: its other alerts may be missing as well."


def arm(board: Board, now: datetime) -> list[Alert]:
    """Wait for every heartbeat of the policy, and for no other any more."""
    beats, known = board.state.beats, {one.name: one for one in board.state.policy.heartbeats}
    gone = [beats.pop(name) for name in list(beats) if name not in known]
    for name, heartbeat in known.items():
        _put(board, name, _awaited(beats.get(name), heartbeat.every, now))
    return [replace(beat.alert, ends_at=now) for beat in gone if beat.alert is not None]


def _awaited(old: Beat | None, every: timedelta, now: datetime) -> Beat:
    """The beat as it is waited for from now on; time that an edit takes away counts from now."""
    if old is None:
        return Beat(now + every, every=every)
    if old.alert is not None or old.every == every:
        return old
    more = every - (old.every or every)
    due_at = old.due_at + more if more > timedelta(0) else min(old.due_at, now + every)
    return Beat(due_at, every=every)


def found(board: Board, alert: Alert) -> list[Heartbeat]:
    """The heartbeats that an alert is."""
    heartbeats = board.state.policy.heartbeats
    places = board.heartbeats.find(labels_of(alert)) if heartbeats else ()
    return [heartbeats[place] for place in places]


def beat(board: Board, heartbeats: list[Heartbeat], alert: Alert, now: datetime) -> list[Alert]:
    """An alert that is a heartbeat came; if it fires it is a sign of life."""
    if alert.ends_at is not None and alert.ends_at <= now:
        return []
    return [ended for one in heartbeats for ended in _beat(board, one, now)]


def miss(board: Board, due: datetime, name: str) -> list[Alert]:
    """A heartbeat did not come."""
    for heartbeat in board.state.policy.heartbeats:
        if heartbeat.name == name and name in board.state.beats:
            alert = _alert(heartbeat, due)
            board.state.beats[name] = Beat(due, alert, heartbeat.every)
            return [alert]
    return []


def _beat(board: Board, heartbeat: Heartbeat, now: datetime) -> Iterator[Alert]:
    old = board.state.beats.get(heartbeat.name)
    _put(board, heartbeat.name, Beat(now + heartbeat.every, every=heartbeat.every))
    if old is not None and old.alert is not None:
        yield replace(old.alert, ends_at=now)


def _put(board: Board, name: str, beat: Beat) -> None:
    board.state.beats[name] = beat
    if beat.alert is None:
        board.beats.put(name, beat.due_at)


def _alert(heartbeat: Heartbeat, due: datetime) -> Alert:
    wait = lasting(heartbeat.every)
    return Alert(
        labels={**heartbeat.labels, "alertname": "HeartbeatMissing", "heartbeat": heartbeat.name},
        severity=heartbeat.severity,
        starts_at=due,
        annotations={
            "summary": f"The heartbeat {heartbeat.name} is missing: none in {wait}",
            "description": _ADVICE,
        },
    )
