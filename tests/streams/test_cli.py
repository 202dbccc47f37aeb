"""The command line as a person meets it: what it says, and its exit codes."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from streams.broker import free_port
from streams.cli import app, main
from tests.config.samples import ENVIRON, SMALL, write
from tests.forks import ended

pytestmark = pytest.mark.long

EXAMPLES = Path("config/examples")
SECRETS = dict.fromkeys(("SLACK_TOKEN", "PAGERDUTY_KEY", "JIRA_TOKEN", "SMTP_PASSWORD"), "made-up")


def tocsin(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return ended(_main, *arguments, env={**os.environ, **env})


def _main(arguments: Sequence[str]) -> int:
    sys.argv = ["tocsin", *arguments]
    main()
    return 0


def test_check_says_that_a_configuration_is_good() -> None:
    answer = tocsin("check", str(EXAMPLES), **SECRETS)
    assert answer.returncode == 0, answer.stderr
    assert "good" in answer.stdout
    assert "made-up" not in answer.stdout + answer.stderr


def test_check_counts_one_thing_as_one(tmp_path: Path) -> None:
    small = tmp_path / "tocsin.yaml"
    small.write_text(SMALL)
    answer = tocsin("check", "--no-secrets", str(small))
    told = "good. 1 input, 12 profiles, 1 receiver, 1 user, 1 escalation, 1 silence.\n"
    assert answer.stdout.endswith(told)


def test_check_takes_the_file_of_the_folder_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "inputs: [{name: a, topic: a}]\nreceivers: {ops: []}\nroute: {receiver: ops}\n"
    (tmp_path / "tocsin.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    answer = tocsin("check", "--no-secrets")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("tocsin.yaml: good.")


def test_check_names_the_place_of_every_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("route: {recever: ops, group_wait: soon}\n")
    answer = tocsin("check", str(wrong))
    assert answer.returncode == 2
    assert f"{wrong}:1:9: route.recever: " in answer.stderr
    assert 'did you mean "receiver"?' in answer.stderr
    assert f"{wrong}:1:35: route.group_wait: " in answer.stderr
    assert "Traceback" not in answer.stderr


def test_missing_token_is_named_and_nothing_else_is_shown() -> None:
    answer = tocsin("check", str(EXAMPLES), **{**SECRETS, "SLACK_TOKEN": ""})
    assert answer.returncode == 2
    assert "SLACK_TOKEN" in answer.stderr
    assert "made-up" not in answer.stderr


def test_profiles_says_what_watches_a_series_and_why() -> None:
    found = ("--for", "latency_ms", "--input", "host", "service=cart")
    answer = tocsin("profiles", "-c", str(EXAMPLES), *found)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith('latency_ms{service="cart"}, input host')
    assert "host  (profiles.yaml:" in answer.stdout
    assert "disk-full (profiles.yaml:" in answer.stdout
    listed = json.loads(tocsin("profiles", "-c", str(EXAMPLES), "--json").stdout)
    assert listed[0]["profile"] == "critical-path"
    assert listed[-1] == {"profile": "default", "origin": "shipped", "match": []}


def test_schema_is_json() -> None:
    assert "route" in json.loads(tocsin("schema").stdout)["properties"]


@pytest.mark.parametrize("command", ["worker", "run", "console"])
def test_unreachable_broker_is_one_line_that_says_what_to_do(command: str) -> None:
    dead, port = f"127.0.0.1:{free_port()}", str(free_port())
    env = {**SECRETS, "TOCSIN_BOOTSTRAP": dead, "TOCSIN_CONSOLE_PORT": port}
    answer = tocsin(command, "--config", str(EXAMPLES), **env)
    assert answer.returncode == 1
    assert dead in answer.stderr
    assert "kafka.bootstrap" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [("demo",), ("run", "--config", str(EXAMPLES))])
def test_port_in_use_is_one_line_that_names_it(command: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = tocsin(*command, "--port", port, **SECRETS)
    assert answer.returncode in (1, 2)
    assert port in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("demo", "--json"), "--once", id="json without once"),
        pytest.param(("demo", "--scenario", "spyke"), "spike", id="unknown scenario"),
        pytest.param(("demo", "--speed-up", "0"), "above 0", id="no speed"),
        pytest.param(("check", "nowhere.yaml"), "nowhere.yaml", id="no such file"),
        pytest.param(("werker",), "worker", id="unknown command"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_right(
    arguments: tuple[str, ...], says: str
) -> None:
    answer = tocsin(*arguments)
    assert answer.returncode == 2
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("module", ["streams.worker", "streams.cli"])
def test_nobody_waits_for_libraries_that_were_not_asked_for(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('river', 'scipy.stats') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("detector", "imported"),
    [("ewma", "[]"), ("ewam", "[]"), ("river.GaussianScorer", "['river']")],
)
def test_river_is_imported_once_a_configuration_names_a_model_of_it(
    tmp_path: Path, detector: str, imported: str
) -> None:
    file = write(tmp_path, SMALL.replace("      ewma: {memory: 10m}", f"      {detector}: "))
    code = (
        "import sys, pathlib, contextlib, config.loader, config.errors\n"
        "with contextlib.suppress(config.errors.ConfigError):\n"
        f"    config.loader.load(pathlib.Path({str(file)!r}), environ={ENVIRON!r})\n"
        "print([m for m in ('river',) if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{imported}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("incident", "list"),
        ("silence", "list"),
        ("deadletter", "list"),
        ("oncall", "who"),
        ("mark", "list"),
        ("feedback", "list"),
        ("doctor",),
        ("run",),
    ],
    ids=" ".join,
)
def test_a_command_takes_tocsin_yaml_where_no_configuration_is_named(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, [*words]).exception
    assert isinstance(error, ConfigError)
    assert error.render().startswith("tocsin.yaml:1:1: cannot be read")
