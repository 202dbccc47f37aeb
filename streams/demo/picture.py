"""What is known of the running demonstration, and what is new in it, in plain words."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from config.status import WorkerStatus
from routing.incident import Incident, IncidentState
from streams.demo.verdict import Page, Window, str_of

LIVE, RECOVERY = "live", "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """What the feed told of itself last. `phase` is empty, `history`, `live` or `recovery`."""

    phase: str = ""
    history: float = 0.0
    records: int = 0
    records_per_s: float = 0.0
    shop_at: datetime | None = None
    windows: tuple[Window, ...] = ()

    @property
    def is_live(self) -> bool:
        """True once the history is sent and time runs."""
        return self.phase in (LIVE, RECOVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is shown. `waiting_for` is empty once all is up."""

    console_url: str
    folder: Path
    speed_up: float
    waiting_for: str = ""
    desk_url: str = ""  # where people answer in the stand-ins
    feeding: Feeding = field(default_factory=Feeding)
    workers: tuple[WorkerStatus, ...] = ()
    incidents: tuple[Incident, ...] = ()  # the newest first
    pages: tuple[Page, ...] = ()  # the oldest first
    restarts: int = 0

    @property
    def windows(self) -> tuple[Window, ...]:
        """The scenarios so far, in order of their begin."""
        return self.feeding.windows

    @property
    def unresolved(self) -> tuple[Incident, ...]:
        """Incidents that are open or acknowledged, the newest first."""
        return tuple(i for i in self.incidents if i.state is not IncidentState.RESOLVED)

    def with_waiting(self, what: str) -> "Picture":
        """The same while waiting for something."""
        return replace(self, waiting_for=what)


def told(incident: Incident) -> tuple[str, ...]:
    """The contacts that took a message about an incident, in order."""
    reached = (delivery for delivery in incident.deliveries if delivery.sent_at is not None)
    return tuple(dict.fromkeys(str_of(delivery.contact) for delivery in reached))


def news(before: Picture, after: Picture) -> list[str]:
    """What happened between two pictures, one sentence each."""
    return [
        *_progress(before, after),
        *_scenarios(before, after),
        *_incidents(before, after),
    ]


def _progress(before: Picture, after: Picture) -> list[str]:
    lines = []
    if after.waiting_for and after.waiting_for != before.waiting_for:
        lines.append(after.waiting_for)
    if after.desk_url and not before.desk_url:
        lines.append(f"answer as people do, in Slack, PagerDuty, mail and Jira: {after.desk_url}")
    if after.feeding.is_live and not before.feeding.is_live:
        lines.append(f"the shop is live, {after.speed_up:g} times as fast as the clock")
    if after.feeding.phase == RECOVERY and before.feeding.phase != RECOVERY:
        lines.append("every scenario has ended")
    if after.restarts > before.restarts:
        lines.append("the worker died and was started again")
    return lines


def _scenarios(before: Picture, after: Picture) -> list[str]:
    old = {(w.name, w.began_at): w for w in before.windows}
    lines = []
    for window in after.windows:
        known = old.get((window.name, window.began_at))
        if known is None:
            lines.append(f"scenario {window.name} begins in {window.expected.service}")
        if window.ended_at and (known is None or known.ended_at is None):
            lines.append(f"scenario {window.name} ends")
    return lines


def _incidents(before: Picture, after: Picture) -> list[str]:
    old = {incident.id: incident for incident in before.incidents}
    return [
        line
        for incident in reversed(after.incidents)
        for line in _changes(old.get(incident.id), incident)
    ]


def _changes(before: Incident | None, after: Incident) -> list[str]:
    lines = []
    if before is None:
        lines.append(f"incident opened, {after.severity}: {after.title}")
    old = told(before) if before else ()
    lines += [f"{contact} was told: {after.title}" for contact in told(after) if contact not in old]
    if after.acknowledged_by and not (before and before.acknowledged_by):
        lines.append(f"acknowledged by {after.acknowledged_by}: {after.title}")
    is_new = before is None or before.state is not IncidentState.RESOLVED
    if after.state is IncidentState.RESOLVED and is_new:
        lines.append(f"resolved: {after.title}")
    return lines
