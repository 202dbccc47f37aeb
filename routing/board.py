"""The board: where every event is worked on. The state, its indexes, and what was said of it.

Within one instant of one incident the order of effects is: explanations, `Publish` when it changed,
then its notifications, which all carry the incident as published, of a large one in brief.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from routing import compat, delivery, flush, publishing
from routing.brief import brief
from routing.budget import Pages
from routing.directory import Directory
from routing.dues import Dues
from routing.effect import Effect, Explain, Notify, Publish
from routing.flapping import Flaps
from routing.group import Group
from routing.groups import Groups
from routing.incident import Incident
from routing.inhibition import Inhibitions
from routing.lease import Leases
from routing.lookup import Lookup
from routing.routes import Tree
from routing.silences import Silences
from routing.state import State
from routing.turn import Turn

REMEMBERED = timedelta(hours=24)  # a command that comes twice comes soon
Act = Callable[[Turn, Group], None]


class Board:
    """State with its indexes. `effects` are what was wished since they were last taken away.
    `changed` are incidents as they are and as they were, until the digests are in line with them.

    `state` alone goes into snapshots; all else is derived from it.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.effects: list[Effect] = []
        self.changed: list[tuple[Incident, Incident | None]] = []
        self.read_policy()
        self.groups = Groups(state.groups, self.inhibitions)
        self.leases = Leases(state.leases)
        waited = {name: beat for name, beat in state.beats.items() if beat.alert is None}
        self.beats = Dues({name: beat.due_at for name, beat in waited.items()})

    def read_policy(self) -> None:
        """Build what is derived from the policy."""
        policy = self.state.policy
        self.read_overrides()
        self.tree = Tree(policy.route)
        self.compat = self.state.compat if policy.is_compat else None
        self.inhibitions = Inhibitions(policy.inhibitions)
        self.pages = Pages(self.state.pages, policy)
        self.heartbeats = Lookup([one.matchers for one in policy.heartbeats])
        flapping = None if policy.is_compat else policy.flapping
        self.flaps = Flaps(self.state.flaps, flapping, self.state.at)
        self.read_silences()

    def read_overrides(self) -> None:
        """Build what is derived from the overrides: who stands for whom."""
        self.directory = Directory(self.state.policy, tuple(self.state.overrides.values()))

    def read_silences(self) -> None:
        """Build what is derived from the silences."""
        written, made = self.state.policy.silences, self.state.silences
        self.silences = Silences(written, made, self.directory.interval)

    def step(self, now: datetime, group: Group, act: Act, *, is_new: bool = False) -> None:
        """Let one group act at one instant, and say what came of it."""
        before = None if is_new else group.incident
        turn = Turn(
            self.directory,
            self.silences,
            self.inhibitions,
            self.pages,
            now,
            self.compat,
            turns=self.state.turns,
        )
        act(turn, group)
        if self.compat is None:
            group.plan_repeats(now)
        is_shown = self.compat is None or not compat.is_ghost(turn, group)
        if is_shown:
            self.effects += turn.explained
        if publishing.take_due(turn, group, before):
            group.change(version=before.version + 1 if before else 1)
            if is_shown:
                self.effects.append(Publish(group.incident))
        if turn.wished:
            self._tell(turn, group.incident)
        self.groups.put(group)
        if flush.is_finished(group, turn):
            self.groups.forget(group)
        if group.incident is not before:
            self.changed.append((group.incident, before))
        self.release(now)

    def _tell(self, turn: Turn, incident: Incident) -> None:
        told = brief(incident) if self.compat is None else incident
        for contact in turn.wished:
            self.effects.append(Notify(delivery.notification(turn, told, contact)))

    def release(self, now: datetime) -> None:
        """What an alert muted that has ended is looked at again when its group may speak next."""
        released = self.inhibitions.released
        if not released:
            return
        for name in sorted(released) if self.compat is None else ():
            for group in self.groups.muted(name):
                group.join(now)
                self.groups.put(group)
        released.clear()

    def is_repeat(self, command_id: str, now: datetime) -> bool:
        """Whether a command of this id was done already; from now on it was."""
        done = self.state.commands
        for id_ in list(takewhile(lambda one: done[one] < now - REMEMBERED, done)):
            del done[id_]
        if command_id in done:
            return True
        if command_id:
            done[command_id] = now
        return False

    def explain(
        self, at: datetime, reason: str, text: str, *, fingerprint: str = "", incident_id: str = ""
    ) -> None:
        """Say why something was, or was not, done."""
        explain = Explain(
            at=at, fingerprint=fingerprint, incident_id=incident_id, reason=reason, text=text
        )
        self.effects.append(explain)

    def unknown(self, incident_id: str, now: datetime) -> None:
        """Say that there is no such incident."""
        text = f"Incident {incident_id} is not known: it was over long ago, or never was."
        self.explain(now, "unknown_incident", text, incident_id=incident_id)


Handler = Callable[[Board, Any, datetime], None]
Handlers = Mapping[type, Handler]
"""What a module does with the kinds of events that are its own, at the instant given."""
