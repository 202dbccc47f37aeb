"""The console's view of the world: what its topics say.

Nothing in here does I/O or reads a clock; it may be dropped and rebuilt from the topics.
"""

from collections import Counter
from collections.abc import Callable

import msgspec
from msgspec import Struct

from config import status as worker_status
from config.marks.mark import Mark
from config.marks.mark import decode as decode_mark
from config.marks.marks import Marks
from config.status import WorkerStatus
from config.topics import Topics
from routing.incident import Incident, IncidentState
from routing.oncall.schedule import Override
from routing.policy import Silence

_incident = msgspec.json.Decoder(Incident)
_silence = msgspec.json.Decoder(Silence)
_override = msgspec.json.Decoder(Override)


class WorkerView(Struct, frozen=True, kw_only=True):
    """The latest word of a worker, and how many seconds ago it was said."""

    status: WorkerStatus
    age_s: float

    @property
    def is_silent(self) -> bool:
        """True when several reports in a row are missing."""
        return self.age_s > 15


class Projection:
    """Incidents, workers and marks, as the records applied so far leave them.

    At most `resolved_limit` resolved incidents are kept, those resolved last. `stamp` grows with
    every change; `stamp_of` is the stamp of the last change of one incident. `silences` and
    `overrides` are those made by command, by id, the one made last at the end.
    """

    def __init__(self, topics: Topics, *, resolved_limit: int = 1000) -> None:
        self._appliers: dict[str, Callable[[str, bytes | None, float, int], None]] = {
            topics.incidents: self._apply_incident,
            topics.workers: self._apply_worker,
            topics.marks: self._apply_mark,
            topics.silences: self._apply_silence,
            topics.overrides: self._apply_override,
        }
        self._resolved_limit = resolved_limit
        self._incidents: dict[str, Incident] = {}
        self._resolved: dict[str, None] = {}  # ids of resolved incidents, oldest first
        self._workers: dict[str, tuple[WorkerStatus, float]] = {}
        self._changed: dict[str, int] = {}
        self._marks: dict[str, Mark] = {}
        self.silences: dict[str, Silence] = {}
        self.overrides: dict[str, Override] = {}
        self._marked = 0  # the stamp of the last change of a mark
        self._all_marks: Marks | None = None  # made when they are wanted
        self.stamp = 0
        self.refused: Counter[str] = Counter()

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it is made of."""
        return tuple(self._appliers)

    @property
    def marks(self) -> Marks:
        """The marks there are."""
        if self._all_marks is None:
            self._all_marks = Marks(self._marks.values())
        return self._all_marks

    def clear(self) -> None:
        """Forget everything: the topics begin anew."""
        for store in (self._incidents, self._resolved, self._workers, self._changed, self._marks):
            store.clear()
        self.silences.clear()
        self.overrides.clear()
        self._all_marks = None
        self.stamp += 1

    def apply(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        at: float = 0.0,
        *,
        written_ms: int = 0,
    ) -> None:
        """Take in one record that arrived at `at`, in seconds of any steady clock.

        It was written at `written_ms`, by the clock of who wrote it, in ms since the epoch.

        A record that cannot be read is counted in `refused` and changes nothing.
        """
        try:
            self._appliers[topic]((key or b"").decode(), value, at, written_ms)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.refused[topic] += 1
            return
        self.stamp += 1

    def incident(self, incident_id: str) -> Incident | None:
        """The incident of this id, if it is known."""
        return self._incidents.get(incident_id)

    def incidents(self) -> list[Incident]:
        """All incidents, the newest first."""
        return sorted(self._incidents.values(), key=lambda i: (i.opened_at, i.id), reverse=True)

    def unresolved(self) -> list[Incident]:
        """Open before acknowledged, the most severe first, then the newest."""
        found = [i for i in self.incidents() if i.state is not IncidentState.RESOLVED]
        return sorted(found, key=lambda i: (i.state is not IncidentState.OPEN, -i.severity.rank))

    def resolved(self) -> list[Incident]:
        """Those resolved, the last one first."""
        found = [self._incidents[i] for i in self._resolved]
        return sorted(found, key=lambda i: i.resolved_at or i.opened_at, reverse=True)

    def counts(self) -> dict[IncidentState, int]:
        """How many incidents are in each state; of the resolved, how many are kept."""
        found = Counter(incident.state for incident in self._incidents.values())
        return {state: found[state] for state in IncidentState}

    def stamp_of(self, incident_id: str) -> int:
        """The stamp of the last change of the incident or of a mark, 0 for one never seen."""
        changed = self._changed.get(incident_id, 0)
        return max(changed, self._marked) if changed else 0

    def workers(self, now: float) -> list[WorkerView]:
        """Every worker's latest word, by name; `now` is on the clock that `apply` was given.

        After a restart old words arrive together with new ones, so a word is also as old as it
        trails the newest.
        """
        newest = max((status.at for status, _ in self._workers.values()), default=0.0)
        return [
            WorkerView(status=status, age_s=round(max(now - at, newest - status.at, 0.0), 1))
            for _, (status, at) in sorted(self._workers.items())
        ]

    def _apply_incident(self, key: str, value: bytes | None, _at: float, _written: int) -> None:
        if not value:
            self._forget(key)
            return
        incident = _incident.decode(value)
        self._incidents[incident.id] = incident
        self._changed[incident.id] = self.stamp + 1
        self._resolved.pop(incident.id, None)
        if incident.state is IncidentState.RESOLVED:
            self._resolved[incident.id] = None
            if len(self._resolved) > self._resolved_limit:
                self._forget(next(iter(self._resolved)))

    def _apply_worker(self, key: str, value: bytes | None, at: float, _written: int) -> None:
        if value:
            self._workers[key] = (worker_status.decode(value), at)
        else:
            self._workers.pop(key, None)

    def _apply_mark(self, key: str, value: bytes | None, _at: float, written_ms: int) -> None:
        if value:
            self._marks[key] = decode_mark(value, written_ms=written_ms)
        else:
            self._marks.pop(key, None)
        self._all_marks = None
        self._marked = self.stamp + 1

    def _apply_silence(self, key: str, value: bytes | None, _at: float, _written: int) -> None:
        self.silences.pop(key, None)
        if value:
            self.silences[key] = _silence.decode(value)

    def _apply_override(self, key: str, value: bytes | None, _at: float, _written: int) -> None:
        self.overrides.pop(key, None)
        if value:
            self.overrides[key] = _override.decode(value)

    def _forget(self, incident_id: str) -> None:
        for store in (self._incidents, self._resolved, self._changed):
            store.pop(incident_id, None)
