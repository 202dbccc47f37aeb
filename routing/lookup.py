"""Look-ups: which of many sets of matchers labels pass, without trying them all.

Each set is filed under one value of one label that it cannot do without, the rarest it has; labels
then meet only the sets filed under their own values, and those that have no such value.
"""

import re
from collections import Counter
from collections.abc import Sequence

from routing.labels import Labels, Matcher
from routing.matching import matches

Matchers = tuple[Matcher, ...]
Key = tuple[str, str]

_LITERALS = re.compile(r"[\w /-]+(?:\|[\w /-]+)*", re.ASCII)


class Lookup:
    """An index over sets of matchers; they are told by their places.

    >>> a, b = (Matcher(name="team", op="=", value=value) for value in "ab")
    >>> lookup = Lookup([(a,), (b,), ()])
    >>> lookup.find({"team": "b"}), lookup.find({})
    ([1, 2], [2])
    """

    __slots__ = ("_filed", "_open", "_sets")

    def __init__(self, sets: Sequence[Matchers]) -> None:
        self._sets = tuple(sets)
        self._filed: dict[Key, list[int]] = {}
        self._open: list[int] = []
        uses = Counter(key for one in sets for matcher in one for key in _keys(matcher))
        for place, one in enumerate(sets):
            keys = _rarest(one, uses)
            if not keys:
                self._open.append(place)
            for key in keys:
                self._filed.setdefault(key, []).append(place)

    def find(self, labels: Labels) -> list[int]:
        """The places of the sets that pass, in order."""
        filed, sets = self._filed, self._sets
        found = [*self._open]
        if filed:
            for key in labels.items():
                if key in filed:
                    found += filed[key]
        return [place for place in sorted(found) if matches(sets[place], labels)]


def _rarest(matchers: Matchers, uses: Counter[Key]) -> tuple[Key, ...]:
    """The values of which labels must have one, by the matcher whose values are used least."""
    choices = [keys for matcher in matchers if (keys := _keys(matcher))]
    return min(choices, key=lambda keys: sum(uses[key] for key in keys), default=())


def _keys(matcher: Matcher) -> tuple[Key, ...]:
    """The values that pass, where they are few and known, and none of them is the empty one."""
    if matcher.op == "=" and matcher.value:
        return ((matcher.name, matcher.value),)
    if matcher.op == "=~" and _LITERALS.fullmatch(matcher.value):
        return tuple((matcher.name, value) for value in dict.fromkeys(matcher.value.split("|")))
    return ()
