"""Warnings about what is defined and never used: often the other end of a misspelt name."""

from collections.abc import Iterable, Iterator

from config.documents import Document
from config.models.people import TargetModel
from config.models.root import RootModel
from config.models.routing import RouteModel


def warn_of_unused(document: Document, root: RootModel) -> None:
    """Note receivers, escalations, intervals, schedules, users, channels that nothing leads to."""
    routes = list(_walk(root.route))
    targets = list(_targets(root))
    used: dict[str, set[str | None]] = {
        "receivers": {r.receiver for r in routes} | {t.receiver for t in targets},
        "escalations": {r.escalation for r in routes},
        "time_intervals": {n for r in routes for n in (*r.mute_intervals, *r.active_intervals)},
        "schedules": {t.schedule for t in targets},
        "users": {t.user for t in targets} | set(_scheduled(root)),
        "channels": set(_channels(root)),
    }
    for section, names in used.items():
        for name in getattr(root, section):
            if name not in names:
                document.report(
                    document.key_of((section, name)),
                    (section, name),
                    "is defined, and nothing uses it",
                    is_warning=True,
                )


def _walk(route: RouteModel) -> Iterator[RouteModel]:
    """The route and all routes under it."""
    yield route
    for child in route.routes:
        yield from _walk(child)


def _targets(root: RootModel) -> Iterable[TargetModel]:
    for escalation in root.escalations.values():
        for level in escalation.levels:
            yield from level.targets


def _scheduled(root: RootModel) -> Iterable[str]:
    for schedule in root.schedules.values():
        for layer in schedule.layers:
            yield from layer.users
            yield from layer.names.values()
        for override in schedule.overrides:
            yield override.user
        for swap in schedule.swaps:
            yield from swap.users


def _channels(root: RootModel) -> Iterable[str]:
    for contacts in (
        *root.receivers.values(),
        *(user.contacts for user in root.users.values()),
    ):
        for contact in contacts:
            yield contact.channel
