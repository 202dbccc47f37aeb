"""Possible: which values a label may have, by all that is known of it.

A set of values is kept as the few that are allowed, or else as those that are refused and the
patterns that are not understood. It may hold more than is possible, and never less: that nothing is
possible is proved.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from routing.labels import Matcher, Operator
from routing.matching import passes
from routing.words import refused, words

NEGATION: Mapping[Operator, Operator] = MappingProxyType(
    {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
)


class Values(Struct, frozen=True):
    """What a label may be; without `allowed`, whatever is not refused and fits the patterns."""

    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    patterns: tuple[Matcher, ...] = ()


Possible = Mapping[str, Values]
"""By the names of labels; a label that is not there may be anything."""

ANYTHING = Values()


def negated(test: Matcher) -> Matcher:
    """The test that passes where this one does not."""
    return Matcher(name=test.name, op=NEGATION[test.op], value=test.value)


def narrowed(possible: Possible, tests: Iterable[Matcher]) -> Possible | None:
    """What is possible where the tests pass as well; None where surely nothing is.

    >>> small, not_small = (Matcher(name="size", op=op, value="s") for op in ("=", "!="))
    >>> narrowed({}, [small, not_small]) is None
    True
    """
    found = dict(possible)
    for test in tests:
        values = _narrowed(found.get(test.name, ANYTHING), test)
        if values is None:
            return None
        found[test.name] = values
    return found


def _narrowed(values: Values, test: Matcher) -> Values | None:
    if (few := words(test)) is not None:
        return _allowed(word for word in few if _may_be(values, test.name, word))
    if values.allowed is not None:
        return _allowed(word for word in values.allowed if _has(test, word))
    if (bad := refused(test)) is not None:
        return replace(values, refused=values.refused.union(bad))
    if negated(test) in values.patterns:
        return None
    return replace(values, patterns=(*values.patterns, test))


def _may_be(values: Values, name: str, word: str) -> bool:
    if values.allowed is not None:
        return word in values.allowed
    return word not in values.refused and all(_has(test, word) for test in values.patterns)


def _allowed(found: Iterable[str]) -> Values | None:
    allowed = frozenset(found)
    return Values(allowed) if allowed else None


def _has(test: Matcher, value: str) -> bool:
    return passes(test, {test.name: value})
