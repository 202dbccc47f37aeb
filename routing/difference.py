"""The difference between two policies: what an edit changes, and for whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict

from routing.oncall.schedule import Shift
from routing.oncall.shifts import shifts
from routing.pages import Page
from routing.policy import Policy, Route, Schedule
from routing.reach import unreachable
from routing.wording import say

What = Literal["added", "removed", "changed", "unreachable"]

_SECTIONS = (
    "receivers",
    "users",
    "schedules",
    "escalations",
    "intervals",
    "inhibitions",
    "heartbeats",
)
_OWN = ("path", "routes", "matchers")
_NOTHING = frozenset(("", "[]", "None", "false"))
_PLAIN = ("retry", "is_compat", "flapping", "page_budget", "sign_of_life", "canary")


class Change(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was; `details` are the fields that changed, from and to."""

    kind: str
    name: str
    what: What
    details: tuple[tuple[str, str, str], ...] = ()


class Duty(Struct, frozen=True, kw_only=True):
    """A span in which somebody else is on call. Nobody is the empty name."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
    before: str
    after: str


def changes(old: Policy, new: Policy) -> list[Change]:
    """What is in one policy and not in the other, or is other there; routes by their tests."""
    found = list(compare("route", _routes(old.route), _routes(new.route)))
    known = {one.route.path for one in unreachable(old.route)}
    for one in unreachable(new.route):
        if one.route.path not in known:
            by = tuple(("taken by", "", taker.path) for taker in one.by)
            found.append(Change(kind="route", name=one.route.path, what="unreachable", details=by))
    for section in _SECTIONS:
        pair = (_named(getattr(policy, section)) for policy in (old, new))
        found += compare(section.removesuffix("s"), *pair)
    silences = ({one.id: asdict(one) for one in policy.silences} for policy in (old, new))
    found += compare("silence", *silences)
    settings = ({name: {name: getattr(p, name)} for name in _PLAIN} for p in (old, new))
    return [*found, *compare("setting", *settings)]


def duties(old: Policy, new: Policy, start: datetime, end: datetime) -> list[Duty]:
    """Who is on call otherwise in [start, end), by schedule and in order of time."""
    before = {one.name: one for one in old.schedules}
    after = {one.name: one for one in new.schedules}
    return [
        duty
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
        for duty in _duties(name, before.get(name), after.get(name), (start, end))
    ]


def _duties(
    name: str, old: Schedule | None, new: Schedule | None, span: tuple[datetime, datetime]
) -> Iterator[Duty]:
    both = [shifts(one, *span) if one is not None else [] for one in (old, new)]
    edges = sorted({*span, *(shift.starts_at for some in both for shift in some)})
    for users, run in groupby(pairwise(edges), key=lambda s: [_user_in(b, s[0]) for b in both]):
        spans = list(run)
        if users[0] != users[1]:
            yield Duty(
                schedule=name,
                starts_at=spans[0][0],
                ends_at=spans[-1][1],
                before=users[0],
                after=users[1],
            )


def _user_in(some: Sequence[Shift], at: datetime) -> str:
    return next((one.user for one in some if one.starts_at <= at < one.ends_at), "")


def other_pages(old: Iterable[Page], new: Iterable[Page]) -> tuple[list[Page], list[Page]]:
    """The pages that only the old policy sends, and those that only the new one does.

    A page is the same where the same alerts are told to the same address for the same reason, at
    whatever instant and in whatever incident.
    """
    left: dict[tuple[object, ...], list[Page]] = {}
    for page in old:
        left.setdefault(_key(page), []).append(page)
    added = []
    for page in new:
        same = left.get(_key(page))
        if same:
            same.pop(0)
        else:
            added.append(page)
    return sorted((p for some in left.values() for p in some), key=lambda p: p.at), added


def _key(page: Page) -> tuple[object, ...]:
    return page.who, page.channel, page.address, page.reason, page.alerts


def _routes(root: Route) -> dict[str, dict[str, Any]]:
    found = {root.path: {k: v for k, v in asdict(root).items() if k not in _OWN}}
    found[root.path]["order of routes"] = tuple(child.path for child in root.routes)
    for child in root.routes:
        found |= _routes(child)
    return found


def _named(items: Iterable[Any]) -> dict[str, dict[str, Any]]:
    return {one.name: asdict(one) for one in items}


def compare(
    kind: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    """What is only in one of two mappings of names to fields, and the fields that are others."""
    for name in old:
        if name not in new:
            yield Change(kind=kind, name=name, what="removed")
    for name, fields in new.items():
        if name not in old:
            yield Change(kind=kind, name=name, what="added")
        elif found := tuple(_details(old[name], fields)):
            yield Change(kind=kind, name=name, what="changed", details=found)


def _details(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for field, value in new.items():
        if old.get(field) == value:
            continue
        if field == "order of routes":
            same = set(old[field]) & set(value)
            if [p for p in old[field] if p in same] == [p for p in value if p in same]:
                continue
        yield from _parts(field, old.get(field), value)


def _parts(field: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """What changed; of things in a row, such as levels, only those that did, counted from 1."""
    rows = [v for v in (old, new) if isinstance(v, tuple) and v and isinstance(v[0], Struct)]
    if len(rows) < 2 or len(old) != len(new):
        yield field, said(old), said(new)
        return
    for number, (before, after) in enumerate(zip(old, new, strict=True), 1):
        if before != after:
            yield f"{field}, {number}", said(before), said(after)


def said(value: object) -> str:
    """A value of a policy in words, without the names of its classes, as YAML has it.

    >>> from routing.policy import Contact
    >>> said((Contact("slack", "#ops"), timedelta(minutes=5), True))
    '[channel slack address #ops, 5m, true]'
    """
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(said(part) for part in value) + "]"
    if isinstance(value, Struct):
        parts = ((name, said(part)) for name, part in asdict(value).items())
        return " ".join(f"{name} {part}" for name, part in parts if part not in _NOTHING)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return say(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
