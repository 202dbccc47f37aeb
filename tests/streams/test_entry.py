"""The console script, interrupted as it starts."""

import signal
import subprocess
import sys

INTERRUPTED = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "streams.cli":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
from streams.entry import main
main()
"""
AFTERWARDS = """
import signal, sys, types

def run():
    print(signal.getsignal(signal.SIGINT) is signal.{handler})

signal.signal(signal.SIGINT, signal.{handler})
sys.modules["streams.cli"] = types.SimpleNamespace(main=run)
from streams.entry import main
main()
"""


def python(program: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-c", program]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def test_ctrl_c_while_it_imports_ends_it_without_a_word() -> None:
    answer = python(INTERRUPTED)
    assert answer.returncode == -signal.SIGINT
    assert answer.stdout + answer.stderr == ""


def test_commands_find_interrupts_handled_as_the_shell_has_them() -> None:
    for handler in ("default_int_handler", "SIG_IGN"):
        assert python(AFTERWARDS.format(handler=handler)).stdout == "True\n"
