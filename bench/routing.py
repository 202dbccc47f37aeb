"""What an alert costs the routing engine: `python -m bench.routing`.

A policy of 500 routes and 200 inhibition rules. Alerts open incidents until there are 100, 1,000,
10,000 and 100,000; at each of these the cost of a new alert that joins an incident, of one that is
told again, and of one that ends is measured, in CPU time. Everything goes through `Engine.handle`.
`python -m bench.beside` compares that with a real Alertmanager.
The last column is how many alerts a second that makes, where each joins, is told twice more, and
ends.
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from routing.alert import Alert, Severity
from routing.engine import Engine
from routing.event import AlertSeen
from routing.labels import Matcher
from routing.policy import Contact, Inhibition, Policy, Receiver, Route

START = datetime(2026, 11, 2, tzinfo=UTC)
TEAMS, RULES, PROBES, PARTS = 500, 200, 2000, 5


def main() -> None:
    """Print one line for each number of open incidents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="open incidents at the end")
    most = parser.parse_args().most
    engine = Engine(policy())
    print(f"{turn_ns():.0f} ns of CPU a turn of an empty loop")
    names = ("open", "opens", "joins", "again", "ends", "a second")
    print(" ".join(f"{name:>9}" for name in names), " µs of CPU an alert")
    at, memory, before = 0, 0.0, _memory()
    for size in (size for size in (100, 1000, 10_000, 100_000) if size <= most):
        opening = _cost(engine, [alert(n, "h") for n in range(at, size)])
        at, memory = size, (_memory() - before) / size
        print(f"{size:9d} {opening:9.1f} {_line(engine, size)}", flush=True)
    print(f"{memory:9.0f} bytes an open incident")


def _memory() -> int:
    """The most bytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def policy() -> Policy:
    """500 routes, some by regular expressions, and 200 rules by which one service mutes another."""
    routes = tuple(
        Route(
            path=f"0/{team}",
            receiver="ops",
            matchers=(_matcher("team", "=", f"t{team}"), _matcher("env", "=~", "prod|stage.*")),
            group_by=("service",),
        )
        for team in range(TEAMS)
    )
    rules = tuple(
        Inhibition(
            name=f"rule-{n}",
            source=(_matcher("alertname", "=", f"down-{n}"), _matcher("env", "=~", "pr.*")),
            target=(_matcher("alertname", "=~", f"slow-{n}|late-{n}"),),
            equal=("cluster",),
        )
        for n in range(RULES)
    )
    return Policy(
        digest="bench",
        route=Route(path="0", receiver="ops", group_by=("service",), routes=routes),
        receivers=(Receiver(name="ops", contacts=(Contact("slack", "#ops"),)),),
        inhibitions=rules,
    )


def _matcher(name: str, op: str, value: str) -> Matcher:
    return Matcher(name=name, op=op, value=value)  # type: ignore[arg-type]


def alert(number: int, host: str, at: datetime = START, *, ends: bool = False) -> Alert:
    """One of the alerts; those with the same number belong to one incident."""
    kind = ("down", "slow", "late", "odd")[number % 4]
    return Alert(
        labels={
            "alertname": f"{kind}-{number % RULES}",
            "cluster": f"c{number % 97}",
            "env": "prod",
            "host": f"{host}{number}",
            "service": f"s{number}",
            "team": f"t{number % TEAMS}",
        },
        severity=Severity.WARNING,
        starts_at=at,
        ends_at=at + timedelta(seconds=1) if ends else None,
    )


def _line(engine: Engine, size: int) -> str:
    numbers = range(0, size, max(1, size // PROBES))
    steps: tuple[Callable[[int], Alert], ...] = (
        lambda n: alert(n, "other"),
        lambda n: alert(n, "other"),
        lambda n: alert(n, "other", ends=True),
    )
    costs = [_cost(engine, [step(n) for n in numbers]) for step in steps]
    joins, again, ends = costs
    rate = 4e6 / (joins + 2 * again + ends)
    return " ".join([*(f"{cost:9.1f}" for cost in costs), f"{rate:9.0f}"])


def _cost(engine: Engine, alerts: list[Alert]) -> float:
    """Microseconds of CPU an alert, the median of five parts; the engine's clock stands still."""
    size = max(1, len(alerts) // PARTS)
    parts = (alerts[first : first + size] for first in range(0, len(alerts), size))
    return median(_cost_of(engine, part) for part in parts)


def _cost_of(engine: Engine, alerts: list[Alert]) -> float:
    begun = time.process_time()
    for one in alerts:
        engine.handle(AlertSeen(one), START)
    return (time.process_time() - begun) / len(alerts) * 1e6


def turn_ns() -> float:
    """How long a turn of an empty loop takes here now: the median of five times a million."""
    found = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(1_000_000):
            pass
        found.append(time.process_time() - begun)
    return median(found) * 1e3


if __name__ == "__main__":
    main()
