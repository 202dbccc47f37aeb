"""The console as a process: what it says when it cannot start."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.process import main
from tests.forks import ended


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def console(*options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return ended(main, *options, env={"PATH": "/usr/bin:/bin", **environ})


def test_port_in_use_is_one_line_and_exit_code_1(taken_port: int) -> None:
    done = console("--config", "config/examples", "--port", str(taken_port))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1 port {taken_port} (Address already in use)" in done.stderr
    assert "--port" in done.stderr


def test_unreachable_broker_is_one_line_and_exit_code_1() -> None:
    with socket.socket() as unheard:  # bound, so that nobody else takes it, and never listening
        unheard.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
        done = console("--config", "config/examples", "--port", "0", TOCSIN_BOOTSTRAP=address)
    assert done.returncode == 1
    assert done.stderr == (
        f"tocsin console: no Kafka broker answers at {address}: "
        "start one there, or correct kafka.bootstrap\n"
    )


def test_wrong_configuration_is_shown_with_its_place_and_exit_code_2(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.yaml"
    file.write_text("consoul:\n  port: 1\n")
    done = console("--config", str(file))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{file}:1:1: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "1"], "--config"),
        (["--config", "x", "--port", "99999"], "give a number from 0 to 65535"),
        (["--config", "/nonexistent/tocsin.yaml"], "/nonexistent/tocsin.yaml"),
    ],
)
def test_wrong_command_line_says_what_is_wrong_with_exit_code_2(
    options: list[str], words: str
) -> None:
    done = console(*options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
