"""Reach: whether a route can ever be arrived at, as far as matchers alone prove it.

A route is unreachable where its tests and those above it conflict, or where all that passes them is
taken by earlier routes: siblings of its own, or of the routes above it, that do not continue. What
is said to be so is so for all labels whose values hold no line breaks. Not everything is found: of
regular expressions those are understood that list words (`routing/words.py`), and a proof is given
up after `MOST` steps.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from routing.labels import Matcher
from routing.policy import Route
from routing.possible import Possible, narrowed, negated

Matchers = Sequence[Matcher]

MOST = 2000
"""So many steps a proof may take; each tries one way past the earlier routes."""


class Unreachable(Struct, frozen=True):
    """A route that no alert arrives at; `by` take all that it would, or its tests conflict."""

    route: Route
    by: tuple[Route, ...] = ()


def unreachable(
    root: Route, above: Matchers = (), before: Sequence[Route] = ()
) -> Iterator[Unreachable]:
    """The routes under `root` that nothing arrives at; those below such a one are not named.

    `above` are the tests, and `before` the routes that are tried earlier, of the routes above.
    """
    inside = (*above, *root.matchers)
    earlier = list(before)
    for route in root.routes:
        by = takers((*inside, *route.matchers), [one.matchers for one in earlier])
        if by is not None:
            yield Unreachable(route, tuple(earlier[place] for place in by))
        else:
            yield from unreachable(route, inside, earlier)
        if not route.continues:
            earlier.append(route)


def takers(tests: Matchers, earlier: Sequence[Matchers]) -> tuple[int, ...] | None:
    """Which of the earlier routes together take all that passes the tests; () where nothing does.

    None where something may be left. Of those named none can be spared.

    >>> red, blue = (Matcher(name="team", op="=", value=value) for value in ("red", "blue"))
    >>> both = Matcher(name="team", op="=~", value="red|blue")
    >>> takers([both], [[red], [blue]]), takers([both], [[red]]), takers([red, blue], [])
    ((0, 1), None, ())
    """
    passing = narrowed({}, tests)
    if passing is None:
        return ()
    met = [place for place, one in enumerate(earlier) if narrowed(passing, one) is not None]
    if _is_left(passing, [earlier[place] for place in met]):
        return None
    for place in reversed(met):
        others = [one for one in met if one != place]
        if not _is_left(passing, [earlier[one] for one in others]):
            met = others
    return tuple(met)


def conflict(tests: Matchers) -> bool:
    """True where surely no labels pass all of the tests."""
    return narrowed({}, tests) is None


def _is_left(passing: Possible, earlier: Sequence[Matchers]) -> bool:
    """Whether labels may fail one test of each of the earlier routes."""
    hardest = sorted(earlier, key=len)
    ways = [(passing, 0)]
    for _ in range(MOST):
        if not ways:
            return False
        possible, place = ways.pop()
        while place < len(hardest) and narrowed(possible, hardest[place]) is None:
            place += 1
        if place == len(hardest):
            return True
        for test in reversed(hardest[place]):
            failing = narrowed(possible, [negated(test)])
            if failing is not None:
                ways.append((failing, place + 1))
    return bool(ways)
