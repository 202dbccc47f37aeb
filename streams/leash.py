"""Runs a command that cannot outlive its parent: `leash.py PARENT_PID COMMAND...`.

On Linux the kernel is asked to kill this process when its parent ends, and the command then takes
its place, so the process id is the command's own. Elsewhere this process stays between the two
and watches standard input, a pipe that closes when the parent ends, however it ends.

Only the standard library, so that it starts in some 20 ms.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def leashed(argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` bound to the life of this process.

    Start it with standard input as a pipe, in a session of its own, from a thread that lives as
    long as the process: the kernel's bond is to the thread.
    """
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), str(os.getpid()), *argv]


def take_place(parent: int, argv: Sequence[str]) -> None:
    """Become `argv`, killed by the kernel when `parent` ends. Linux only."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was asked
        sys.exit(1)
    os.execvp(argv[0], list(argv))


def stand_between(argv: Sequence[str]) -> int:
    """Run `argv` until it ends, or until standard input closes. Returns its exit code."""
    command = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    for forwarded in (signal.SIGINT, signal.SIGTERM):
        signal.signal(forwarded, signal.SIG_IGN)  # the whole group is signalled; we only wait
    threading.Thread(target=_end_with_input, daemon=True).start()
    code = command.wait()
    return code if code >= 0 else 128 - code


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> int:
    """Run the command of our own command line."""
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    try:
        if sys.platform == "linux":
            take_place(parent, argv)
        return stand_between(argv)
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main())
