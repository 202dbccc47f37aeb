"""From the event to the provider's receipt of the request, on a calm worker.

    python -m bench.delivery.latency [--incidents 60] [--rate 2] [--json]

On Apache Kafka, through one worker process, to peers that answer at once. The time is from before
the alert is written into the event log until the peer has the request that tells of it: Kafka,
the decision, `group_wait` (50 ms), Kafka again, and the outbox. Of Jira it is the request that
makes the issue, after the search for it; of mail the end of its data.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench.chaos.broker import Broker
from bench.chaos.fleet import Fleet
from bench.delivery.books import Books, owed
from bench.delivery.feed import Feed
from bench.delivery.run import WORKER, prepared
from bench.delivery.settings import KINDS, write_config
from streams import clock
from streams.demo.peers.serve import Peers

_WARM = len(KINDS)  # incidents before those that count: connections, imports
_WITHIN_S = 120.0


async def measure(folder: Path, broker: Broker, *, incidents: int, rate: float) -> dict[str, Any]:
    """Milliseconds by channel: half of the messages are faster, and 99 of 100."""
    events = await prepared(broker)
    async with AsyncExitStack() as stack:
        peers = await stack.enter_async_context(Peers(folder / "peers"))
        config = write_config(folder / "tocsin.yaml", bootstrap=broker.bootstrap, ports=peers.ports)
        feed = await stack.enter_async_context(Feed(broker.bootstrap, events))
        fleet = await stack.enter_async_context(Fleet(config, folder))
        fleet.start(WORKER)
        books, began = Books(), dict[int, float]()
        for cause in range(_WARM + incidents):
            if cause == _WARM:
                await _told(peers, books, _WARM)
            began[cause] = clock.epoch_s()
            await feed.fire(cause)
            await asyncio.sleep(1 / rate)
        await _told(peers, books, _WARM + incidents)
        return _figures(books, began)


async def _told(peers: Peers, books: Books, causes: int) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while not all(books.pages[key] for key in owed(range(causes))):
            books.read(peers.journal.received)
            await asyncio.sleep(0.1)


def _figures(books: Books, began: dict[int, float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for channel in KINDS:
        waits = sorted(
            1e3 * (at - began[cause])
            for (cause, where), at in books.first_at.items()
            if where == channel and cause >= _WARM
        )
        p50, p99 = (waits[min(len(waits) - 1, int(len(waits) * part))] for part in (0.5, 0.99))
        found[channel] = {"messages": len(waits), "p50_ms": round(p50), "p99_ms": round(p99)}
    return found


def main() -> int:
    """Measure, and print a line for each channel."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.delivery.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--incidents", type=int, default=60)
    parser.add_argument("--rate", type=float, default=2.0, help="incidents a second")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="tocsin-latency-") as folder:
        found = asyncio.run(_with_broker(Path(folder), given.incidents, given.rate))
    lines = (f"{name:10s} {figures}" for name, figures in found.items())
    print(json.dumps(found, indent=2) if given.json else "\n".join(lines))
    return 0


async def _with_broker(folder: Path, incidents: int, rate: float) -> dict[str, Any]:
    broker = Broker(folder)
    await broker.start()
    try:
        return await measure(folder, broker, incidents=incidents, rate=rate)
    finally:
        broker.stop(signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
