"""Runs the demonstration: everything under one supervisor, shown or judged, then nothing left."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.live import Live

from streams import clock
from streams.broker import BrokerError
from streams.demo.console_client import ConsoleClient
from streams.demo.lines import JsonLines
from streams.demo.once import Once
from streams.demo.options import DemoOptions
from streams.demo.picture import Picture, news
from streams.demo.received import Inbox
from streams.demo.stack import PEERS_FOLDER, Stack
from streams.demo.terminal import render
from streams.demo.verdict import SHOWN_EVERYWHERE_WITHIN_S, Answered, Summary
from streams.demo.watch import Watch, has_learned
from streams.supervisor import ChildLost, Supervisor
from streams.topics import TopicError

PASSED, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
LEARN_WITHIN_S = 180.0  # on a busy machine; a shop that goes live before is all alarms

Seen = Callable[[Picture], None]


def run(options: DemoOptions) -> int:
    """Demonstrate until Ctrl-C, or once; the exit code."""
    try:
        return asyncio.run(demo(options))
    except (BrokerError, TopicError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except ChildLost as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


async def demo(options: DemoOptions) -> int:
    """Demonstrate. Raises BrokerError, TopicError or ChildLost when it cannot go on."""
    with _folder(options) as folder, _own_log(folder / "demo.log"):
        summary: Summary | None = None
        started = asyncio.get_running_loop().time()
        async with Supervisor() as supervisor:
            stack = Stack(options, folder, supervisor, say=lambda _: None)
            async with ConsoleClient(stack.console_url) as client, _own_topics(stack):
                watch = _watch(stack, client)
                summary = await _play(stack, watch, client)
        if not options.once:
            sys.stdout.write("stopped; nothing is left running\n")
            return PASSED
        if summary is None:
            return INTERRUPTED
        _report(summary, watch.picture, options, asyncio.get_running_loop().time() - started)
        return PASSED if summary.passed else FAILED


async def _play(stack: Stack, watch: Watch, client: ConsoleClient) -> Summary | None:
    async with _shown(watch, is_plain=stack.options.once):
        await stack.start()
        await _until_learned(stack, watch)
        if stack.options.once:
            return await Once(stack, watch, client).run()
        await stack.supervisor.wait()
    return None


async def _until_learned(stack: Stack, watch: Watch) -> None:
    watch.say("the detectors learn what is normal from three days of history")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEARN_WITHIN_S):
            while not has_learned(watch.picture):
                await asyncio.sleep(0.2)
    stack.go()
    watch.say("")


def _watch(stack: Stack, client: ConsoleClient) -> Watch:
    picture = Picture(
        console_url=stack.console_url, folder=stack.folder, speed_up=stack.options.speed_up
    )
    lines, inbox = JsonLines(stack.log("feed")), Inbox(stack.folder / PEERS_FOLDER)
    watch = Watch(stack, client, picture, lines, inbox)
    stack.say = watch.say
    return watch


@contextlib.asynccontextmanager
async def _shown(watch: Watch, *, is_plain: bool) -> AsyncIterator[None]:
    console = Console()
    if is_plain or not console.is_terminal:
        teller = Teller(sys.stderr if is_plain else sys.stdout, watch.picture)
        async with _looking(watch, teller.tell):
            yield
        return
    with Live(console=console, auto_refresh=False, screen=True) as live:

        def show(picture: Picture) -> None:
            live.update(render(picture, clock.now()), refresh=True)

        async with _looking(watch, show):
            yield


@contextlib.asynccontextmanager
async def _looking(watch: Watch, seen: Seen) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run(seen))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Teller:
    """Writes what is new as plain lines, for logs and pipes."""

    def __init__(self, out: TextIO, picture: Picture) -> None:
        self._out = out
        self._last = picture
        self._began = clock.epoch_s()

    def tell(self, picture: Picture) -> None:
        """Say what happened since the last picture."""
        elapsed = clock.epoch_s() - self._began
        for line in news(self._last, picture):
            self._out.write(f"{elapsed:6.1f} s  {line}\n")
        self._out.flush()
        self._last = picture


@contextlib.contextmanager
def _folder(options: DemoOptions) -> Iterator[Path]:
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        for left in ("go", *(f"{name}.log" for name in ("broker", "peers", "feed", "worker"))):
            (options.keep / left).unlink(missing_ok=True)
        yield options.keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def _own_log(path: Path) -> Iterator[None]:
    """Keeps our own log away from the screen and from the summary."""
    with path.open("a") as file:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file))
        try:
            yield
        finally:
            structlog.reset_defaults()


@contextlib.asynccontextmanager
async def _own_topics(stack: Stack) -> AsyncIterator[None]:
    """On somebody's broker, deletes at the end the topics that were made for this run."""
    try:
        yield
    finally:
        if stack.shop_prefix:
            for name in reversed(list(stack.supervisor.children)):
                await stack.supervisor.stop(name)
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await _delete_topics(stack.bootstrap, (stack.prefix, stack.shop_prefix))


async def _delete_topics(bootstrap: str, prefixes: tuple[str, ...]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    await admin.start()
    try:
        mine = [topic for topic in await admin.list_topics() if topic.startswith(prefixes)]
        if mine:
            await admin.delete_topics(mine)
    finally:
        await admin.close()


def _report(summary: Summary, picture: Picture, options: DemoOptions, took_s: float) -> None:
    if options.as_json:
        body = msgspec.json.encode(_as_json(summary, picture, took_s))
        sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")
        return
    for finding in summary.scenarios:
        word = "passed" if finding.passed else "FAILED"
        sys.stdout.write(f"{word}  {finding.scenario:<13} {'; '.join(finding.faults)}\n")
    for line in summary.quiet:
        sys.stdout.write(f"FAILED  quiet control: {line}\n")
    for one in summary.answers:
        sys.stdout.write(f"{_answered(one)}\n")
    for name, is_good in summary.checks.items():
        sys.stdout.write(f"{'passed' if is_good else 'FAILED'}  {name}\n")


def _answered(one: Answered) -> str:
    word = "passed" if one.is_in_time and not one.echoes else "FAILED"
    took = "not on all others" if one.took_s is None else f"on all others in {one.took_s:.1f} s"
    faults = "; ".join(filter(None, (one.problem, *one.echoes)))
    return f"{word}  acknowledged by {one.way:<9} {took} {faults}".rstrip()


def _as_json(summary: Summary, picture: Picture, took_s: float) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(summary)
    for finding, told in zip(summary.scenarios, built["scenarios"], strict=True):
        told["passed"] = finding.passed
    for answered, told in zip(summary.answers, built["answers"], strict=True):
        told["took_s"], told["within_s"] = answered.took_s, SHOWN_EVERYWHERE_WITHIN_S
        told["passed"] = answered.is_in_time and not answered.echoes
    return {
        **built,
        "took_s": round(took_s, 1),
        "restarts": picture.restarts,
        "workers": [msgspec.to_builtins(worker) for worker in picture.workers],
    }
