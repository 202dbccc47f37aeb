"""Arrivals: what an alert that was seen does, and what the end of its lease does."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

import msgspec

from routing import calming, compat, heartbeats
from routing.alert import Alert
from routing.board import Board, Handlers
from routing.event import AlertSeen
from routing.fingerprint import fingerprint
from routing.flapping import Flap
from routing.group import Group
from routing.intake import Place, new_group, places, put_alert
from routing.lease import Lease, merged
from routing.lifecycle import is_repeat

REMEMBERED = timedelta(hours=24)  # a finder is back long before


def see(board: Board, event: AlertSeen, now: datetime) -> None:
    """An alert fired, changed or ended."""
    if beats := heartbeats.found(board, event.alert):
        take(board, heartbeats.beat(board, beats, event.alert, now), now)
        return
    alert, fp = event.alert, fingerprint(event.alert.labels)
    if not _is_news(board, event.anomaly, fp, alert, now):
        return
    if not event.anomaly:  # whose end is an instant of the data, on its clock
        alert = _leased(board, fp, alert, now, is_timeout=event.is_timeout)
    _take(board, fp, alert, now)


def take(board: Board, alerts: Iterable[Alert], now: datetime) -> None:
    """Alerts of the engine's own."""
    for alert in alerts:
        _take(board, fingerprint(alert.labels), alert, now)


def _take(board: Board, fp: str, alert: Alert, now: datetime) -> None:
    if not calming.holds(board, fp, alert, now):
        _route(board, fp, alert, now)
    calming.tell_of(board, fp, now)


def end_of_lease(board: Board, due: datetime, fp: str) -> None:
    """An alert whose end lay ahead has ended, at `due`."""
    holding = board.groups.holding(fp)
    if not holding:
        board.state.closed.pop(fp, None)
    else:
        alert = msgspec.structs.replace(holding[0].incident.alerts[fp], ends_at=due)
        if not calming.holds(board, fp, alert, due):
            end(board, fp, alert, due)
        calming.tell_of(board, fp, due)


def end_of_flapping(board: Board, due: datetime, fp: str, flap: Flap) -> None:
    """An alert that came and went is calm, at `due`."""
    calming.settle(board, due, fp, flap)
    if flap.end is not None:
        end(board, fp, flap.end, due)


def _is_news(board: Board, anomaly: str, fp: str, alert: Alert, now: datetime) -> bool:
    """False for what is told again of an anomaly that has ended; its end is remembered."""
    ended = board.state.ended
    if anomaly in ended:
        text = "This anomaly has ended: it was told again, nothing is new."
        board.explain(now, "repeated", text, fingerprint=fp)
        return False
    if anomaly and not alert.is_firing:
        ended[anomaly] = now
        _forget_ended(board, now - REMEMBERED)
    return True


def _forget_ended(board: Board, before: datetime) -> None:
    ended = board.state.ended
    for anomaly in list(takewhile(lambda one: ended[one] < before, ended)):
        del ended[anomaly]


def _leased(board: Board, fp: str, alert: Alert, now: datetime, *, is_timeout: bool) -> Alert:
    """The alert, merged with what it was; one whose end lies ahead fires until then."""
    if alert.ends_at is None:
        board.leases.drop(fp)
        return alert
    lease = board.state.leases.get(fp)
    for group in (board.groups.holding(fp) or _ended_in(board, fp, alert))[:1]:
        alert = merged(group.incident.alerts[fp], lease, alert, now)
    if alert.ends_at is None or alert.ends_at <= now:
        board.leases.drop(fp)
        return alert
    board.leases.put(fp, Lease(alert.ends_at, is_timeout))
    return msgspec.structs.replace(alert, ends_at=None)


def _ended_in(board: Board, fp: str, alert: Alert) -> list[Group]:
    """Where an ended alert still lies; with Alertmanager's timing only it waits for a tick."""
    if board.compat is None:
        return []
    found = (board.groups.open(key) for key in places(board.tree, alert).by_key)
    return [one for one in found if one is not None and fp in one.incident.alerts]


def _route(board: Board, fp: str, alert: Alert, now: datetime) -> None:
    """An alert stays in the incidents it is in, unless its severity leads it elsewhere."""
    if not alert.is_firing:
        end(board, fp, alert, now)
        return
    holding = board.groups.holding(fp)
    if holding and all(g.incident.alerts[fp].severity is alert.severity for g in holding):
        for group in holding:
            if board.compat is not None or not is_repeat(group.incident, fp, alert):
                _put(board, group, fp, alert, now)
        return
    found = places(board.tree, alert)
    if not found.is_routed:
        text = "No route matches: the root route takes it."
        board.explain(now, "no_route", text, fingerprint=fp)
    for group in holding:
        if group.incident.group_key not in found.by_key:
            gone = msgspec.structs.replace(alert, ends_at=now)
            _put(board, group, fp, gone, now, why="rerouted")
    for key, place in found.by_key.items():
        _join(board, key, place, fp, alert, now)


def end(board: Board, fp: str, alert: Alert, now: datetime) -> None:
    """An alert ends in every incident that holds it."""
    board.state.closed.pop(fp, None)
    holding = board.groups.holding(fp) or _ended_in(board, fp, alert)
    for group in holding:
        _put(board, group, fp, alert, now)
    if not holding and board.compat is not None:
        for key, place in places(board.tree, alert).by_key.items():
            _join(board, key, place, fp, alert, now)
    elif not holding:
        text = "It ended, and no open incident holds it."
        board.explain(now, "nothing_open", text, fingerprint=fp)


def _join(board: Board, key: str, place: Place, fp: str, alert: Alert, now: datetime) -> None:
    if _is_closed(board, key, fp, alert):
        text = "A person resolved its incident: it opens nothing until it ends and fires again."
        board.explain(now, "closed_by_person", text, fingerprint=fp)
        return
    group = board.groups.open(key)
    if group is not None:
        _put(board, group, fp, alert, now)
        return
    group, act = new_group(key, place, fp, alert, board.directory, board.state.sequence, now)
    board.state.sequence += 1
    if board.compat is not None:
        compat.begin(group, board.compat, now)
    board.step(now, group, act, is_new=True)
    _hold(board, group, fp, now)


def _put(board: Board, group: Group, fp: str, alert: Alert, now: datetime, why: str = "") -> None:
    crowd = board.groups.crowd(group)
    board.step(
        now, group, lambda turn, group: put_alert(turn, group, fp, alert, crowd=crowd, why=why)
    )
    if board.compat is not None:
        compat.join(group, alert.starts_at, now)
        board.groups.put(group)
    _hold(board, group, fp, now)


def _hold(board: Board, group: Group, fp: str, now: datetime) -> None:
    board.groups.hold(group, [fp])
    board.release(now)


def _is_closed(board: Board, key: str, fp: str, alert: Alert) -> bool:
    started = board.state.closed.get(fp, {}).get(key)
    if started is None:
        return False
    if alert.starts_at <= started:
        return True
    del board.state.closed[fp][key]
    if not board.state.closed[fp]:
        del board.state.closed[fp]
    return False


HANDLERS: Handlers = {AlertSeen: see}
