"""The groups at work: found by incident, group key and fingerprint, in the order of their dues."""

import heapq
from collections.abc import Iterable
from datetime import datetime

from routing.crowd import FEW, Crowd
from routing.group import Group
from routing.incident import IncidentState
from routing.inhibition import Inhibitions


class Groups:
    """Indexes over `by_incident`, which is the only part that is state; the rest is derived."""

    def __init__(self, by_incident: dict[str, Group], inhibitions: Inhibitions) -> None:
        self.by_incident = by_incident
        self._inhibitions = inhibitions
        self._muted: dict[str, tuple[str, ...]] = {}
        self._muted_by: dict[str, set[str]] = {}
        self._open: dict[str, Group] = {}
        self._holding: dict[str, dict[str, Group]] = {}
        self._due: dict[str, datetime] = {}
        self._queue: list[tuple[datetime, str]] = []
        self._crowds: dict[str, Crowd] = {}
        for group in by_incident.values():
            self.put(group)
            self.hold(group, group.incident.alerts)

    def open(self, group_key: str) -> Group | None:
        """The group of that key whose incident is not resolved."""
        return self._open.get(group_key)

    def holding(self, fingerprint: str) -> list[Group]:
        """The groups in which the alert fires, in the order of their incidents' ids."""
        found = self._holding.get(fingerprint)
        return [found[id_] for id_ in sorted(found)] if found else []

    def is_held(self, fingerprint: str) -> bool:
        """Whether the alert fires in any group."""
        return fingerprint in self._holding

    def crowd(self, group: Group) -> Crowd | None:
        """The firing alerts of a group that has many; they are noted there before they change."""
        incident = group.incident
        if len(incident.alerts) <= FEW:
            self._crowds.pop(incident.id, None)
            return None
        if incident.id not in self._crowds:
            self._crowds[incident.id] = Crowd(incident.alerts)
        return self._crowds[incident.id]

    def muted(self, by: str = "") -> list[Group]:
        """The groups that something muted at their last look, in the order of their ids."""
        found = self._muted_by.get(by, ()) if by else self._muted
        return [self.by_incident[id_] for id_ in sorted(found)]

    def inhibit(self, inhibitions: Inhibitions) -> None:
        """Other rules are in force."""
        self._inhibitions = inhibitions
        for fingerprint, holding in self._holding.items():
            for group in holding.values():
                inhibitions.fires(fingerprint, group.incident.alerts[fingerprint])

    def next_due(self) -> datetime | None:
        """The instant at which the first group is due."""
        while self._queue and self._due.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def take_due(self, now: datetime) -> tuple[datetime, Group] | None:
        """The first group due by `now` and when it was due; it is in no queue until put again."""
        due = self.next_due()
        if due is None or due > now:
            return None
        _, id_ = heapq.heappop(self._queue)
        del self._due[id_]
        return due, self.by_incident[id_]

    def put(self, group: Group) -> None:
        """Add a group, or note that it changed."""
        incident = group.incident
        self.by_incident[incident.id] = group
        if incident.state is IncidentState.RESOLVED:
            self._close(group)
        else:
            self._open[incident.group_key] = group
        self._note_mutes(incident.id, group.silenced)
        due = group.due_at
        if due is None:
            self._due.pop(incident.id, None)
        elif self._due.get(incident.id) != due:
            self._due[incident.id] = due
            heapq.heappush(self._queue, (due, incident.id))

    def hold(self, group: Group, fingerprints: Iterable[str]) -> None:
        """Note which of these alerts fire in the group; those of a digest are not the data's."""
        incident = group.incident
        if incident.digest_for:
            return
        is_open = incident.state is not IncidentState.RESOLVED
        for fingerprint in fingerprints:
            if is_open and incident.alerts[fingerprint].is_firing:
                self._holding.setdefault(fingerprint, {})[incident.id] = group
                self._inhibitions.fires(fingerprint, incident.alerts[fingerprint])
            else:
                self._release(group, fingerprint)

    def forget(self, group: Group) -> None:
        """Drop a group."""
        self._close(group)
        self._due.pop(group.incident.id, None)
        self._note_mutes(group.incident.id, ())
        self.by_incident.pop(group.incident.id, None)

    def _close(self, group: Group) -> None:
        self._crowds.pop(group.incident.id, None)
        if self._open.get(group.incident.group_key) is group:
            del self._open[group.incident.group_key]
            for fingerprint in group.incident.alerts:
                self._release(group, fingerprint)

    def _release(self, group: Group, fingerprint: str) -> None:
        holding = self._holding.get(fingerprint)
        if holding is not None:
            holding.pop(group.incident.id, None)
            if not holding:
                del self._holding[fingerprint]
                self._inhibitions.ends(fingerprint)

    def _note_mutes(self, id_: str, names: tuple[str, ...]) -> None:
        before = self._muted.get(id_, ())
        if names == before:
            return
        self._muted.pop(id_, None)
        if names:
            self._muted[id_] = names
        for name in before:
            self._muted_by[name].discard(id_)
            if not self._muted_by[name]:
                del self._muted_by[name]
        for name in names:
            self._muted_by.setdefault(name, set()).add(id_)
