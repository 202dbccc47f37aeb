"""One Apache Kafka broker that can be killed, and comes back on its data."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from streams.broker import free_port, wait_ready
from streams.leash import leashed
from tests.brokers import kafka_argv


class Broker:
    """A broker on a port and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self._argv: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address clients connect to."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The present process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, and return when it answers."""
        if not self._argv:
            self._argv = kafka_argv(self._port, self._folder)
        with (self._folder / "kafka.log").open("ab") as output:
            self._process = subprocess.Popen(
                leashed(self._argv),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        await wait_ready(self.bootstrap, within_s=90)

    def stop(self, how: signal.Signals) -> None:
        """End it by a signal, and return when it is gone."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
