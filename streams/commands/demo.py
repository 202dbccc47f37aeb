"""`tocsin demo`: everything at work on one machine."""

from pathlib import Path
from typing import Annotated

import typer

from streams.commands.options import wrong_usage
from streams.demo.options import DemoOptions
from streams.demo.scenarios import SCENARIOS


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play every scenario one time, judge, and stop.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print one JSON summary.")
    ] = False,
    scenario: Annotated[
        str | None, typer.Option(help=f"Only this one: {', '.join(SCENARIOS)}.")
    ] = None,
    speed_up: Annotated[float, typer.Option(help="Shop seconds in one second.")] = 60.0,
    port: Annotated[int, typer.Option(help="Port of the console.")] = 8080,
    broker: Annotated[
        str | None, typer.Option(help="host:port of a Kafka to use instead of the embedded one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the shop's chance.")] = 1,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for logs, mails and the configuration.")
    ] = None,
    kill_worker: Annotated[
        bool, typer.Option("--kill-worker", help="With --once: kill -9 the worker in between.")
    ] = False,
) -> None:
    """See it at work: a shop and this machine, real anomalies, and the pages they lead to."""
    from streams.demo.runner import run as run_demo

    if scenario is not None and scenario not in SCENARIOS:
        wrong_usage(f"no scenario {scenario!r}: choose one of {', '.join(SCENARIOS)}")
    if as_json and not once:
        wrong_usage("--json goes with --once")
    if not speed_up > 0:
        wrong_usage("--speed-up must be above 0")
    options = DemoOptions(
        speed_up=speed_up,
        scenario=scenario,
        port=port,
        broker=broker,
        seed=seed,
        keep=keep,
        once=once,
        as_json=as_json,
        kill_worker=kill_worker,
    )
    raise typer.Exit(run_demo(options))
