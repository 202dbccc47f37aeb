"""Reload: another policy takes effect. Timers and incidents stay as they are."""

from datetime import datetime

from routing import compat
from routing.desk import Desk, Handlers
from routing.event import PolicyChanged
from routing.silencing import put_silences


def _change(desk: Desk, event: PolicyChanged, now: datetime) -> None:
    desk.state.policy = event.policy
    desk.read_policy()
    desk.groups.inhibit(desk.inhibitions)
    put_silences(desk, desk.state.silences, now)
    if desk.compat is not None:
        _reload(desk, now)
    desk.explain(now, "policy_changed", f"Policy {event.policy.digest} is in force.")


def _reload(desk: Desk, now: datetime) -> None:
    compat.forget_old(desk.state.compat, now)
    for group in desk.state.groups.values():
        compat.reload(group, now)
        desk.groups.put(group)


HANDLERS: Handlers = {PolicyChanged: _change}
