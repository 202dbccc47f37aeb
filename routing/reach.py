"""Reach: whether a route can ever be arrived at, as far as its matchers alone prove it.

What is said here to be so is so for all labels. It is an approximation in the other direction:
matchers are compared two by two, label by label, and of regular expressions only lists of words
are understood. A route that several siblings leave nothing to together passes for reachable.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from routing.labels import Matcher
from routing.matching import passes
from routing.policy import Route

Matchers = Sequence[Matcher]

_WORDS = re.compile(r"[\w /-]+(?:\|[\w /-]+)*", re.ASCII)
_ANYTHING = ".*"
_SOMETHING = ".+"


class Unreachable(Struct, frozen=True):
    """A route that no alert arrives at; `by` takes all that it would, or its tests conflict."""

    route: Route
    by: Route | None = None


def unreachable(root: Route, above: Matchers = ()) -> Iterator[Unreachable]:
    """The routes under `root` that nothing arrives at; those below such a one are not named."""
    inside = (*above, *root.matchers)
    for place, route in enumerate(root.routes):
        tests = (*inside, *route.matchers)
        earlier = (e for e in root.routes[:place] if not e.continues and covers(e.matchers, tests))
        by = next(earlier, None)
        if by is not None or conflict(tests):
            yield Unreachable(route, by)
        else:
            yield from unreachable(route, inside)


def covers(wide: Matchers, narrow: Matchers) -> bool:
    """True where all labels that pass `narrow` surely pass `wide`.

    >>> critical = Matcher(name="severity", op="=", value="critical")
    >>> bad = Matcher(name="severity", op="=~", value="critical|error")
    >>> covers([bad], [critical]), covers([critical], [bad])
    (True, False)
    """
    return all(any(implies(one, test) for one in narrow) or _is_any(test) for test in wide)


def implies(narrow: Matcher, wide: Matcher) -> bool:
    """True where every value that passes the first matcher surely passes the second."""
    if narrow == wide:
        return True
    if narrow.name != wide.name:
        return False
    if (values := words(narrow)) is not None:
        return all(passes(wide, {wide.name: value}) for value in values)
    refused = _refused(wide)
    return refused is not None and not any(_has(narrow, value) for value in refused)


def conflict(tests: Matchers) -> bool:
    """True where surely no labels pass all of the tests.

    >>> a, b = (Matcher(name="team", op="=", value=value) for value in "ab")
    >>> conflict([a, b]), conflict([a, a])
    (True, False)
    """
    for test in tests:
        values = words(test)
        others = [one for one in tests if one.name == test.name]
        if values is not None and not any(_passes_all(others, value) for value in values):
            return True
    return False


def words(test: Matcher) -> tuple[str, ...] | None:
    """The only values that pass, None where they are not known to be few."""
    if test.op == "=":
        return (test.value,)
    if test.op == "=~" and _WORDS.fullmatch(test.value):
        return tuple(test.value.split("|"))
    return None


def _refused(test: Matcher) -> tuple[str, ...] | None:
    """The only values that do not pass, None where they are not known to be few."""
    if test.op == "!=":
        return (test.value,)
    if test.op == "!~" and _WORDS.fullmatch(test.value):
        return tuple(test.value.split("|"))
    return ("",) if (test.op, test.value) == ("=~", _SOMETHING) else None


def _has(test: Matcher, value: str) -> bool:
    return passes(test, {test.name: value})


def _is_any(test: Matcher) -> bool:
    return (test.op, test.value) == ("=~", _ANYTHING)


def _passes_all(tests: Matchers, value: str) -> bool:
    return all(_has(test, value) for test in tests)
