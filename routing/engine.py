"""The routing engine: events in, effects out, and the instant at which it wants to be woken.

It reads no clock and does no I/O. Timers are carried out at the instant they were due, before the
event that reveals that they are over, so that effects depend on the log alone: not on how often
somebody calls `wake`, nor on snapshots taken in between. Assumes that `now` never goes back; where
it does, it is taken for the latest instant seen.

What an event does is said by the module of its noun, in a table from the kind of event to a
function (`HANDLERS`); the order of effects is in `routing/board.py`.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from routing import (
    arrivals,
    canary,
    commands,
    compat,
    delivery,
    escalation,
    flush,
    gathering,
    heartbeats,
    life,
    overriding,
    receipts,
    reload,
    reopening,
    rules,
    silencing,
)
from routing.beat import Try
from routing.board import Board, Handler, Handlers
from routing.effect import Effect
from routing.event import Event, Tick
from routing.group import Group, earliest
from routing.incident import Incident
from routing.oncall.schedule import Schedule
from routing.policy import Policy
from routing.state import State, read
from routing.turn import Turn


class Engine:
    """Decides who is told what, when. See the module for its promises."""

    def __init__(self, policy: Policy) -> None:
        self._begin(State(policy=policy))

    def _begin(self, state: State) -> None:
        self._board = Board(state)
        self._due = self._first_due()

    @classmethod
    def restore(cls, data: bytes) -> "Engine":
        """The engine as it was when `snapshot` made these bytes. Raises `SnapshotError`."""
        engine = cls.__new__(cls)
        engine._begin(read(data))
        return engine

    def snapshot(self) -> bytes:
        """Everything needed to go on later as if nothing had happened, as JSON."""
        return msgspec.json.encode(self._board.state)

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        """Take an event that the log has at `now`."""
        now = self._advance(now)
        HANDLERS[type(event)](self._board, event, now)
        gathering.gather_all(self._board, now)
        self._due = self._first_due()
        self._run(now)
        return self._board.effects

    def wake(self, now: datetime) -> list[Effect]:
        """Carry out what has become due by `now`."""
        self._advance(now)
        return self._board.effects

    def next_wake(self) -> datetime | None:
        """The instant at which something is due next."""
        return self._due

    def _first_due(self) -> datetime | None:
        board = self._board
        return earliest(
            board.groups.next_due(),
            board.leases.next_end(),
            board.flaps.next_calm(),
            board.beats.first(),
            board.state.life.due_at,
            canary.next_due(board),
        )

    def incidents(self) -> tuple[Incident, ...]:
        """The incidents not yet forgotten, oldest first."""
        return tuple(group.incident for group in self._board.state.groups.values())

    def canaries(self) -> tuple[Try, ...]:
        """How the newest test of each address stands."""
        return tuple(self._board.state.canary.tries.values())

    def schedules(self) -> tuple[Schedule, ...]:
        """The schedules, with the overrides that were made by command."""
        return self._board.directory.schedules()

    def _advance(self, now: datetime) -> datetime:
        board = self._board
        board.effects = []
        if board.state.at is None:
            reload.arm(board, now)
            self._due = self._first_due()
        silencing.publish_untold(board)
        now = board.state.at = max(board.state.at or now, now)
        self._run(now)
        return now

    def _run(self, now: datetime) -> None:
        """Everything due by `now`, each at its own instant; alerts end before groups look."""
        board = self._board
        while (due := self._due) is not None and due <= now:
            if (ended := board.leases.take_ended(due)) is not None:
                arrivals.end_of_lease(board, *ended)
            elif (calm := board.flaps.take_calm(due)) is not None:
                arrivals.end_of_flapping(board, *calm)
            elif (missing := board.beats.take(due)) is not None:
                arrivals.take(board, heartbeats.miss(board, *missing), due)
            elif board.state.life.due_at == due:
                life.send(board, due)
            elif canary.next_due(board) == due:
                arrivals.take(board, canary.run(board, due), due)
            elif (next_one := board.groups.take_due(due)) is not None:
                board.step(due, next_one[1], _carry_out)
            gathering.gather_all(board, due)
            self._due = self._first_due()


def _carry_out(turn: Turn, group: Group) -> None:
    flush.say_unsaid(turn, group)
    delivery.retry_due(turn, group)
    (compat if turn.compat is not None else flush).flush_due(turn, group)
    was_due = rules.tell_planned(turn, group)
    reopening.reopen_due(turn, group)
    if escalation.escalate_due(turn, group) or was_due:
        reopening.tell_if_stranded(turn, group)


def _nothing(board: Board, event: Tick, now: datetime) -> None:
    """A tick only lets time pass, which has happened by then."""


def _merged(tables: Iterable[Handlers]) -> dict[type, Handler]:
    return {kind: handler for table in tables for kind, handler in table.items()}


HANDLERS = _merged(
    [
        arrivals.HANDLERS,
        commands.HANDLERS,
        receipts.HANDLERS,
        silencing.HANDLERS,
        overriding.HANDLERS,
        reload.HANDLERS,
        {Tick: _nothing},
    ]
)
