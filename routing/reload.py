"""Reload: another policy takes effect. Timers and incidents stay as they are."""

from datetime import datetime

from routing import arrivals, canary, compat, heartbeats, life
from routing.board import Board, Handlers
from routing.event import PolicyChanged
from routing.silencing import put_silences


def _change(board: Board, event: PolicyChanged, now: datetime) -> None:
    board.state.policy = event.policy
    board.read_policy()
    board.groups.inhibit(board.inhibitions)
    put_silences(board, board.state.silences, now)
    if board.compat is not None:
        _reload(board, now)
    arm(board, now)
    board.explain(now, "policy_changed", f"Policy {event.policy.digest} is in force.")


def arm(board: Board, now: datetime) -> None:
    """Wait for the heartbeats of the policy, and send its signs of life and canaries."""
    armed = (heartbeats.arm, life.arm, canary.arm)
    arrivals.take(board, [alert for each in armed for alert in each(board, now)], now)


def _reload(board: Board, now: datetime) -> None:
    compat.forget_old(board.state.compat, now)
    for group in board.state.groups.values():
        compat.reload(group, now)
        board.groups.put(group)


HANDLERS: Handlers = {PolicyChanged: _change}
