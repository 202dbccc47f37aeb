"""A past made by chance: alerts that the routes of a policy are there for, at the given rate."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from config.stories.acting import alert_of
from routing.event import AlertSeen, Event
from routing.labels import Matcher
from routing.matching import matches
from routing.policy import Policy, Route
from routing.retelling import Past
from routing.words import words

_SEVERITIES = ("info", "warning", "error", "critical")
_LONGEST = timedelta(hours=12)


class Chance(Struct, frozen=True, kw_only=True):
    """How many alerts a day from when on for how long, and how long one lasts in the middle."""

    seed: int
    starts_at: datetime
    lasts: timedelta
    per_day: float
    alert_lasts: timedelta = timedelta(minutes=20)


def past_by_chance(policy: Policy, chance: Chance) -> Past:
    """Alerts that come independently of each other, and each on some route."""
    dice = random.Random(chance.seed)
    found = list(_kinds(policy.route, ()))
    events: list[tuple[datetime, Event]] = []
    at = chance.starts_at
    while (at := at + _gap(dice, chance)) < chance.starts_at + chance.lasts:
        labels = _labels(dice, dice.choice(found))
        alert = alert_of(labels, at)
        seconds = dice.expovariate(1 / chance.alert_lasts.total_seconds())
        over = at + min(timedelta(seconds=1 + seconds), _LONGEST)
        events.append((at, AlertSeen(alert)))
        events.append((over, AlertSeen(replace(alert, ends_at=over))))
    return Past(events=sorted(events, key=lambda one: one[0]))


def _gap(dice: random.Random, chance: Chance) -> timedelta:
    return timedelta(days=dice.expovariate(chance.per_day))


def _kinds(route: Route, above: tuple[Matcher, ...]) -> Iterator[tuple[Matcher, ...]]:
    """The tests on the way to each route."""
    tests = (*above, *route.matchers)
    yield tests
    for child in route.routes:
        yield from _kinds(child, tests)


def _labels(dice: random.Random, tests: tuple[Matcher, ...]) -> dict[str, str]:
    """Labels that pass the tests, where words can be found that do."""
    labels = {"severity": dice.choice(_SEVERITIES), "instance": f"host-{dice.randrange(1, 20)}"}
    for test in tests:
        known = words(test)
        if known:
            labels[test.name] = dice.choice(known)
        elif not matches([test], labels):
            labels[test.name] = "other"
    return {name: value for name, value in labels.items() if value}
