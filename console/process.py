"""The console as a process: command line, start, and a graceful end.

Exit codes: 0 after a stop that was asked for, 1 for what stands in the way, 2 for a wrong command
line or configuration.
"""

import argparse
import asyncio
import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from config.errors import ConfigError
from config.loader import load
from config.marks.budgets import budgets_of
from config.settings import Config, ConsoleSettings
from console.app import build
from console.bell import Bell
from console.commands import KafkaCommandLog
from console.csrf import FormGuard
from console.desk import Desk
from console.errors import CannotStart
from console.projection import Projection
from console.reader import Reader
from console.sockets import open_sockets
from routing.channels.channel import Channel

USAGE = 2
FAILED = 1

log = structlog.get_logger()


def main(argv: Sequence[str]) -> int:
    """Run the console; returns the exit code."""
    options = _options(argv)
    _quieten()
    try:
        config = load(options.config, environ=os.environ, needed="kafka")
        settings = _settings(config, options)
        asyncio.run(serve(config, settings))
    except ConfigError as error:
        _complain(error.render())
        return USAGE
    except CannotStart as error:
        _complain(f"tocsin console: {error}")
        return FAILED
    return 0


async def serve(config: Config, settings: ConsoleSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    bell = Bell()
    projection = Projection(config.topics)
    reader = Reader(projection, config.kafka, bell)
    commands = KafkaCommandLog(config.kafka, config.topics)
    channels = config.channels()
    for name, setting in lacks(channels):
        log.warning("no secret: answers of this channel are refused", channel=name, setting=setting)
    desk = Desk(
        projection=projection,
        commands=commands,
        health=lambda: reader.health,
        clock=asyncio.get_running_loop().time,
        bell=bell,
        guard=FormGuard(settings.url),
        settings=settings,
        users=config.policy.users,
        policy=config.policy,
        config_digest=config.digest,
        budgets=partial(budgets_of, config=config),
        channels=channels,
    )
    async with AsyncExitStack() as stack:
        address = await _listen(desk, stack)
        stack.push_async_callback(commands.close)
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        await reader.connect()
        reading = asyncio.create_task(reader.run())
        stack.push_async_callback(_cancel, reading)
        for listening in open_sockets(desk):
            stack.push_async_callback(_cancel, listening)
        sys.stdout.write(f"console: {address}\n")
        sys.stdout.flush()
        await _until(stop, reading)


def lacks(channels: Mapping[str, Channel]) -> list[tuple[str, str]]:
    """The channels and their settings by which answers would be heard, were the secret here."""
    return [
        (name, setting)
        for name, channel in channels.items()
        for setting in getattr(channel, "lacks", ())
    ]


async def _listen(desk: Desk, stack: AsyncExitStack) -> str:
    settings = desk.settings
    runner = web.AppRunner(build(desk), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise CannotStart(
            f"cannot listen on {settings.host} port {settings.port} ({reason}): stop what uses "
            "it, or choose another with --port or console.port"
        ) from error
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


async def _until(stop: asyncio.Event, reading: asyncio.Task[None]) -> None:
    """Wait for the stop; a reader that ends before is a fault of ours, and ends the process."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, reading}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        stopping.cancel()
        await reading


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def _settings(config: Config, options: argparse.Namespace) -> ConsoleSettings:
    if options.port is None:
        return config.console
    return dataclasses.replace(config.console, port=options.port)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tocsin console", description="Serve the web console of Tocsin."
    )
    parser.add_argument(
        "--config", type=Path, required=True, metavar="PATH", help="a YAML file or a folder of them"
    )
    parser.add_argument(
        "--port", type=_port, metavar="N", help="listen here instead; 0 takes any free port"
    )
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def _quieten() -> None:
    """The Kafka client reports every refused connection; we say so once, on /healthz."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")
