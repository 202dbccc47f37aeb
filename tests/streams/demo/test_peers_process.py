"""The peers as the process that the demonstration starts."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from routing.channels.samples import follow_up, notification
from routing.channels.slack import Slack
from routing.incident import NotifyReason
from routing.secret import Secret
from streams.demo.peers import received
from streams.demo.peers.serve import Credentials
from tests.routing.channels.benches import tell

COMMAND = [sys.executable, "-m", "streams.demo.peers"]


@contextmanager
def serving(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    command = [*COMMAND, "--dir", str(folder), *more]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_first_line_names_every_port_and_each_answers(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, ready):
        assert sorted(ready) == [
            *("apprise", "desk", "dir", "jira", "pagerduty", "slack", "smtp", "webhook"),
        ]
        for kind in ("slack", "pagerduty", "jira", "smtp", "webhook", "desk"):
            socket.create_connection(("127.0.0.1", ready[kind]), timeout=5).close()


def test_slack_has_the_channels_that_it_is_told_of_before_anything_is_posted(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--slack-channel=#ops") as (_, ready):
        url = f"http://127.0.0.1:{ready['slack']}/api/conversations.list"
        bearer = {"Authorization": f"Bearer {Credentials().slack_token}"}
        with urlopen(Request(url, headers=bearer)) as answer:
            (channel,) = json.loads(answer.read())["channels"]
    assert channel["name"] == "ops"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(number: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_what_was_received_is_counted_over_http_and_from_the_folder(tmp_path: Path) -> None:
    async def story(url: str) -> None:
        token = Secret(Credentials().slack_token)
        channel = Slack(name="slack", token=token, base_url=url)
        (first,) = await tell(channel, notification("#ops"))
        await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()

    with serving(tmp_path) as (_, ready):
        asyncio.run(story(f"http://127.0.0.1:{ready['slack']}"))
        with urlopen(f"http://127.0.0.1:{ready['jira']}/__received") as answer:
            served = received.decode(answer.read())
        written = received.read(tmp_path)
    told = [one.what for one in served if one.what != "picture"]  # that comes when it is drawn
    assert told == ["post", "update", "reply"]
    assert [one.ref for one in served] == [one.ref for one in written]
    key = ("inc-7f3a", "slack", "#ops")
    assert received.pages(written) == {key: 1}
    assert received.endings(served) == {key: 1}
    assert received.told(served) == {"inc-7f3a": [("slack", "#ops")]}


def test_a_port_in_use_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*COMMAND, "--dir", str(tmp_path), "--jira-port", port]
        run = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "choose another port" in run.stderr


@pytest.mark.parametrize("wrong", [["--slack-port", "70000"], ["--pagerduty-key", "nokey"], []])
def test_wrong_usage_is_exit_code_2(wrong: list[str]) -> None:
    run = subprocess.run([*COMMAND, *wrong], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
