"""The parent of a set of processes: starts them, restarts them, and leaves nothing behind."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from streams.leash import leashed

FIRST_BACKOFF_S = 0.25
LONGEST_BACKOFF_S = 10.0
STEADY_AFTER_S = 30.0  # a child that lived so long is restarted without delay again
SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger()


class ChildLost(Exception):
    """A child ended that should not have. The message is one line, with its last words."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to run.

    `env` is added to our own environment. `log` is a file its output is appended to; without one
    it speaks where we speak. `ready` returns when the child can be used. A child marked `restart`
    is started again when it ends after it was ready, unless with one of the codes in `final`; the
    end of any other ends the supervisor.
    Children of one `tier`, started one after the other, are stopped together.
    """

    name: str
    argv: Sequence[str]
    _: KW_ONLY
    env: Mapping[str, str] = field(default_factory=dict)
    restart: bool = False
    log: Path | None = None
    ready: Callable[[], Awaitable[None]] | None = None
    ready_within_s: float = 30.0
    grace_s: float = 5.0
    tier: str = ""
    final: frozenset[int] = frozenset()


class Running:
    """A started child: its present process, and how often it had to be restarted."""

    def __init__(self, child: Child, process: asyncio.subprocess.Process) -> None:
        self.child = child
        self.process = process
        self.restarts = 0
        self.is_ready = False
        self.is_expected_to_end = False
        self.watch: asyncio.Task[None] | None = None
        self._swept: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id of the present process; it is also the id of its group."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the present process still runs."""
        return self.process.returncode is None

    def send(self, signum: signal.Signals) -> None:
        """Signal the child and everything it started, while its id is its own."""
        if self.process is self._swept:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            os.killpg(self.pid, signum)

    def sweep(self) -> None:
        """It has ended: kill what it had started itself. From now on its id may be another's."""
        self.send(signal.SIGKILL)
        self._swept = self.process

    def last_words(self) -> str:
        """How it ended, and the last line of its log."""
        code = self.process.returncode
        if code is None:
            how = "still runs"
        elif code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        else:
            how = f"ended with exit code {code}"
        return f"{self.child.name} {how}{_last_line(self.child.log)}"


