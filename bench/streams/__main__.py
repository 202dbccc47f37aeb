"""Every measurement of the streams, each held against its goal.

    python -m bench.streams [--broker embedded|kafka] [--quick] [--only PART] [--runs N] [--json]

Medians of several runs, ours and what we are compared with in turn. A worker has a core to itself
where there are two. Figures are text for people, or JSON; progress goes to standard error. Exits
with 0 whether or not the goals are met: they are data.
"""

import argparse
import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bench.streams import banks, batched, latency, scaling, small, starting
from bench.streams.bench import Bench, keep_off_the_workers_core, progress
from bench.streams.figures import Figure
from bench.streams.machine import machine
from tests import brokers

PARTS: Mapping[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "small": small.measure,
    "batched": batched.measure,
    "workers": scaling.measure,
    "series": banks.measure,
    "latency": latency.measure,
    "start": starting.measure,
}
"""Name of a part -> what measures it, on a broker of its own."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.streams",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--broker", choices=sorted(brokers.BROKERS), default=brokers.chosen())
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small tasks, one run: does it work?")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report = run(args.broker, args.only or list(PARTS), args.runs, is_quick=args.quick)
    print(json.dumps(report, indent=2) if args.json else text(report))


def run(broker: str, parts: list[str], runs: int, *, is_quick: bool) -> dict[str, Any]:
    """Measure parts; the report."""
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    on = machine(broker)
    keep_off_the_workers_core()
    figures: list[Figure] = []
    began = time.monotonic()
    for part in parts:
        progress(f"{part}: starting {on['broker']}")
        with brokers.running(broker) as bootstrap:
            bench = Bench(
                bootstrap=bootstrap,
                broker=broker,
                runs=1 if is_quick else runs,
                is_quick=is_quick,
            )
            figures += asyncio.run(_measure(part, bench))
    return {
        "machine": on,
        "broker": broker,
        "quick": is_quick,
        "runs": 1 if is_quick else runs,
        "seconds": round(time.monotonic() - began),
        "figures": [one.as_json() for one in figures],
    }


async def _measure(part: str, bench: Bench) -> list[Figure]:
    return await PARTS[part](bench)


def text(report: dict[str, Any]) -> str:
    """The report for people."""
    on = report["machine"]
    head = (
        f"{on['broker']}; {on['cores']} cores of {on['processor']}, Python {on['python']}; "
        f"median of {report['runs']}{', quick: not to be quoted' if report['quick'] else ''}"
    )
    marks = {True: "met", False: "missed", None: ""}
    rows = [
        f"{one['name']:26s} {one['value']:>12,.4g} {one['unit']:10s} {one['goal']:>12s} "
        f"{marks[one['is_met']]:7s} {one['note']}"
        for one in report["figures"]
    ]
    return "\n".join([head, *rows])


if __name__ == "__main__":
    main()
