"""`tocsin run`, `worker`, `console` and `broker`: the processes that stay."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from streams.broker import EmbeddedBroker, check_free, wait_ready
from streams.commands.options import FirstConfigOption
from streams.commands.processes import ProcessesOption, processes_of, workers
from streams.logs import log_to_stderr
from streams.supervisor import Child, Supervisor

_BROKER_WITHIN_S = 5.0


def worker(config: FirstConfigOption, processes: ProcessesOption = "1") -> None:
    """Run workers, each started again whenever it ends without being asked to."""
    count = processes_of(processes)
    loaded = load(config, environ=os.environ)
    asyncio.run(wait_ready(loaded.kafka, within_s=_BROKER_WITHIN_S))
    with workers(config, loaded, count) as children:
        _supervise(children)


def console(
    config: FirstConfigOption,
    port: Annotated[int | None, typer.Option(help="Instead of the configured one.")] = None,
) -> None:
    """Serve the web console."""
    argv = [sys.executable, *_console_argv(config, port)]
    os.execv(sys.executable, argv)


def run(
    config: FirstConfigOption,
    port: Annotated[int | None, typer.Option(help="Of the console, if not as configured.")] = None,
    processes: ProcessesOption = "1",
) -> None:
    """Run workers and the console together, against the Kafka of the configuration."""
    count = processes_of(processes)
    loaded = load(config, environ=os.environ)
    check_free(port or loaded.console.port)
    asyncio.run(wait_ready(loaded.kafka, within_s=_BROKER_WITHIN_S))
    page = [sys.executable, *_console_argv(config, port)]
    with workers(config, loaded, count) as children:
        _supervise([*children, Child("console", page, restart=True)])


def broker(
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 9092,
) -> None:
    """Run the embedded broker by hand, to try things. It keeps nothing on disk."""
    check_free(port)
    embedded = EmbeddedBroker(port)
    typer.echo(f"embedded broker on {embedded.bootstrap}; it keeps nothing on disk (Ctrl-C stops)")
    _supervise([embedded.child()])


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
