"""`tocsin import alertmanager`: the same meaning, no secret, and what is said of it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bench.routes import read
from config.alertmanager.imported import imported, written
from config.errors import ConfigError
from config.loader import load
from config.settings import Config
from routing.forecast import forecast
from routing.policy import Contact, Route
from routing.routes import find
from streams.cli import app
from tests.scenarios.story import START, Story

DATA = Path(__file__).parents[4] / "shared" / "data" / "alertmanager" / "amtool"
SECRETS = ("s3cr3t-hook", "s3cr3t-key", "s3cr3t-pass", "s3cr3t-token", "s3cr3t-note")

FILE = """\
global:
  slack_api_url: https://hooks.slack.com/services/s3cr3t-hook
  smtp_smarthost: mail.example.org:2525
  smtp_from: am@example.org
  smtp_auth_username: am
  smtp_auth_password: s3cr3t-pass
  resolve_timeout: 5m
templates: [/etc/alertmanager/*.tmpl]
route:
  receiver: team X/mails
  group_by: [alertname, cluster]  # s3cr3t-note
  repeat_interval: 1y
  routes:
    - matchers: ['{severity="info"}']
      receiver: "null"
      routes:
        - match: {team: quiet}
    - match: {team: x, n: 1}
      match_re: {env: prod|stage}
      matchers: ['job!~"a,b"', a.b="c"]
      receiver: pager
      continue: true
      group_wait: 0s
      mute_time_intervals: [nights]
      labels: {runbook: x}
    - matchers: [team="hook"]
      receiver: hook
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_match: {severity: warning}
    equal: [cluster]
  - source_matchers: []
    target_matchers: [severity="warning"]
  - source_matchers: [a="b"]
    target_matchers: [a="b"]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: 00:00, end_time: 06:00}]
        weekdays: ['monday:friday']
        days_of_month: ['-3:-1']
        location: Europe/Vienna
receivers:
  - name: team X/mails
    email_configs:
      - {to: 'a@example.org, b@example.org', send_resolved: false, html: '{{ template "x" . }}'}
  - name: "null"
  - name: pager
    pagerduty_configs:
      - routing_key: s3cr3t-key
      - routing_key_file: /run/pd
    slack_configs: [{channel: '#ops'}, {api_url: 'https://x/s3cr3t-hook'}]
    jira_configs:
      - project: OPS
        api_url: https://jira.example.org/rest/api/2
        http_config: {basic_auth: {username: am, password: s3cr3t-token}}
  - name: hook
    webhook_configs: [{url: 'http://user:s3cr3t-pass@example.org/'}, {url_file: /run/url}]
    opsgenie_configs: [{api_key: s3cr3t-key}]
"""

MINIMAL = "kafka: {bootstrap: 'kafka:9092'}\ninputs: [{name: a, topic: t}]\n"


def converted(folder: Path, text: str = FILE) -> tuple[str, Config]:
    """The text of ours, and what our loader makes of it beside a minimal file."""
    theirs = folder / "alertmanager.yml"
    theirs.write_text(text)
    ours = folder / "ours"
    ours.mkdir(exist_ok=True)
    said = written(imported(theirs))
    (ours / "routing.yaml").write_text(said)
    (ours / "rest.yaml").write_text(MINIMAL)
    return said, load(ours, environ={}, needed="none")


def test_no_secret_is_copied_and_each_is_named_with_its_variable(tmp_path: Path) -> None:
    said, _ = converted(tmp_path)
    assert not [secret for secret in SECRETS if secret in said]
    for line in (
        "#   SMTP_PASSWORD: now in global.smtp_auth_password",
        "#   PAGERDUTY_PAGER: now in receivers[2].pagerduty_configs[0]",
        "#   JIRA_TOKEN: now in receivers[2].jira_configs[0]",
        "#   WEBHOOK_HOOK: now in receivers[3].webhook_configs[0].url",
    ):
        assert line in said.splitlines()
    assert "file: /run/pd" in said
    assert "file: /run/url" in said


def test_what_has_no_counterpart_is_said_where_it_stands(tmp_path: Path) -> None:
    said, _ = converted(tmp_path)
    for note in (
        "receivers[0].email_configs[0]: `send_resolved: false` is not kept",
        "receivers[0].email_configs[0]: templates are not kept: html",
        "receivers[3].opsgenie_configs[0]: has no counterpart",
        "inhibit_rules[1]: has a side that accepts any alert",
        "inhibit_rules[2]: has two equal sides",
        "templates: templates are not taken over",
        "global.resolve_timeout: ",
        "receivers: null: tells nobody",
    ):
        assert f"#   {note}" in said


def test_receivers_channels_and_timers_are_what_they_were(tmp_path: Path) -> None:
    _, config = converted(tmp_path)
    policy = config.policy
    told = {receiver.name: receiver.contacts for receiver in policy.receivers}
    assert told["team-X-mails"] == (
        Contact("email", "a@example.org"),
        Contact("email", "b@example.org"),
    )
    assert told["pager"] == (
        Contact("pagerduty", "pager"),
        Contact("pagerduty", "pager-more"),
        Contact("slack", "#ops"),
        Contact("slack", "#change-me"),
        Contact("jira", "OPS"),
    )
    pager = policy.route.routes[1]
    assert (pager.group_wait.total_seconds(), pager.repeat_interval.days) == (0.001, 365)
    assert (pager.mute_intervals, pager.labels) == (("nights",), {"runbook": "x"})
    (rule,) = policy.inhibitions
    assert (rule.name, rule.equal) == ("rule-1", ("cluster",))


def test_with_compat_the_timing_is_kept_and_who_was_told_no_ends_is_told_none(
    tmp_path: Path,
) -> None:
    theirs, ours = tmp_path / "alertmanager.yml", tmp_path / "ours"
    theirs.write_text(FILE)
    ours.mkdir()
    (ours / "routing.yaml").write_text(written(imported(theirs, is_compat=True)))
    (ours / "rest.yaml").write_text(MINIMAL)
    policy = load(ours, environ={}, needed="none").policy
    silent = {receiver.name: receiver.unresolved for receiver in policy.receivers}
    assert policy.is_compat
    assert silent["team-X-mails"] == (
        Contact("email", "a@example.org"),
        Contact("email", "b@example.org"),
    )
    assert silent["pager"] == (Contact("slack", "#ops"), Contact("slack", "#change-me"))


def test_who_was_told_nothing_is_told_nothing(tmp_path: Path) -> None:
    _, config = converted(tmp_path)
    alert = Story(config.policy).alert("info", team="quiet")
    (found,) = forecast(config.policy, alert, START)
    assert [mute.name for mute in found.quiet] == ["outside never"]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Route, Route]:
    """Ours as it was imported and loaded, and theirs."""
    text = FILE.replace("team X/mails", "mails")
    _, config = converted(tmp_path_factory.mktemp("import"), text)
    return config.policy.route, read(YAML(typ="safe").load(text)["route"])


@given(
    st.dictionaries(
        st.sampled_from(["severity", "team", "env", "n", "job", "a.b"]),
        st.sampled_from(["info", "x", "hook", "prod", "1", "c", "a,b"]),
    )
)
def test_alerts_go_where_they_went(trees: tuple[Route, Route], labels: dict[str, str]) -> None:
    ours, theirs = (find(tree, labels) for tree in trees)
    assert [one.path for one in ours] == [one.path for one in theirs]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (FILE.replace('job!~"a,b"', 'job!~"a(b"'), "20:26", "missing )"),
        (FILE.replace('[a="b"]', "[a b]", 1), "34:23", "bad matcher format"),
        (FILE.replace("route:", "rute:"), "1:1", "has no `route`"),
        (FILE.replace("receiver: pager", "receiver: [pager"), "22:15", "expected ',' or ']'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, text: str, place: str, message: str
) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        imported(file)
    (problem,) = caught.value.problems
    assert problem.headline.startswith(f"{file}:{place}"), problem.headline
    assert message in problem.headline
    assert not [secret for secret in SECRETS if secret in problem.render()]


def test_a_file_that_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["import", "alertmanager", str(tmp_path / "no.yml")])
    assert isinstance(done.exception, ConfigError)


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/alertmanager/amtool is not here")
def test_the_recorded_configuration_has_the_same_routes(tmp_path: Path) -> None:
    text = (DATA / "alertmanager.yml").read_text()
    _, config = converted(tmp_path, text)
    theirs = read(json.loads(json.dumps(YAML(typ="safe").load(text)["route"])))
    assert len(config.policy.route.routes) == len(theirs.routes) == 40
    assert [one.receiver for one in config.policy.route.routes] == [
        one.receiver for one in theirs.routes
    ]
    assert len(config.policy.inhibitions) == 3
