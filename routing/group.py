"""Groups: what belongs together, when a group speaks, and the reason it has to speak."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from routing.alert import Severity
from routing.fingerprint import written
from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.labels import Labels
from routing.planned import Planned
from routing.policy import Route

ALGORITHM = "gk1"
ALL_LABELS = ("...",)
SHORTEST = timedelta(seconds=1)


def group_labels(route: Route, labels: Labels) -> dict[str, str]:
    """The labels a route groups by, as far as the alert has them."""
    names = sorted(labels) if route.group_by == ALL_LABELS else sorted(route.group_by)
    return {name: labels[name] for name in names if labels.get(name)}


def group_key(route: Route, grouped: Labels) -> str:
    """The id of a group (`gk1`, 2026-11): the route's path and its group labels.

    >>> from routing.policy import Route
    >>> group_key(Route(path="root/shop", receiver="ops"), {"service": "api"})
    'gk1:root/shop:{service="api"}'
    """
    return f"{ALGORITHM}:{route.path}:{{{written(grouped)}}}"


class Group(Struct, kw_only=True, gc=False):
    """A group at work: its incident, and the instants at which something is due.

    `route` is the node as it was when the incident opened, so that an edit never moves its timers.
    `flush_at` is the next look at who has to be told what; ticks count from `first_flush_at`.
    `silenced` names the silences at work at the last look; `is_held` says that a silence keeps an
    escalation waiting. `planned` is what people's own rules say later, `left_out` how bad it was
    when a condition left somebody out. In a ghost nothing ever fired: nobody sees it. `flushed` are
    the ended alerts of the last look at `flushed_at`, where `routing/compat.py` takes it. A change
    of alerts that is not shown yet is shown at `publish_at`.
    """

    incident: Incident
    route: Route
    flush_at: datetime | None
    first_flush_at: datetime | None = None
    silenced: tuple[str, ...] = ()
    is_held: bool = False
    forget_at: datetime | None = None
    is_ghost: bool = False
    flushed_at: datetime | None = None
    planned: tuple[Planned, ...] = ()
    left_out: Severity | None = None
    flushed: dict[str, datetime] = field(default_factory=dict)
    published_at: datetime | None = None
    publish_at: datetime | None = None

    def change(self, **changes: Any) -> None:
        """Replace fields of the incident."""
        self.incident = replace(self.incident, **changes)

    @property
    def due_at(self) -> datetime | None:
        """The next instant at which anything is due."""
        incident = self.incident
        planned = [one.at for one in self.planned] if self.planned else ()
        deliveries = incident.deliveries
        retries = [delivery.retry_at for delivery in deliveries] if deliveries else ()
        own = (self.flush_at, self.forget_at, self.publish_at)
        return earliest(*own, incident.escalate_at, incident.reopens_at, *planned, *retries)

    def flush_by(self, at: datetime | None) -> None:
        """Have the next flush no later than `at`."""
        if at is not None and (self.flush_at is None or at < self.flush_at):
            self.flush_at = at

    def join(self, now: datetime) -> None:
        """Plan to tell of an alert that came in now: with the first page, else at the next tick."""
        if self.first_flush_at is None:
            self.flush_by(now + self.route.group_wait)
        else:
            self.flush_by(self.tick_after(now))

    def plan_repeats(self, now: datetime) -> None:
        """Plan the tick at which a contact is next owed a reminder or another try."""
        if self.first_flush_at is None or self.incident.state is IncidentState.RESOLVED:
            return
        following = self.tick_after(now)
        for delivery in self.incident.deliveries:
            if is_owed(delivery, self.incident.state):
                self.flush_by(following)
            elif may_repeat(delivery, self.incident.state) and delivery.asked_at is not None:
                again = delivery.asked_at + self.route.repeat_interval
                self.flush_by(max(following, self.tick_from(again)))

    def tick_after(self, at: datetime) -> datetime:
        """The first tick of group_interval after `at`."""
        tick = self.tick_from(at)
        return tick if tick > at else tick + max(self.route.group_interval, SHORTEST)

    def tick_from(self, at: datetime) -> datetime:
        """The first tick of group_interval at or after `at`."""
        first = self.first_flush_at or at
        interval = max(self.route.group_interval, SHORTEST)
        return first + max(0, -((first - at) // interval)) * interval


def need_notify(
    delivery: Delivery | None,
    *,
    audible: Set[str],
    state: IncidentState,
    now: datetime,
    repeat_interval: timedelta,
) -> NotifyReason | None:
    """Why a contact has to be told now, or None.

    `delivery` is what it was told so far, `audible` the alerts that fire and are not silenced. Of
    the end hears whoever was told, and whoever was to be told when the channel failed: that one
    message says both.
    """
    if state is IncidentState.RESOLVED:
        owes = delivery is not None and (delivery.is_told or delivery.is_given_up)
        is_said = delivery is not None and delivery.reason is NotifyReason.RESOLVED
        return NotifyReason.RESOLVED if owes and not is_said else None
    if not audible or (delivery is not None and delivery.is_released):
        return None
    if delivery is None:
        return NotifyReason.FIRST
    if delivery.is_unreachable or delivery.retry_at is not None:
        return None
    if is_owed(delivery, state):
        return delivery.reason
    if not audible <= set(delivery.firing):
        return NotifyReason.NEW_ALERTS
    if may_repeat(delivery, state) and _age(delivery, now) >= repeat_interval:
        return NotifyReason.REPEAT
    return None


def is_owed(delivery: Delivery, state: IncidentState) -> bool:
    """Whether a message that was given up is to be tried anew."""
    if not delivery.is_given_up or delivery.is_released:
        return False
    return state is IncidentState.OPEN or delivery.reason is NotifyReason.NEW_ALERTS


def may_repeat(delivery: Delivery, state: IncidentState) -> bool:
    """Whether reminders go to this contact: while nobody has taken it, where it can be reached."""
    is_owner = not (delivery.is_unreachable or delivery.is_released)
    return state is IncidentState.OPEN and is_owner


def earliest(*instants: datetime | None) -> datetime | None:
    """The first of some instants, None where there is none."""
    first = None
    for instant in instants:
        if instant is not None and (first is None or instant < first):
            first = instant
    return first


def _age(delivery: Delivery, now: datetime) -> timedelta:
    return now - delivery.asked_at if delivery.asked_at is not None else timedelta(0)
