"""The policy: routes with what they inherit filled in, receivers, people, silences."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from config.documents import Document, Loc
from config.inhibitions import build_inhibitions
from config.intervals import build_intervals
from config.matchers import show
from config.models.root import RootModel
from config.models.routing import RouteModel
from config.names import refer
from config.oncall.gaps import warn_of_gaps
from config.people import People
from config.quiet import build_budget, build_canary, build_flapping, build_heartbeats, build_sign
from config.silences import build_silences
from routing.policy import Contact, Policy, Receiver, RetryPlan, Route
from routing.reach import Matchers, takers

NO_ESCALATION = "none"
_TIMERS = ("group_wait", "group_interval", "repeat_interval")


def build_policy(
    document: Document, root: RootModel, console_url: str, now: datetime | None = None
) -> Policy:
    """The policy of a configuration; what is wrong goes into the document.

    With `now`, calendars of on-call schedules are read from then on, and gaps are warned of.
    """
    people = People(document, root, now)
    _warn_of_ends(document, root)
    policy = Policy(
        digest="",
        route=build_route(document, root.route),
        is_compat=root.compat == "alertmanager",
        receivers=build_receivers(people, root),
        users=people.users(),
        schedules=people.schedules(),
        escalations=people.escalations(),
        silences=build_silences(document, root.silences),
        inhibitions=build_inhibitions(document, root.inhibitions),
        intervals=build_intervals(document, root.time_intervals),
        retry=_retry(root),
        flapping=build_flapping(root),
        page_budget=build_budget(root, root.page_budget),
        heartbeats=build_heartbeats(document, root),
        sign_of_life=build_sign(document, root),
        canary=build_canary(document, root),
        console_url=console_url,
    )
    if now is not None:
        warn_of_gaps(document, policy.schedules, now)
    return msgspec.structs.replace(policy, digest=_digest(policy))


def build_route(document: Document, route: RouteModel) -> Route:
    """The route tree, with what its nodes inherit filled in."""
    return _Tree(document).root(route)


def _digest(policy: Policy) -> str:
    return hashlib.sha256(msgspec.json.encode(policy, order="deterministic")).hexdigest()


def build_receivers(people: People, root: RootModel) -> tuple[Receiver, ...]:
    """The named sets of addresses."""
    return tuple(
        Receiver(
            name=name,
            contacts=people.contacts(contacts, ("receivers", name)),
            unresolved=tuple(
                Contact(one.channel, one.address) for one in contacts if not one.send_resolved
            ),
        )
        for name, contacts in root.receivers.items()
    )


def _warn_of_ends(document: Document, root: RootModel) -> None:
    """Note contacts that are to be told of no ends, where that is not kept."""
    for name, contacts in root.receivers.items() if root.compat is None else ():
        for i, contact in enumerate(contacts):
            if not contact.send_resolved:
                loc: Loc = ("receivers", name, i, "send_resolved")
                message = "needs `compat: alertmanager`: here an end follows every page"
                document.report(document.place_of(loc), loc, message, is_warning=True)


def _retry(root: RootModel) -> RetryPlan:
    given = root.retry.model_dump(exclude_none=True, exclude_unset=True)
    return RetryPlan(**given)


class _Before(msgspec.Struct, frozen=True):
    """What stands before a route: the tests above it, and the routes that are tried earlier."""

    tests: Matchers = ()
    taken: tuple[Matchers, ...] = ()
    places: tuple[Loc, ...] = ()
    is_dead: bool = False

    def inside(self, match: Matchers) -> "_Before":
        """Before the routes below one with these tests."""
        return msgspec.structs.replace(self, tests=(*self.tests, *match))

    def after(self, route: RouteModel, loc: Loc) -> "_Before":
        """Before the next sibling."""
        if route.continue_:
            return self
        taken, places = (*self.taken, tuple(route.match)), (*self.places, loc)
        return msgspec.structs.replace(self, taken=taken, places=places)


_NOTHING = _Before()


class _Tree:
    """Builds the route tree from the root down."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def root(self, route: RouteModel) -> Route:
        """The root; it takes everything, so it has a receiver and no matchers."""
        loc: Loc = ("route",)
        if route.receiver is None:
            self._report(loc, '"receiver" is missing: the root receives what no other route takes')
        for key, is_given in (("match", bool(route.match)), ("continue", route.continue_)):
            if is_given:
                self._report((*loc, key), f"the root route takes every alert: remove `{key}`")
        start = Route(path="0", receiver=route.receiver or "")
        return self._node(route, start, "0", loc)

    def _node(
        self, route: RouteModel, parent: Route, path: str, loc: Loc, before: _Before = _NOTHING
    ) -> Route:
        given = self._given(route, loc)
        node = msgspec.structs.replace(
            parent,
            path=path,
            matchers=tuple(route.match),
            continues=route.continue_,
            labels={**parent.labels, **route.labels},
            routes=(),
            **given,
        )
        before = before.inside(route.match)
        children = []
        for i, (child, child_path) in enumerate(
            zip(route.routes, _paths(path, route.routes), strict=True)
        ):
            child_loc = (*loc, "routes", i)
            is_dead = self._warn_if_dead(child, child_loc, before)
            below = msgspec.structs.replace(before, is_dead=is_dead)
            children.append(self._node(child, node, child_path, child_loc, below))
            before = before.after(child, child_loc)
        return msgspec.structs.replace(node, routes=tuple(children))

    def _given(self, route: RouteModel, loc: Loc) -> dict[str, object]:
        """What the node says itself; the rest it inherits."""
        given: dict[str, object] = {}
        if route.receiver is not None:
            refer(self._document, (*loc, "receiver"), "receivers", route.receiver)
            given["receiver"] = route.receiver
        if route.escalation is not None:
            given["escalation"] = self._escalation(route.escalation, loc)
        if route.group_by is not None:
            given["group_by"] = self._group_by(route.group_by, loc)
        timers: dict[str, timedelta | None] = {name: getattr(route, name) for name in _TIMERS}
        for key in ("mute_intervals", "active_intervals"):
            given[key] = tuple(dict.fromkeys(getattr(route, key)))
            for i, name in enumerate(getattr(route, key)):
                refer(self._document, (*loc, key, i), "time_intervals", name)
        given |= {name: timer for name, timer in timers.items() if timer is not None}
        return given

    def _escalation(self, name: str, loc: Loc) -> str | None:
        if name == NO_ESCALATION:
            return None
        loc = (*loc, "escalation")
        refer(self._document, loc, "escalations", name)
        return name

    def _group_by(self, labels: list[str], loc: Loc) -> tuple[str, ...]:
        if "..." in labels and len(labels) > 1:
            self._report((*loc, "group_by"), '"..." already groups by every label: it stands alone')
        return tuple(dict.fromkeys(labels))

    def _warn_if_dead(self, route: RouteModel, loc: Loc, before: _Before) -> bool:
        """Whether earlier routes leave nothing to this one, or its tests cannot all hold."""
        if before.is_dead:
            return True
        by = takers((*before.tests, *route.match), before.taken)
        if by is None:
            return False
        message = "is never reached: its tests and those above it cannot all hold"
        if by:
            keys = [self._document.key_of(before.places[place]) for place in by]
            first = ", ".join(f"{key.file.name}:{key.line}" for key in keys)
            said = "route in {} takes" if len(by) == 1 else "routes in {} together take"
            message = (
                f"is never reached: the {said.format(first)} all its alerts; put this one "
                "first, or write `continue: true` there"
            )
        self._document.report(self._document.key_of(loc), loc, message, is_warning=True)
        return True

    def _report(self, loc: Loc, message: str) -> None:
        self._document.report(self._document.key_of(loc), loc, message)


def _paths(parent: str, routes: Iterable[RouteModel]) -> Iterator[str]:
    """Ids of siblings, from what they match: a new neighbour does not change them."""
    seen: dict[str, int] = {}
    for route in routes:
        own = f"{parent}/{{{','.join(sorted(show(matcher) for matcher in route.match))}}}"
        seen[own] = seen.get(own, 0) + 1
        yield own if seen[own] == 1 else f"{own}#{seen[own]}"
