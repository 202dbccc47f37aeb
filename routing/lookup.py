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
    """An index over sets of matchers; they are told by their places. `names` are their labels.

    >>> a, b = (Matcher(name="team", op="=", value=value) for value in "ab")
    >>> lookup = Lookup([(a,), (b,), ()])
    >>> lookup.find({"team": "b"}), lookup.find({})
    ((1, 2), (2,))
    """

    __slots__ = ("_filed", "_open", "_rest", "names")

    def __init__(self, sets: Sequence[Matchers]) -> None:
        self.names = {matcher.name for one in sets for matcher in one}
        self._filed: dict[str, dict[str, list[int]]] = {}
        self._open: list[int] = []
        self._rest: list[Matchers] = []
        uses = Counter(key for one in sets for matcher in one for key in _keys(matcher))
        for place, one in enumerate(sets):
            keys, rest = _rarest(one, uses)
            self._rest.append(rest)
            if not keys:
                self._open.append(place)
            for name, value in keys:
                self._filed.setdefault(name, {}).setdefault(value, []).append(place)

    def find(self, labels: Labels) -> tuple[int, ...]:
        """The places of the sets that pass, in order."""
        filed, rest, found = self._filed, self._rest, self._open
        for name in filed if len(filed) < len(labels) else labels:
            if name in filed and (hits := filed[name].get(labels.get(name, ""))):
                found = [*found, *hits]
        if len(found) > 1 and found is not self._open:
            found.sort()
        return tuple([place for place in found if matches(rest[place], labels)])


def _rarest(matchers: Matchers, uses: Counter[Key]) -> tuple[tuple[Key, ...], Matchers]:
    """The values of which labels must have one, by the matcher whose values are used least.

    And the other matchers: they alone are still to be tried where labels have such a value.
    """
    choices = [matcher for matcher in matchers if _keys(matcher)]
    if not choices:
        return (), matchers
    rarest = min(choices, key=lambda matcher: sum(uses[key] for key in _keys(matcher)))
    return _keys(rarest), tuple(matcher for matcher in matchers if matcher != rarest)


def _keys(matcher: Matcher) -> tuple[Key, ...]:
    """The values that pass, where they are few and known, and none of them is the empty one."""
    if matcher.op == "=" and matcher.value:
        return ((matcher.name, matcher.value),)
    if matcher.op == "=~" and _LITERALS.fullmatch(matcher.value):
        return tuple((matcher.name, value) for value in dict.fromkeys(matcher.value.split("|")))
    return ()
