"""Routes: which nodes of the tree an alert arrives at, and by which way."""

from collections.abc import Iterator

from routing.labels import Labels
from routing.lookup import Lookup
from routing.matching import matches
from routing.policy import Route
from routing.remembered import Remembered

Way = tuple[Route, ...]
"""The nodes from the root to the one that takes an alert."""


def find(route: Route, labels: Labels) -> tuple[Route, ...]:
    """The nodes that take an alert with these labels, in the order of the tree.

    As in Alertmanager: a node that does not match takes nothing; its children are tried in order
    until one that took the alert has no `continues`; a node whose children took nothing takes the
    alert itself. Empty only when `route` itself does not match.
    """
    return tuple(way[-1] for way in ways(route, labels))


def ways(route: Route, labels: Labels) -> tuple[Way, ...]:
    """The ways to the nodes that :func:`find` finds.

    >>> api = Route(path="0/api", receiver="api", continues=True)
    >>> web = Route(path="0/web", receiver="web")
    >>> root = Route(path="0", receiver="ops", routes=(api, web))
    >>> [[node.receiver for node in way] for way in ways(root, {})]
    [['ops', 'api'], ['ops', 'web']]
    """
    if not matches(route.matchers, labels):
        return ()
    found: list[Way] = []
    for child in route.routes:
        below = ways(child, labels)
        found += below
        if below and not child.continues:
            break
    return tuple((route, *way) for way in found) or ((route,),)


class Tree:
    """The tree with an index at every node, so that a node may have many children.

    `taking` gives the nodes that take an alert, as :func:`find`, and remembers them.
    """

    __slots__ = ("_below", "_children", "root", "taking")

    def __init__(self, root: Route) -> None:
        self.root = root
        self._children = tuple(map(Tree, root.routes))
        self._below = Lookup([child.matchers for child in root.routes])
        self.taking = Remembered(self.names(), self.find)

    def find(self, labels: Labels) -> tuple[Route, ...]:
        """As the function :func:`find`."""
        if not matches(self.root.matchers, labels):
            return ()
        return tuple(self._find(labels))

    def names(self) -> set[str]:
        """The labels that decide which nodes take an alert."""
        below = (name for child in self._children for name in child.names())
        return {*(matcher.name for matcher in self.root.matchers), *below}

    def _find(self, labels: Labels) -> Iterator[Route]:
        places = self._below.find(labels)
        for place in places:
            child = self._children[place]
            yield from child._find(labels)
            if not child.root.continues:
                return
        if not places:
            yield self.root
