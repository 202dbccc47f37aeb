"""The workers: started, killed, sent away, and started again when they end by themselves."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from streams.leash import leashed

_STOP_WITHIN_S = 20.0
_AGAIN_AFTER_S = 1.0  # for a worker that ended by itself


@dataclass(slots=True)
class Slot:
    """A place for one worker. `wanted` is False while nobody shall be there."""

    name: str
    wanted: bool = False
    process: "subprocess.Popen[bytes] | None" = None


class Fleet:
    """Workers on one configuration. `ended` says how each ended that nobody had asked to."""

    def __init__(self, config: Path, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._slots: dict[str, Slot] = {}
        self._keeper: asyncio.Task[None] | None = None
        self.ended: list[str] = []

    async def __aenter__(self) -> "Fleet":
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._keeper is not None
        self._keeper.cancel()
        for slot in self._slots.values():
            _end(slot, signal.SIGKILL)

    def names(self) -> list[str]:
        """The places where a worker is wanted now."""
        return [slot.name for slot in self._slots.values() if slot.wanted]

    def start(self, name: str) -> None:
        """Start the worker of a place."""
        slot = self._slots.setdefault(name, Slot(name))
        slot.wanted = True
        argv = [sys.executable, "-m", "streams.worker", "--config", str(self._config)]
        with (self._folder / f"{name}.log").open("ab") as log:
            slot.process = subprocess.Popen(
                leashed(argv),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "SLACK_TOKEN": "xoxb-demo"},
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """`kill -9`, and start it again."""
        _end(self._slots[name], signal.SIGKILL)
        self.start(name)

    async def leave(self, name: str) -> None:
        """SIGTERM, and wait until it has gone."""
        slot = self._slots[name]
        slot.wanted = False
        await asyncio.to_thread(_end, slot, signal.SIGTERM)

    async def leave_all(self) -> None:
        """SIGTERM to one after the other."""
        for name in self.names():
            await self.leave(name)

    def log_of(self, name: str) -> str:
        """What the workers of a place said."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    async def _keep(self) -> None:
        """Start again what ended by itself, as the parent process of a worker does."""
        while True:
            await asyncio.sleep(_AGAIN_AFTER_S)
            for slot in list(self._slots.values()):
                code = None if slot.process is None else slot.process.poll()
                if slot.wanted and code is not None:
                    last = self.log_of(slot.name).rstrip().rpartition("\n")[2]
                    self.ended.append(f"{slot.name} ended with {code}: {last[:300]}")
                    self.start(slot.name)


def _end(slot: Slot, how: signal.Signals) -> None:
    process = slot.process
    if process is None:
        return
    process.send_signal(how)
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
    slot.process = None
