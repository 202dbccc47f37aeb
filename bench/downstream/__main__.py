"""A worker at load while what it sends to is dead; then all comes back, and everything must arrive.

    python -m bench.downstream --minutes 10 --broker kafka|embedded [--fault channels|broker]

`channels`: Slack and the mail server take connections and never answer, PagerDuty does; hundreds of
series go bad and come back meanwhile. `broker`: Kafka is stopped as it is, connections and all, and
takes and gives nothing. Prints a line every few seconds; at the end the largest resident memory,
what was at hand, and how long until nothing was owed to anybody. Exits with 1 when something never
arrives.
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bench.downstream.load import PARTITIONS, Load
from bench.downstream.owed import owed
from bench.downstream.town import KEY, Town
from streams.demo.peers.serve import Credentials, Peers
from streams.topics import Topic, ensure_topics
from tests import brokers

EVERY_S = 5.0


class Run:
    """One run, and what was seen in it."""

    def __init__(self, args: argparse.Namespace, town: Town, load: Load) -> None:
        self._args = args
        self._town = town
        self._load = load
        self._began = time.monotonic()
        self.rss: list[float] = []
        self.waiting: list[int] = []

    async def phase(
        self, name: str, seconds: float, ends: Callable[[], bool] | None = None
    ) -> float:
        """Go on for so long, or until it ends; gives how long that was."""
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0 and not (ends and ends()):
            await asyncio.sleep(min(EVERY_S, left))
            self._tell(name)
        return time.monotonic() - began

    def _tell(self, phase: str) -> None:
        status, still = self._town.status, owed(self._town.incidents.values())
        rss = self._town.rss_mb()
        self.rss.append(rss)
        at = f"{time.monotonic() - self._began:6.0f} s {phase:8}"
        if status is None:
            sys.stderr.write(f"{at} no word from a worker yet\n")
            return
        self.waiting.append(max(status.waiting.values(), default=0))
        put_off = sum(counts.get("put_off", 0) for counts in status.notifications.values())
        sys.stderr.write(
            f"{at} rss {rss:5.0f} MB, {status.samples_per_s:7,.0f} samples/s, lag {status.lag}, "
            f"waiting {dict(status.waiting)}, down {list(status.channels_down)}, put off "
            f"{put_off}, open {still.open}, resolved {still.resolved}, owed {dict(still.missing)}, "
            f"restarts {len(self._town.fleet.ended)}\n"
        )


async def measure(bootstrap: str, args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole story."""
    async with Peers(
        folder / "peers", credentials=Credentials(pagerduty_keys={"ops": KEY})
    ) as peers:
        town = Town(bootstrap, f"d{uuid.uuid4().hex[:8]}", folder, peers)
        names = town.topics
        topics = [Topic(town.input, PARTITIONS), Topic(names.incidents), Topic(names.workers)]
        await ensure_topics(bootstrap, topics)
        load = Load(bootstrap, town.input, rate=args.rate, series=args.series, seed=args.seed)
        run = Run(args, town, load)
        async with town.fleet, town.watched():
            town.fleet.start("worker")
            publishing = asyncio.ensure_future(load.run())
            await run.phase("start", 60, lambda: town.status is not None)
            load.faults_a_second = args.faults
            await run.phase("healthy", args.healthy)
            healthy = max(run.rss)
            _break(args, town)
            await run.phase("dead", 60 * args.minutes)
            load.faults_a_second = 0
            _mend(args, town)
            drained_s = await run.phase("back", 3600, lambda: _is_quiet(town, load))
            publishing.cancel()
        return _report(args, run, town, healthy, drained_s)


def _is_quiet(town: Town, load: Load) -> bool:
    return not load.bad and not owed(town.incidents.values()).missing and bool(town.incidents)


def _break(args: argparse.Namespace, town: Town) -> None:
    if args.fault == "channels":
        town.hang()
    for process in args.broker_processes if args.fault == "broker" else ():
        process.suspend()


def _mend(args: argparse.Namespace, town: Town) -> None:
    if args.fault == "channels":
        town.come_back()
    for process in args.broker_processes if args.fault == "broker" else ():
        process.resume()


def _report(
    args: argparse.Namespace, run: Run, town: Town, healthy: float, drained_s: float
) -> dict[str, Any]:
    still = owed(town.incidents.values())
    return {
        "broker": args.broker,
        "fault": args.fault,
        "minutes": args.minutes,
        "samples_per_s": args.rate,
        "series": args.series,
        "rss_mb_healthy": round(healthy),
        "rss_mb_largest": round(max(run.rss)),
        "waiting_largest": max(run.waiting, default=0),
        "restarts": dict(Counter(town.fleet.ended)),
        "incidents": still.open + still.resolved,
        "over_before_the_channel_could_tell": dict(still.over_untold),
        "never_arrived": dict(still.missing),
        "drained_s": round(drained_s),
        "told_after_s": {
            channel: {
                "median": round(statistics.median(waits), 1),
                "largest": round(max(waits), 1),
                "incidents": len(waits),
            }
            for channel, waits in town.waits().items()
        },
    }


def main() -> int:
    """Measure and print; 0 when everything has arrived."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.downstream",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--broker", choices=sorted(brokers.BROKERS), default=brokers.chosen())
    parser.add_argument("--fault", choices=("channels", "broker"), default="channels")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--healthy", type=float, default=30.0, help="seconds before it")
    parser.add_argument("--rate", type=int, default=20_000, help="samples a second")
    parser.add_argument("--series", type=int, default=2_000)
    parser.add_argument("--faults", type=int, default=4, help="series that go bad in a second")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with brokers.running(args.broker) as bootstrap, tempfile.TemporaryDirectory() as folder:
        args.broker_processes = psutil.Process().children(recursive=True)
        report = asyncio.run(measure(bootstrap, args, Path(folder)))
    sys.stdout.write(f"{json.dumps(report, indent=2)}\n")
    return 1 if report["never_arrived"] else 0


if __name__ == "__main__":
    sys.exit(main())
