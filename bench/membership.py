"""What a restart of one of three workers costs, as dynamic and as static members of the group.

    python -m bench.membership [--session SECONDS] [--runs N]

On Apache Kafka. Numbers go into six partitions all the time; one worker is stopped, or killed, and
started again at once. Printed is the longest time that a partition of it, and one of the others,
told no total.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import uuid
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from tests import brokers
from tests.streams.log import Log
from tests.streams.test_survival import Case

_BEFORE_S, _AFTER_S = 3.0, 20.0


async def restart(
    bootstrap: str, *, session_s: float, static: bool, how: int
) -> tuple[float, float]:
    """The longest silence of the worker's partitions, and of the others, in seconds."""
    case = Case(bootstrap, uuid.uuid4().hex[:8], partitions=6)
    await case.prepare()

    def start(slot: int) -> "subprocess.Popen[bytes]":
        member = {"MEMBER": f"m{slot}"} if static else {}
        return case.worker(env={**os.environ, "SESSION_S": str(session_s), **member})

    workers = [start(slot) for slot in range(3)]
    try:
        async with Log(bootstrap, case.totals) as log:
            while len(set(owners(log, case).values())) < 3:
                await case.feed(log, 60)
                await log.read_until(lambda: case.is_exact(log))
            mine = {p for p, pid in owners(log, case).items() if pid == workers[0].pid}
            began = len(log.records[case.totals])
            await feed_for(_BEFORE_S, case, log)
            workers[0].send_signal(how)
            feeding = asyncio.create_task(feed_for(_AFTER_S, case, log))
            await asyncio.to_thread(workers[0].wait)
            workers[0] = start(0)
            await feeding
            await log.read_until(lambda: case.is_exact(log))
            silent = silences(log.records[case.totals][began:])
            others = max(s for p, s in silent.items() if p not in mine)
            return max(silent[p] for p in mine), others
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


async def feed_for(seconds: float, case: Case, log: Log) -> None:
    """Ten numbers for each partition, again and again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await case.feed(log, 60)
        seen = loop.time() + 0.1
        await log.read_until(lambda seen=seen: loop.time() > seen)  # type: ignore[misc]


def owners(log: Log, case: Case) -> dict[int, int]:
    """Partition -> the process that told its total last."""
    told = (json.loads(record.value) for record in log.records[case.totals])
    return {one[0]: one[4] for one in told}


def silences(records: Iterable[object]) -> dict[int, float]:
    """Partition -> the longest time between two totals."""
    at = defaultdict(list)
    for record in records:
        at[json.loads(record.value)[0]].append(record.timestamp / 1000)  # type: ignore[attr-defined]
    return {p: max(b - a for a, b in pairwise(ts)) for p, ts in at.items()}


async def measure(bootstrap: str, args: argparse.Namespace) -> None:
    """All four cases, and print each."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for static in (False, True):
            runs = [
                await restart(bootstrap, session_s=args.session, static=static, how=how)
                for _ in range(args.runs)
            ]
            own, others = (statistics.median(silent) for silent in zip(*runs, strict=True))
            kind = "static" if static else "dynamic"
            print(f"{how.name}, {kind}: its own {own:.1f} s, the others' {others:.1f} s")


def main() -> None:
    """Run one broker and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.membership", description=__doc__)
    parser.add_argument("--session", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    with brokers.running("kafka") as bootstrap:
        asyncio.run(measure(bootstrap, args))


if __name__ == "__main__":
    main()
