"""Routes: which nodes of the tree an alert arrives at."""

from routing.labels import Labels
from routing.matching import matches
from routing.policy import Route


def find(route: Route, labels: Labels) -> tuple[Route, ...]:
    """The nodes that take an alert with these labels, in the order of the tree.

    As in Alertmanager: a node that does not match takes nothing; its children are tried in order
    until one that took the alert has no `continues`; a node whose children took nothing takes the
    alert itself. Empty only when `route` itself does not match.
    """
    if not matches(route.matchers, labels):
        return ()
    found: list[Route] = []
    for child in route.routes:
        below = find(child, labels)
        found += below
        if below and not child.continues:
            break
    return tuple(found) or (route,)
