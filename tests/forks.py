"""Tocsin's commands as processes of their own, without the time that their imports take.

They are forks of one process that has imported everything, which is most of what a start costs.
Each has an id, arguments, an environment and an output of its own, and is killed as any other.
Starts as people have them are held by the tests in which a supervisor starts the workers.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["console.process", "streams.cli", "streams.worker", "tests.kernels"])

Command = Callable[[Sequence[str]], int]


class Fork:
    """A process that runs a command, with what tests use of `subprocess.Popen`."""

    def __init__(
        self,
        command: Command,
        *arguments: str,
        env: Mapping[str, str],
        stdout: Path,
        stderr: Path,
    ) -> None:
        given = (command, arguments, dict(env), stdout, stderr)
        self._process = FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code when it ends. Raises TimeoutError if it does not in time."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise TimeoutError(f"process {self.pid} goes on after {timeout} s")
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()


def ended(command: Command, *arguments: str, env: Mapping[str, str]) -> "CompletedProcess[str]":
    """Run a command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        said = {name: Path(folder, name) for name in ("stdout", "stderr")}
        process = Fork(command, *arguments, env=env, **said)
        try:
            code = process.wait(60)
        finally:
            process.kill()
        return CompletedProcess(arguments, code, *(file.read_text() for file in said.values()))


def _run(
    command: Command, arguments: Sequence[str], env: Mapping[str, str], stdout: Path, stderr: Path
) -> None:
    for number, file in ((1, stdout), (2, stderr)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(env)
    sys.exit(command(arguments))
