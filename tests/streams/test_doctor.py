"""`tocsin doctor` and `tocsin test-notify`, against peers that speak the providers' protocols."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import HOST, Peers
from tests.routing.channels.benches import CREDENTIALS

CONFIG = """
kafka: {{bootstrap: 'localhost:9'}}
inputs: [{{name: a, topic: t}}]
channels:
  chat: {{kind: slack, token: {{env: CHAT}}, base_url: '{slack}'}}
  pager: {{kind: pagerduty, routing_keys: {{oncall: {{env: PAGER}}}}, base_url: '{pagerduty}'}}
  mail:
    {{kind: email, host: {host}, port: {port}, sender: t@shop.example, username: tocsin,
     password: {{env: MAIL}}}}
  tasks: {{kind: jira, base_url: '{jira}', user: tocsin@shop.example, token: {{env: TASKS}}}}
  bot: {{kind: webhook, urls: {{x: '{webhook}/x'}}, secret: {{env: BOT}}}}
users:
  ana: {{contacts: [{{channel: mail, address: ana@shop.example}}]}}
receivers:
  all:
    - {{channel: chat, address: '#ops'}}
    - {{channel: pager, address: oncall}}
    - {{channel: mail, address: ops@shop.example}}
    - {{channel: tasks, address: OPS}}
    - {{channel: bot, address: x}}
route: {{receiver: all}}
"""
SECRETS = {
    "CHAT": CREDENTIALS.slack_token,
    "PAGER": CREDENTIALS.pagerduty_keys["oncall"],
    "MAIL": CREDENTIALS.smtp_password,
    "TASKS": CREDENTIALS.jira_token,
    "BOT": CREDENTIALS.webhook_secret,
}


async def invoke(peers: Peers, folder: Path, *arguments: str, **secrets: str) -> Result:
    """The command in a thread, with a loop of its own, while the peers answer in ours."""
    given = {kind: peers.url(kind) for kind in ("slack", "pagerduty", "jira", "webhook")}
    file = folder / "tocsin.yaml"
    file.write_text(CONFIG.format(host=HOST, port=peers.ports["smtp"], **given))
    environ = SECRETS | secrets
    run = CliRunner().invoke
    words = [*arguments, "--config", str(file)]
    return await asyncio.to_thread(lambda: run(app, words, env=environ, catch_exceptions=False))


Story = Callable[[Peers], Awaitable[None]]


def with_peers(folder: Path, story: Story) -> None:
    async def run() -> None:
        async with Peers(folder / "peers", credentials=CREDENTIALS) as peers:
            await story(peers)

    asyncio.run(run())


def test_doctor_says_of_each_thing_how_it_is_and_tells_nobody(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack._id("#ops")
        result = await invoke(peers, tmp_path, "doctor")
        said = result.output.splitlines()
        assert said[0].startswith("FAIL  kafka: ")
        assert said[1:] == [
            "ok    chat: the bot tocsin of demo",
            "ok    chat #ops: there it is: C00000001",
            "ok    pager oncall: the key is taken",
            f"ok    mail: {HOST}:{peers.ports['smtp']} answers, not encrypted, logged in",
            "ok    mail ops@shop.example: is written like a mail address",
            "ok    mail ana@shop.example: is written like a mail address",
            "ok    tasks: Tocsin at Demo",
            "ok    tasks OPS: the project Project OPS",
            "ok    bot x: answers",
        ]
        assert result.exit_code == 1
        assert {one.what for one in peers.journal.received} <= {"dropped"}

    with_peers(tmp_path, story)


WRONG = {
    "CHAT": ("FAIL  chat: invalid_auth: ", "check the channel's `token`"),
    "PAGER": ("FAIL  pager oncall: HTTP 400: ", "check `routing_keys`: each is"),
    "MAIL": ("FAIL  mail: SMTP 535: ", "check the channel's `username` and `password`"),
    "TASKS": ("FAIL  tasks: HTTP 401: ", "check the channel's `user` and `token`"),
}


@pytest.mark.parametrize("secret", WRONG)
def test_a_wrong_secret_is_found_and_not_shown(secret: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        result = await invoke(peers, tmp_path, "doctor", **{secret: "wr0ng-secret"})
        begin, advice = WRONG[secret]
        (line,) = (line for line in result.output.splitlines() if line.startswith(begin))
        assert advice in line
        assert "wr0ng-secret" not in result.output

    with_peers(tmp_path, story)


@pytest.mark.parametrize("command", [("doctor",), ("test-notify", "all")])
def test_no_channel_waits_for_another(command: tuple[str, ...], tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.faults.inject(*6 * [Fault(kind="hang")])
        peers.jira.faults.witness = lambda _, __: peers.slack.faults.release()
        result = await invoke(peers, tmp_path, *command)
        assert "no answer in time" not in result.output

    with_peers(tmp_path, story)


def test_what_a_head_cannot_tell_is_said_to_be_unsure(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.webhook.faults.inject(Fault(status=404))
        result = await invoke(peers, tmp_path, "doctor")
        said = "?     bot x: answers 404 to HEAD; tocsin test-notify tries a POST"
        assert said in result.output.splitlines()

    with_peers(tmp_path, story)


def test_a_test_goes_to_each_contact_once_and_says_that_it_is_one(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        result = await invoke(peers, tmp_path, "test-notify", "all")
        assert result.exit_code == 0, result.output
        assert [line[:4] for line in result.output.splitlines()] == ["ok  "] * 5
        told = peers.journal.received
        assert sorted(one.channel for one in told if one.opens) == [
            "email",
            "jira",
            "pagerduty",
            "slack",
            "webhook",
        ]
        assert all("TEST: nothing is wrong" in one.text + json.dumps(one.body) for one in told)

    with_peers(tmp_path, story)


def test_what_a_test_opened_is_closed_where_that_is_asked(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        result = await invoke(peers, tmp_path, "test-notify", "all", "--resolve")
        assert result.exit_code == 0, result.output
        assert set(peers.pagerduty.states.values()) == {"resolved"}
        (issue,) = peers.jira.issues.values()
        assert issue["fields"]["status"]["statusCategory"]["key"] == "done"

    with_peers(tmp_path, story)


def test_a_user_or_labels_say_whom_and_a_failure_is_told(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        await invoke(peers, tmp_path, "test-notify", "ana")
        assert [one.contact for one in peers.journal.received] == ["ana@shop.example"]
        peers.webhook.faults.inject(Fault(status=500))
        result = await invoke(peers, tmp_path, "test-notify", "service=cart")
        assert result.exit_code == 1
        assert "FAIL  bot x: failed_temporary HTTP 500" in result.output
        assert (await invoke(peers, tmp_path, "test-notify", "nobody")).exit_code == 2

    with_peers(tmp_path, story)
