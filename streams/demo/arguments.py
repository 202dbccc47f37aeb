"""The command line of the feed."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.durations import parse_seconds
from config.errors import Wrong
from streams.demo.scenarios import SCENARIOS

PLANS = ("once", "loop", *SCENARIOS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """What to publish, where to, and how fast.

    With `go`, time starts to run only once that file exists.
    """

    bootstrap: str
    speed_up: float = 60.0
    history_s: float = 3 * 86_400.0
    step_s: float = 30.0
    seed: int = 1
    plan: str = "loop"
    with_host: bool = True
    prefix: str = ""
    go: Path | None = None

    def topic(self, kind: str) -> str:
        """The topic of `metrics`, `errors` or `host`."""
        name = "host.metrics" if kind == "host" else f"shop.{kind}"
        return f"{self.prefix}{name}"


def parse(argv: Sequence[str]) -> FeedOptions:
    """The options of a command line; says what is wrong and exits with 2 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m streams.demo.feed", description=__doc__)
    add = parser.add_argument
    add("--bootstrap", required=True, help="host:port of the broker")
    add("--speed-up", type=_positive, default=60.0, help="shop seconds in a second")
    add("--history", type=_seconds, default="3d", help="how much of the past to publish first")
    add("--step", type=_seconds, default="30s", help="shop time between two values")
    add("--seed", type=int, default=1)
    add("--plan", choices=PLANS, default="loop", help="which scenarios happen")
    add("--prefix", default="", help="put before the names of the topics")
    add("--go", type=Path, metavar="FILE", help="after the history wait until FILE exists")
    add("--no-host", action="store_true", help="leave this machine's metrics out")
    args = parser.parse_args(argv)
    return FeedOptions(
        bootstrap=args.bootstrap,
        speed_up=args.speed_up,
        history_s=args.history,
        step_s=args.step,
        seed=args.seed,
        plan=args.plan,
        with_host=not args.no_host,
        prefix=args.prefix,
        go=args.go,
    )


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _seconds(text: str) -> float:
    try:
        return parse_seconds(text)
    except Wrong as error:
        raise argparse.ArgumentTypeError(str(error)) from None
