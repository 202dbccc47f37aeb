"""Incidents are told through peers that fail, by a worker that is killed; then they are counted.

    python -m bench.delivery [--incidents 1000] [--kills 20] [--seed N] [--json] [--keep FOLDER]

On Apache Kafka, through one worker process, to Slack, PagerDuty, mail, webhook and Jira, two of
them an incident. Of the requests 30 in 100 fail: by statuses that are worth another attempt, by
429 with Retry-After in seconds and as a date, by cut connections before and after they were
accepted, by hanging, and by answers that never end. (Of Jira's, of which a message takes several,
10.) Each incident ends a while after it was told. Nothing may be lost, every end must be told,
and where a provider or the reader's program knows a repeat by its key nothing may be there twice.
Exits with 0 when all of that is so, with 1 otherwise.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.chaos.broker import Broker
from bench.delivery.run import Options, run


def main() -> int:
    """Run, and print the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.delivery",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    usual = Options()
    parser.add_argument("--incidents", type=int, default=usual.incidents)
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--share", type=float, default=usual.share, help="of requests that fail")
    parser.add_argument("--rate", type=float, default=usual.rate, help="incidents a second")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, help="leave logs and what was received there")
    given = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    options = Options(
        incidents=given.incidents,
        kills=given.kills,
        share=given.share,
        rate=given.rate,
        seed=given.seed,
    )
    with tempfile.TemporaryDirectory(prefix="tocsin-delivery-") as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        summary = asyncio.run(_with_broker(options, folder))
    print(json.dumps(summary, indent=2) if given.json else text(summary))
    return 0 if summary["ok"] else 1


async def _with_broker(options: Options, folder: Path) -> dict[str, Any]:
    broker = Broker(folder)
    await broker.start()
    try:
        return await run(options, folder, broker)
    finally:
        broker.stop(signal.SIGKILL)


def text(summary: dict[str, Any]) -> str:
    """The summary for people."""
    return "\n".join(f"{name:34s} {value}" for name, value in summary.items())


if __name__ == "__main__":
    sys.exit(main())
