"""Warnings about what is defined and never used: often the other end of a misspelt name."""

from collections.abc import Iterable, Iterator

from config.documents import Document
from config.models.conditions import OnlyIfModel
from config.models.escalations import TargetModel
from config.models.root import RootModel
from config.models.routing import RouteModel


def warn_of_unused(document: Document, root: RootModel) -> None:
    """Note receivers, escalations, intervals, schedules, users, channels that nothing leads to."""
    routes = list(_walk(root.route))
    targets = list(_targets(root))
    used: dict[str, set[str | None]] = {
        "receivers": {r.receiver for r in routes} | {t.receiver for t in targets} | _tried(root),
        "escalations": {r.escalation for r in routes},
        "time_intervals": set(_intervals(root, routes)),
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


def _tried(root: RootModel) -> set[str | None]:
    return {one.receiver for one in (root.sign_of_life, root.canary) if one is not None}


def _walk(route: RouteModel) -> Iterator[RouteModel]:
    """The route and all routes under it."""
    yield route
    for child in route.routes:
        yield from _walk(child)


def _targets(root: RootModel) -> Iterable[TargetModel]:
    for escalation in root.escalations.values():
        for level in escalation.levels:
            yield from level.targets


def _intervals(root: RootModel, routes: Iterable[RouteModel]) -> Iterable[str]:
    for route in routes:
        yield from (*route.mute_intervals, *route.active_intervals)
    for silence in root.silences:
        yield from silence.during
    for schedule in root.schedules.values():
        for layer in schedule.layers:
            yield from (one.interval for one in layer.restrictions if one.interval)
    for condition in _conditions(root):
        yield from condition.during


def _conditions(root: RootModel) -> Iterable[OnlyIfModel]:
    levels = [level for one in root.escalations.values() for level in one.levels]
    contacts = [contact for user in root.users.values() for contact in user.contacts]
    found = [level.only_if for level in levels]
    found += [target.only_if for target in _targets(root)]
    found += [contact.only_if for contact in contacts]
    return [condition for condition in found if condition is not None]


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
    for receiver in root.receivers.values():
        yield from (contact.channel for contact in receiver)
    for user in root.users.values():
        yield from (contact.channel for contact in user.contacts)
