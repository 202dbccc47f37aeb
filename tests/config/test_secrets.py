"""Secrets come from outside, and are in no message."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.loader import load
from config.redact import redact
from routing.channels.slack import Slack
from tests.config.samples import ENVIRON, SECRET, SMALL, loaded, problems, refused, write

LITERAL = "hunter2-is-long-enough"


def _token(slack: object) -> str:
    assert isinstance(slack, Slack)
    return slack._token.reveal()


def test_a_secret_is_read_from_the_environment(tmp_path: Path) -> None:
    assert _token(loaded(tmp_path).channels()["slack"]) == SECRET


def test_a_secret_is_read_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    write(tmp_path, "from-a-file\n", "token")
    config = loaded(tmp_path, SMALL.replace("{env: SLACK_TOKEN}", "{file: token}"), {})
    assert _token(config.channels()["slack"]) == "from-a-file"


def test_channels_are_made_anew_at_each_call(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert config.channels()["slack"] is not config.channels()["slack"]


def test_a_check_can_do_without_secrets(tmp_path: Path) -> None:
    config = load(write(tmp_path, SMALL), environ={}, needed="none")
    assert list(config.channels()) == ["slack"]


def test_an_empty_variable_is_an_absent_one(tmp_path: Path) -> None:
    assert "SLACK_TOKEN is not set" in refused(tmp_path, SMALL, {"SLACK_TOKEN": ""}).render()


@pytest.mark.parametrize(
    "token",
    [
        LITERAL,
        f'"{LITERAL}"',
        f"{{env: {LITERAL}}}",
        f"{{text: {LITERAL}}}",
        f"[{LITERAL}]",
        f"{{env: [{LITERAL}]}}",
        f"|\n      {LITERAL}",
        f'"{LITERAL}',
        f"{LITERAL}: {LITERAL}",
        f"{LITERAL} # {LITERAL}",
    ],
)
@pytest.mark.parametrize("key", ["token", "tokn"])
def test_a_secret_in_the_text_is_never_shown(tmp_path: Path, key: str, token: str) -> None:
    text = SMALL.replace("token: {env: SLACK_TOKEN}", f"{key}: {token}")
    error = refused(tmp_path, text)
    assert LITERAL not in error.render()
    assert LITERAL not in str(error)
    assert not any(LITERAL in problem.headline for problem in error.problems)


def test_a_secret_in_the_text_is_hidden_in_every_other_line_that_holds_it(tmp_path: Path) -> None:
    text = SMALL.replace("{env: SLACK_TOKEN}", LITERAL).replace("wait: 5m", f"wait: {LITERAL}")
    rendered = refused(tmp_path, text).render()
    assert "wait: ***" in rendered
    assert LITERAL not in rendered


def test_the_text_of_an_environment_secret_is_in_no_message(tmp_path: Path) -> None:
    environ = {"SLACK_TOKEN": "short-pass"}
    text = SMALL.replace("address: U024BE91L", "chanel: short-pass")
    assert "short-pass" not in refused(tmp_path, text, environ).render().partition("chanel")[0]
    text = SMALL.replace("users: [ana]", "users: [short-pass]")
    assert "short-pass" not in refused(tmp_path, text, environ).render()


def test_the_configuration_itself_shows_no_secret(tmp_path: Path) -> None:
    assert SECRET not in repr(loaded(tmp_path))


def _breakages() -> Iterator[str]:
    yield from ("", "{", "]", "'", ": x", "\t", "&a", "<<", "- ")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(at=st.integers(0, len(SMALL)), what=st.sampled_from(list(_breakages())))
def test_no_breakage_shows_a_slack_token(tmp_path: Path, at: int, what: str) -> None:
    text = SMALL.replace("{env: SLACK_TOKEN}", SECRET)
    for problem in problems(tmp_path, text[:at] + what + text[at:]):
        assert "very-secret" not in problem.render()


@pytest.mark.parametrize(
    "line",
    ["service: checkout", "token: {env: SLACK_TOKEN}", "passwords are elsewhere", "key: ${KEY:-x}"],
)
def test_a_line_without_a_secret_is_shown_as_it_is(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "password: 'S3CR3T'",
        "- {kind: slack, token: S3CR3T, name: x}",
        "api-key: S3CR3T # rotate",
        '"routing_key": "S3CR3T"',
        "url: amqp://user:S3CR3T@host/",
        "anything: xoxp-S3CR3T",
    ],
)
def test_a_likely_secret_is_masked(line: str) -> None:
    assert "S3CR3T" not in redact(line)
    assert "***" in redact(line)


def test_a_url_of_apprise_is_a_secret_as_a_whole(tmp_path: Path) -> None:
    phones = "channels:\n  phones: {kind: apprise, urls: {ana: ntfy://ana-pages-81f2}}\n"
    error = refused(tmp_path, SMALL.replace("channels:\n", phones))
    assert "channels.phones.urls.ana" in str(error)
    assert "81f2" not in str(error)
    given = phones.replace("ntfy://ana-pages-81f2", "{env: NTFY}")
    config = loaded(tmp_path, SMALL.replace("channels:\n", given), ENVIRON | {"NTFY": "ntfy://x"})
    assert config.channels()["phones"].kind == "apprise"
