"""Workers and the broker are killed while a planted data set runs; then the books are compared.

    python -m bench.chaos --kills 100 --workers 3 [--seed N] [--seconds S] [--json] [--keep FOLDER]

On Apache Kafka. Every planted anomaly must be one incident, told once, and its end once; nothing
may be found that a calm run does not find, and the detectors' final state must be that of the calm
run, bit for bit. Of what is not there, `missing` opened in the calm run and was lost, `not_opened`
opened in neither. Exits with 0 when all of that is so, with 1 otherwise. The seed makes the
disturbances and the data the same again; what they hit is up to the machine.
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
from bench.chaos.run import Chaos, Options
from streams.demo.peers.serve import Peers

_A_KILL_S = 8.0  # seconds of storm for each kill


async def run(options: Options, folder: Path) -> dict[str, Any]:
    """A run with a broker and peers of its own; the summary."""
    broker = Broker(folder)
    await broker.start()
    try:
        async with Peers(folder / "peers") as peers:
            return await Chaos(options, folder, broker, peers).run()
    finally:
        broker.stop(signal.SIGKILL)


def main() -> int:
    """Run, and print the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="of storm; 8 for each kill")
    parser.add_argument("--history", type=int, default=600, help="steps learnt before it")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, help="leave logs and configurations there")
    args = parser.parse_args()
    sys.stderr.write(f"seed {args.seed}\n")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of course the broker goes away
    options = Options(
        seed=args.seed,
        kills=args.kills,
        workers=args.workers,
        seconds=args.seconds or _A_KILL_S * args.kills,
        history=args.history,
    )
    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        summary = asyncio.run(run(options, folder))
    print(json.dumps(summary, indent=2) if args.json else text(summary))
    return 0 if summary["ok"] else 1


def text(summary: dict[str, Any]) -> str:
    """The summary for people."""
    lines = [f"{name:34s} {value}" for name, value in summary.items() if name != "differences"]
    for series, parts in summary["differences"].items():
        lines += [f"differs: {series} {part}: {words}" for part, words in parts.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
