"""`tocsin template`, as people type it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from streams.cli import app

CONFIG = """
kafka: {bootstrap: 'localhost:9'}
inputs: [{name: a, topic: t}]
channels:
  chat:
    kind: slack
    token: {env: NONE}
    title: "{{ labels.service }} is ill"
    text: |
      Look here.
      {{ what }}
  bad:
    kind: slack
    token: {env: NONE}
    title: "{{ labels.zone }}"
  bot: {kind: webhook, urls: {x: 'https://x.example/'}}
receivers:
  r: [{channel: chat, address: '#a'}, {channel: bad, address: '#b'}, {channel: bot, address: x}]
route: {receiver: r}
"""


def run(folder: Path, *arguments: str, text: str = CONFIG) -> tuple[int, str]:
    file = folder / "tocsin.yaml"
    file.write_text(text)
    result = CliRunner().invoke(app, ["template", *arguments, "--config", str(file)])
    if isinstance(result.exception, ConfigError):
        raise result.exception
    return result.exit_code, result.output


def test_render_shows_what_people_will_read(tmp_path: Path) -> None:
    code, said = run(tmp_path, "render", "chat", "--reason", "escalated", "--label", "service=cart")
    assert code == 0
    assert said.splitlines()[:5] == [
        "Critical: cart is ill",
        "",
        "Nobody has taken this yet: escalated to level 2.",
        "Look here.",
        'latency_ms{service="checkout"} is 747 ms; 125 ms was expected (97 to 153 ms).',
    ]


def test_a_template_that_fails_is_said_and_its_code_is_1(tmp_path: Path) -> None:
    code, said = run(tmp_path, "render", "bad")
    assert code == 1
    assert "the template failed: there is no 'zone'" in said
    assert run(tmp_path, "render", "bad", "--label", "zone=b")[1].startswith("Critical: b\n")


@pytest.mark.parametrize("channel", ["chat", "bot"])
def test_payload_is_what_the_provider_would_be_sent(channel: str, tmp_path: Path) -> None:
    code, said = run(tmp_path, "render", channel, "--payload")
    assert code == 0
    assert "747 ms" in said


def test_a_mistake_is_told_by_check_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        run(tmp_path, "render", "chat", text=CONFIG.replace("{{ what }}", "{{ whta }}"))
    said = error.value.render()
    assert 'tocsin.yaml:9:11: channels.chat.text: line 2: there is no "whta"' in said


def test_names_are_listed(tmp_path: Path) -> None:
    assert "runbook" in CliRunner().invoke(app, ["template", "names"]).output


def test_a_channel_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "render", "nope")[0] == 2
