"""The command line: `tocsin COMMAND`."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from config.errors import ConfigError
from config.loader import load
from config.schema import json_schema
from streams.broker import BrokerError, EmbeddedBroker, check_free, wait_ready
from streams.demo.options import DemoOptions
from streams.demo.scenarios import SCENARIOS
from streams.logs import log_to_stderr
from streams.supervisor import Child, ChildLost, Supervisor
from streams.topics import TopicError

USAGE = 2  # exit code for what the user must put right
_BROKER_WITHIN_S = 5.0

app = typer.Typer(
    name="tocsin",
    help="Streaming anomaly detection and alert routing over Kafka.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
]


def main() -> None:
    """The console script."""
    try:
        app()
    except ConfigError as error:
        sys.stderr.write(f"{error.render()}\n")
        sys.exit(USAGE)
    except (BrokerError, TopicError, ChildLost) as error:
        sys.stderr.write(f"tocsin: {error}\n")
        sys.exit(1)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A YAML file, or a directory of them.")],
    secrets: Annotated[
        bool, typer.Option(help="Also look the secrets up; --no-secrets where they are not set.")
    ] = True,
) -> None:
    """Check a configuration: every mistake with file, line and column; exit code 2."""
    config = load(path, environ=os.environ, allow_missing_secrets=not secrets)
    for warning in config.warnings:
        sys.stderr.write(f"{warning.render()}\n")
    policy = config.policy
    typer.echo(
        f"{path}: good. {len(config.inputs)} inputs, {len(config.profiles)} profiles, "
        f"{len(policy.receivers)} receivers, {len(policy.users)} users, "
        f"{len(policy.escalations)} escalations, {len(policy.silences)} silences."
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
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
        _usage(f"no scenario {scenario!r}: choose one of {', '.join(SCENARIOS)}")
    if as_json and not once:
        _usage("--json goes with --once")
    if not speed_up > 0:
        _usage("--speed-up must be above 0")
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


@app.command()
def worker(config: ConfigOption) -> None:
    """Run a worker, started again whenever it ends without being asked to."""
    loaded = load(config, environ=os.environ)
    asyncio.run(wait_ready(loaded.kafka.bootstrap, within_s=_BROKER_WITHIN_S))
    _supervise([_worker(config)])


@app.command()
def console(
    config: ConfigOption,
    port: Annotated[int | None, typer.Option(help="Instead of the configured one.")] = None,
) -> None:
    """Serve the web console."""
    argv = [sys.executable, *_console_argv(config, port)]
    os.execv(sys.executable, argv)


@app.command()
def run(
    config: ConfigOption,
    port: Annotated[int | None, typer.Option(help="Of the console, if not as configured.")] = None,
) -> None:
    """Run a worker and the console together, against the Kafka of the configuration."""
    loaded = load(config, environ=os.environ)
    check_free(port or loaded.console.port)
    asyncio.run(wait_ready(loaded.kafka.bootstrap, within_s=_BROKER_WITHIN_S))
    page = [sys.executable, *_console_argv(config, port)]
    _supervise([_worker(config), Child("console", page, restart=True)])


@app.command()
def broker(
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 9092,
) -> None:
    """Run the embedded broker by hand, to try things. It keeps nothing on disk."""
    check_free(port)
    embedded = EmbeddedBroker(port)
    typer.echo(f"embedded broker on {embedded.bootstrap}; it keeps nothing on disk (Ctrl-C stops)")
    _supervise([embedded.child()])


def _worker(config: Path) -> Child:
    argv = [sys.executable, "-m", "streams.worker", "--config", str(config)]
    return Child("worker", argv, restart=True)


def _console_argv(config: Path, port: int | None) -> list[str]:
    argv = ["-m", "console", "--config", str(config)]
    return argv if port is None else [*argv, "--port", str(port)]


def _supervise(children: Sequence[Child]) -> None:
    log_to_stderr()

    async def run_all() -> None:
        async with Supervisor() as supervisor:
            for child in children:
                await supervisor.start(child)
            await supervisor.wait()

    asyncio.run(run_all())


def _usage(problem: str) -> None:
    sys.stderr.write(f"tocsin: {problem}\n")
    raise typer.Exit(USAGE)


if __name__ == "__main__":
    main()
