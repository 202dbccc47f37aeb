"""Pages: who was told what when in a rehearsal, and whom it would have woken."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from routing.budget import PAGES
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.policy import Policy
from routing.zones import zone_of

NIGHT = (22, 7)  # hours on a person's own clock: from, until


class Page(Struct, frozen=True, kw_only=True):
    """One message. `who` is the person, or the address where it goes to no person.

    `alerts` are the fingerprints that it speaks of. `is_night`: it wakes a person, in their zone.
    """

    at: datetime
    who: str
    channel: str
    address: str
    reason: NotifyReason
    title: str
    incident_id: str
    alerts: tuple[str, ...] = ()
    is_person: bool = False
    is_night: bool = False

    @property
    def is_page(self) -> bool:
        """Whether it asks for somebody, and is not only news of an end or of who took it."""
        return self.reason in PAGES


class Total(Struct, frozen=True, kw_only=True):
    """How often somebody was paged in all, at night, and told anything over each channel."""

    who: str
    pages: int
    night_pages: int
    by_channel: tuple[tuple[str, int], ...]


def pages_of(told: Iterable[tuple[datetime, Notification]], policy: Policy) -> list[Page]:
    """The notifications as pages, in order; signs of life and canaries are none."""
    zones = {user.name: user.time_zone for user in policy.users}
    return [_page(at, notification, zones) for at, notification in told if not notification.is_test]


def totals(pages: Iterable[Page]) -> list[Total]:
    """By person and address, the most often paged first."""
    by_who: dict[str, list[Page]] = {}
    for page in pages:
        by_who.setdefault(page.who, []).append(page)
    found = [_total(who, some) for who, some in by_who.items()]
    return sorted(found, key=lambda one: (-one.pages, one.who))


def _total(who: str, some: list[Page]) -> Total:
    return Total(
        who=who,
        pages=sum(page.is_page for page in some),
        night_pages=sum(page.is_page and page.is_night for page in some),
        by_channel=tuple(sorted(Counter(page.channel for page in some).items())),
    )


def _page(at: datetime, told: Notification, zones: dict[str, str]) -> Page:
    incident, contact = told.incident, told.contact
    delivery = next((d for d in incident.deliveries if d.contact == contact), None)
    user = delivery.user if delivery is not None else ""
    return Page(
        at=at,
        who=user or contact.address,
        channel=contact.channel,
        address=contact.address,
        reason=told.reason,
        title=incident.title,
        incident_id=incident.id,
        alerts=tuple(sorted(fp for fp, alert in incident.alerts.items() if alert.is_firing)),
        is_person=bool(user),
        is_night=bool(user) and is_night(at, zones.get(user, "UTC")),
    )


def is_night(at: datetime, time_zone: str) -> bool:
    """Whether people sleep at an instant in a zone.

    >>> from datetime import UTC
    >>> is_night(datetime(2026, 11, 30, 21, 30, tzinfo=UTC), "Europe/Vienna")
    True
    """
    hour = at.astimezone(zone_of(time_zone)).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]
