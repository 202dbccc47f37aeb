"""What a storm costs the routing engine: `python -m bench.storm`.

So many alerts of one incident fire within a minute, and end within another. For each number of them
the CPU time an alert, how often the incident was shown meanwhile and with how many alerts in all,
and the messages to the one address that is told.
"""

import argparse
import time
from datetime import timedelta

from bench.routing import START
from routing.alert import Alert, Severity
from routing.effect import Effect, Notify, Publish
from routing.engine import Engine
from routing.event import AlertSeen
from routing.policy import Contact, Policy, Receiver, Route

MINUTE = timedelta(minutes=1)


def main() -> None:
    """Print one line for each number of alerts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10_000, help="alerts in the largest storm")
    most = parser.parse_args().most
    names = ("alerts", "fires", "ends", "shown", "listed", "messages")
    print(" ".join(f"{name:>9}" for name in names), " µs of CPU an alert")
    for size in (size for size in (100, 1000, 10_000, 100_000) if size <= most):
        print(_line(size), flush=True)


def _line(size: int) -> str:
    engine, effects = Engine(_policy()), list[Effect]()
    costs = [_cost(engine, size, effects, ends=ends) for ends in (False, True)]
    shown = [len(one.incident.alerts) for one in effects if isinstance(one, Publish)]
    told = sum(isinstance(one, Notify) for one in effects)
    figures = (len(shown), sum(shown), told)
    return " ".join(
        [f"{size:9d}", *(f"{cost:9.1f}" for cost in costs), *(f"{n:9d}" for n in figures)]
    )


def _cost(engine: Engine, size: int, effects: list[Effect], *, ends: bool) -> float:
    """Microseconds of CPU an alert."""
    begun = time.process_time()
    for n in range(size):
        at = START + (1 + ends) * MINUTE + n * MINUTE / size
        alert = Alert(
            labels={"service": "shop", "host": f"h{n}"},
            severity=Severity.CRITICAL,
            starts_at=START,
            ends_at=at if ends else None,
        )
        effects += engine.handle(AlertSeen(alert), at)
    return (time.process_time() - begun) / size * 1e6


def _policy() -> Policy:
    return Policy(
        digest="storm",
        route=Route(path="0", receiver="ops", group_by=("service",)),
        receivers=(Receiver(name="ops", contacts=(Contact("slack", "#ops"),)),),
    )


if __name__ == "__main__":
    main()