class Supervisor:
    """Runs children for the time of an `async with` block, then stops them in reverse order.

    SIGINT or SIGTERM cancels the block, which then ends quietly with the signal in `signal`; a
    second one kills without grace. A child lost for good also cancels it, and raises `ChildLost`.
    When this process itself is killed, the children die with it (see `streams/leash.py`).

        async with Supervisor() as supervisor:
            await supervisor.start(Child("broker", argv, ready=answers))
            await supervisor.start(Child("worker", argv, restart=True))
            await supervisor.wait()
    """

    def __init__(self) -> None:
        self.children: dict[str, Running] = {}
        self.signal: signal.Signals | None = None
        self._lost: ChildLost | None = None
        self._is_closing = False
        self._hurry = asyncio.Event()
        self._owner: asyncio.Task[object] | None = None
        self._life, self._our_end = os.pipe()  # closes when we end, however we end

    async def __aenter__(self) -> Self:
        self._owner = asyncio.current_task()
        for signum in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(signum, self._on_signal, signum)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._is_closing = True
        was_ours = self._was_interrupted() and await self._absorb_cancel(kind)
        try:
            for names in self._tiers():
                await asyncio.gather(*(self.stop(name) for name in names))
        finally:
            for running in self.children.values():
                running.send(signal.SIGKILL)
            for signum in SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(signum)
            os.close(self._life)
            os.close(self._our_end)
        if was_ours and self._lost is not None:
            raise self._lost from None
        return was_ours and kind is asyncio.CancelledError

    def _tiers(self) -> list[list[str]]:
        """Names of the children, those that started last first, with those of their tier."""
        started_last_first = reversed(list(self.children.values()))
        tiers = groupby(started_last_first, key=lambda one: one.child.tier or one.child.name)
        return [[one.child.name for one in together] for _, together in tiers]

    async def start(self, child: Child) -> Running:
        """Start a child and wait until it is ready. Raises `ChildLost` when it does not get so."""
        if child.name in self.children:
            raise ValueError(f"a child named {child.name} runs already")
        running = Running(child, await _spawn(child, self._life))
        self.children[child.name] = running
        running.watch = asyncio.create_task(self._watch(running))
        await _until_ready(running)
        return running

    async def stop(self, name: str) -> None:
        """Stop one child: TERM, then KILL when its grace is over or somebody is in a hurry."""
        running = self.children[name]
        running.is_expected_to_end = True
        if running.watch is not None:
            running.watch.cancel()  # and whatever restart it is in the midst of
            await asyncio.wait({running.watch})
        running.send(signal.SIGTERM)
        ended = asyncio.create_task(running.process.wait())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait(
            {ended, hurry}, timeout=running.child.grace_s, return_when=asyncio.FIRST_COMPLETED
        )
        hurry.cancel()
        running.send(signal.SIGKILL)
        await ended
        del self.children[name]

    def kill(self, name: str, signum: signal.Signals = signal.SIGKILL) -> None:
        """Signal a child on purpose. One marked `restart` comes back; another may stay away."""
        running = self.children[name]
        running.is_expected_to_end = not running.child.restart
        running.send(signum)

    async def wait(self) -> None:
        """Wait for a signal, or for a child to be lost: both cancel the block."""
        await asyncio.Event().wait()

    def _on_signal(self, signum: signal.Signals) -> None:
        if self._is_closing or self._was_interrupted():
            self._hurry.set()
            return
        self.signal = signum
        self._interrupt()

    def _interrupt(self) -> None:
        if self._owner is not None and not self._is_closing:
            self._owner.cancel()

    def _was_interrupted(self) -> bool:
        return self.signal is not None or self._lost is not None

    async def _absorb_cancel(self, kind: type[BaseException] | None) -> bool:
        """Take back our own cancellation. False when somebody else cancelled as well."""
        if kind is not asyncio.CancelledError:
            with suppress(asyncio.CancelledError):  # it may still be on its way
                await asyncio.sleep(0)
        return self._owner is not None and self._owner.uncancel() == 0

    async def _watch(self, running: Running) -> None:
        loop, backoff_s = asyncio.get_running_loop(), FIRST_BACKOFF_S
        while True:
            started = loop.time()
            await running.process.wait()
            running.sweep()
            if running.is_expected_to_end or not running.is_ready:
                return
            if not running.child.restart or running.process.returncode in running.child.final:
                self._lost = ChildLost(running.last_words())
                self._interrupt()
                return
            if loop.time() - started > STEADY_AFTER_S:
                backoff_s = FIRST_BACKOFF_S
            log.warning("restarting", why=running.last_words(), after_s=backoff_s)
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)
            try:
                running.process = await _spawn(running.child, self._life)
            except OSError as error:  # a full disk, too many processes: it may pass
                log.warning("not restarted", child=running.child.name, error=str(error))
            else:
                running.restarts += 1


async def _spawn(child: Child, life: int) -> asyncio.subprocess.Process:
    output = None if child.log is None else child.log.open("ab")
    try:
        return await asyncio.create_subprocess_exec(
            *leashed(child.argv),
            stdin=life,
            stdout=output,
            stderr=output,
            env={**os.environ, **child.env},
            start_new_session=True,
        )
    finally:
        if output is not None:
            output.close()


async def _until_ready(running: Running) -> None:
    child = running.child
    ready = asyncio.ensure_future(child.ready() if child.ready else asyncio.sleep(0))
    ended = asyncio.ensure_future(running.process.wait())
    try:
        await asyncio.wait(
            {ready, ended}, timeout=child.ready_within_s, return_when=asyncio.FIRST_COMPLETED
        )
        if ready.done():
            ready.result()
            running.is_ready = True
        elif ended.done():
            raise ChildLost(running.last_words())
        else:
            raise ChildLost(
                f"{child.name} was not ready within {child.ready_within_s:g} s"
                f"{_last_line(child.log)}"
            )
    finally:
        ready.cancel()
        ended.cancel()


def _last_line(path: Path | None) -> str:
    if path is None or not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return f"; its log {path} ends with: {last}"
