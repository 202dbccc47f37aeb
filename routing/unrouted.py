"""Unrouted: which test keeps an incident's alerts from the routes to a receiver."""

from collections.abc import Iterator

from routing.incident import Incident
from routing.matching import labels_of, passes
from routing.policy import Policy, Route
from routing.routes import ways


def not_routed(policy: Policy, incident: Incident, name: str) -> str:
    """Which test keeps the incident's alerts from the first route to a receiver."""
    alert = next(iter(incident.alerts.values()), None)
    if alert is None:
        return "no route leads there"
    labels = labels_of(alert)
    taken = {way[-1].path for way in ways(policy.route, labels)}
    for way in _ways_to(policy.route, name):
        if way[-1].path in taken:
            return "the policy leads there now, and did not when it opened"
        for node in way:
            for test in node.matchers:
                if not passes(test, labels):
                    return f"{test.name}{test.op}{_quoted(test.value)} of its route does not hold"
    is_used = any(True for _ in _ways_to(policy.route, name))
    return f"another route took it: {incident.route}" if is_used else "no route leads there"


def _ways_to(route: Route, name: str) -> Iterator[tuple[Route, ...]]:
    if route.receiver == name:
        yield (route,)
    for child in route.routes:
        yield from ((route, *way) for way in _ways_to(child, name))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
