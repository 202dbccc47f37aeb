"""`tocsin diff`: what it says of an edit, over a history too, and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from tests.config.samples import SMALL, write

HISTORY = """\
{"at": "2026-11-30T09:00:00Z", "labels": {"service": "checkout", "severity": "critical"}}
{"at": "2026-11-30T09:01:00Z", "labels": {"service": "checkout"}, "ack": "ana"}
{"at": "2026-11-30T22:30:00Z", "labels": {"service": "checkout", "node": "b"}}
{"at": "2026-11-30T22:40:00Z", "labels": {"service": "checkout", "node": "b"}, "status": "resolved"}
"""


def answer(folder: Path, new: str, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    files = [str(write(folder, SMALL)), str(write(folder, new, "new.yaml"))]
    done = CliRunner().invoke(app, ["diff", *files, *arguments])
    return done.exit_code, done.output


def test_without_a_difference_it_says_so(tmp_path: Path) -> None:
    assert answer(tmp_path, SMALL) == (0, "nothing differs\n")


def test_it_says_what_an_edit_changes(tmp_path: Path) -> None:
    code, said = answer(tmp_path, SMALL.replace("wait: 5m", "wait: 7m"))
    assert code == 1
    assert said.startswith("~ escalation urgent  changed\n    levels, 1: ")


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (
            "ewma: {memory: 10m}",
            "ewma: {memory: 12m}",
            [
                "~ profile service  changed",
                "    ewma.memory: 10m -> 12m",
                "    what was learnt: kept -> lost: its series are only learnt until the warm-up "
                "is over",
            ],
        ),
        (
            "ewma: {memory: 10m}",
            "ewma: {memory: 10m, band: 3.0}\n      threshold: {upper: 9.0}",
            [
                "    detectors: ewma -> ewma, threshold",
                "    ewma.band: 4.0 -> 3.0",
                "    what was learnt: kept -> lost: its series are only learnt until the warm-up "
                "is over",
            ],
        ),
        (
            "    open_after: 3 of 5\n",
            "    absent_after: 3\n",
            ["~ profile service  changed", "    absent_after: none -> 3.0"],
        ),
        (
            "    partition_by: [service]\n",
            "    late_after: 2d\n    limits: {series: 5}\n",
            [
                "~ input shop  changed",
                "    late_after: 1d -> 2d",
                "    limits.series: 100000 -> 5",
                "    partition_by: [service] -> none",
            ],
        ),
    ],
)
def test_it_says_what_an_edit_changes_of_what_is_watched(
    tmp_path: Path, before: str, after: str, lines: list[str]
) -> None:
    code, said = answer(tmp_path, SMALL.replace(before, after))
    assert code == 1
    assert set(lines) <= set(said.splitlines())
    assert len([line for line in said.splitlines() if not line.startswith(" ")]) == 1
    assert ("lost:" in said) == ("ewma" in before)


def test_another_order_of_profiles_is_told_since_the_first_that_matches_watches(
    tmp_path: Path,
) -> None:
    one = SMALL[SMALL.index("  - name: service\n") : SMALL.index("channels:\n")]
    two = one.replace("name: service", "name: web").replace('!="test"', '="web"')
    three = one.replace("name: service", "name: last")
    files = [
        str(write(tmp_path, SMALL.replace(one, "".join(order)), name))
        for order, name in (((one, two, three), "old.yaml"), ((two, one, three), "new.yaml"))
    ]
    done = CliRunner().invoke(app, ["diff", *files])
    told = "~ order of profiles  changed\n    tried: service, web -> web, service\n"
    assert (done.exit_code, done.stdout) == (1, told)


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (
            "flapping: {changes: 5}",
            "~ setting flapping  changed\n    flapping: changes 8 within 1h calm 15m -> "
            "changes 5 within 1h calm 15m",
        ),
        (
            "page_budget: 10/1h",
            "~ setting page_budget  changed\n    page_budget: none -> pages 10 per 1h "
            "digest_after 15m",
        ),
        (
            "canary: {receiver: shop}",
            "~ setting canary  changed\n    canary: none -> receiver shop every 1d "
            "time_zone UTC within 10m",
        ),
        (
            "heartbeats: {prometheus: {match: ['alertname=\"Watchdog\"'], every: 5m}}",
            "+ heartbeat prometheus  added",
        ),
    ],
)
def test_it_says_what_an_edit_changes_of_what_holds_for_all_alerts(
    tmp_path: Path, added: str, told: str
) -> None:
    code, said = answer(tmp_path, f"{SMALL}{added}\n")
    assert (code, said) == (1, f"{told}\n")


WAYS = SMALL.replace(
    "  bootstrap: kafka:9092\n",
    """\
  bootstrap: kafka:9092
  tls: {ca: ca.pem}
  sasl: {mechanism: PLAIN, username: tocsin, password: {env: KAFKA_PASSWORD}}
""",
).replace(
    "channels:\n",
    """\
console: {url: "https://tocsin.example/site"}
channels:
  mail: {kind: email, host: mx.example, sender: tocsin@shop.example}
  pager: {kind: pagerduty, routing_keys: {night: {env: NIGHT_KEY}}, webhook_secrets: [{env: A}]}
  bots: {kind: webhook, urls: {ops: "https://hooks.example/T0/b-c-d", me: {file: me.txt}}}
""",
)


@pytest.mark.parametrize(
    ("before", "after", "head", "lines"),
    [
        (
            "host: mx.example, sender: tocsin@shop.example",
            "host: relay.example, port: 25, sender: bot@shop.example, timeout: 1m",
            "channel mail",
            {
                "host: mx.example -> relay.example",
                "port: 587 -> 25",
                "sender: tocsin@shop.example -> bot@shop.example",
                "timeout: 20s -> 1m",
            },
        ),
        (
            "kind: slack\n",
            "kind: slack\n    pace: {address: 30/1m}\n    base_url: https://slack.example/api/\n",
            "channel slack",
            {
                "base_url: https://slack.com/*** -> https://slack.example/***",
                "pace.address: 60/1m -> 30/1m",
            },
        ),
        (
            "token: {env: SLACK_TOKEN}",
            "token: {file: token}",
            "channel slack",
            {"token: {env: SLACK_TOKEN} -> {file: token}"},
        ),
        (
            "night: {env: NIGHT_KEY}}, webhook_secrets: [{env: A}]",
            "night: {env: OTHER}, day: {env: DAY}}, webhook_secrets: [{env: A}, {env: B}]",
            "channel pager",
            {
                "routing_keys.night: {env: NIGHT_KEY} -> {env: OTHER}",
                "routing_keys.day: none -> {env: DAY}",
                "webhook_secrets: [{env: A}] -> [{env: A}, {env: B}]",
            },
        ),
        (
            "https://hooks.example/T0/b-c-d",
            "https://hooks.example/T0/e-f-g",
            "channel bots",
            {"urls.ops: https://hooks.example/*** -> another"},
        ),
        (
            "https://hooks.example/T0/b-c-d",
            "https://sesame@hooks.example",
            "channel bots",
            {"urls.ops: https://hooks.example/*** -> https://***@hooks.example"},
        ),
        (
            '"https://hooks.example/T0/b-c-d", me: {file: me.txt}',
            "{env: OPS_URL}",
            "channel bots",
            {
                "urls.ops: https://hooks.example/*** -> {env: OPS_URL}",
                "urls.me: {file: me.txt} -> none",
            },
        ),
        (
            "bootstrap: kafka:9092\n  tls: {ca: ca.pem}",
            "bootstrap: kafka-1:9093\n  topic_prefix: two\n  session_timeout: 10s",
            "section kafka",
            {
                "bootstrap: kafka:9092 -> kafka-1:9093",
                "topic_prefix: tocsin -> two",
                "session_timeout: 6s -> 10s",
                "tls.ca: ca.pem -> none",
                "tls.verify_host: true -> none",
            },
        ),
        (
            "tls: {ca: ca.pem}",
            "tls: {ca: /etc/ca.pem, certificate: own.pem, key: own.key, verify_host: false}",
            "section kafka",
            {
                "tls.ca: ca.pem -> /etc/ca.pem",
                "tls.certificate: none -> own.pem",
                "tls.key: none -> own.key",
                "tls.verify_host: true -> false",
            },
        ),
        (
            "username: tocsin, password: {env: KAFKA_PASSWORD}",
            "username: bot, password: {env: BOT_PASSWORD}",
            "section kafka",
            {
                "sasl.username: tocsin -> bot",
                "sasl.password: {env: KAFKA_PASSWORD} -> {env: BOT_PASSWORD}",
            },
        ),
        (
            'url: "https://tocsin.example/site"',
            'host: 0.0.0.0, port: 9000, url: "https://tocsin.example/two"',
            "section console",
            {
                "host: 127.0.0.1 -> 0.0.0.0",
                "port: 8080 -> 9000",
                "url: https://tocsin.example/site -> https://tocsin.example/two",
            },
        ),
    ],
)
def test_it_says_what_an_edit_changes_of_the_ways_to_kafka_people_and_the_console(
    tmp_path: Path, before: str, after: str, head: str, lines: set[str]
) -> None:
    old = write(tmp_path, WAYS)
    (tmp_path / "edited").mkdir()
    new = write(tmp_path / "edited", WAYS.replace(before, after))
    done = CliRunner().invoke(app, ["diff", str(old), str(new)])
    assert done.exit_code == 1, done.output
    first, *rest = done.stdout.splitlines()
    assert first == f"~ {head}  changed"
    assert {line.removeprefix("    ") for line in rest} == lines


def test_ways_that_an_edit_leaves_as_they_are_differ_in_nothing(tmp_path: Path) -> None:
    (tmp_path / "edited").mkdir()
    same = WAYS.replace("host: mx.example", "host: mx.example, port: 587, timeout: 20s")
    files = [write(tmp_path, WAYS), write(tmp_path / "edited", same)]
    done = CliRunner().invoke(app, ["diff", *map(str, files)])
    assert (done.exit_code, done.stdout) == (0, "nothing differs\n")


def test_channels_are_added_removed_and_become_of_another_kind(tmp_path: Path) -> None:
    more = "channels:\n  mail: {kind: email, host: mx.example, sender: tocsin@shop.example}\n"
    files = [
        str(write(tmp_path, text, f"{name}.yaml"))
        for name, text in (
            ("plain", SMALL),
            ("more", SMALL.replace("channels:\n", more)),
            ("other", SMALL.replace("kind: slack\n    token", "kind: jira\n    base_url: "
             "https://jira.example\n    token")),
        )
    ]  # fmt: skip
    for pair, told in (
        (files[:2], "+ channel mail  added\n"),
        (files[1::-1], "- channel mail  removed\n"),
        (files[::2], "    kind: slack -> jira\n"),
    ):
        assert told in CliRunner().invoke(app, ["diff", *pair]).stdout


@pytest.mark.parametrize("needed", [[], ["--json"]])
def test_no_secret_of_a_channel_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needed: list[str]
) -> None:
    for name, value in {"SLACK_TOKEN": "sesame-1", "KAFKA_PASSWORD": "sesame-2"}.items():
        monkeypatch.setenv(name, value)
    write(tmp_path, "https://me.example/sesame-3", "me.txt")
    old = write(tmp_path, WAYS.replace("b-c-d", "b?key=sesame-4"))
    text = WAYS.replace("https://hooks.example/T0/b-c-d", "https://sesame-5:sesame-6@hooks.example")
    for edit in (("KAFKA_PASSWORD", "SLACK_TOKEN"), ("{file: me.txt}", "{env: SLACK_TOKEN}")):
        text = text.replace(*edit)
    new = write(tmp_path, text.replace("token: {env: SLACK_TOKEN}", "token: {file: me.txt}"), "b")
    done = CliRunner().invoke(app, ["diff", str(old), str(new), *needed])
    assert done.exit_code == 1
    assert "hooks.example" in done.output
    assert "sesame" not in done.output


def test_over_a_history_it_says_who_would_have_been_paged(tmp_path: Path) -> None:
    file = write(tmp_path, HISTORY, "past.jsonl")
    new = SMALL.replace("      escalation: urgent", "      escalation: none")
    code, said = answer(tmp_path, new, "--history", str(file))
    assert code == 1
    assert "~ ana: 2 pages by the old, 0 by the new; at night 1 and 0" in said
    assert "- page 2026-11-30 22:30:10 UTC  new_alerts   ana over slack" in said


def test_json_has_all_of_it(tmp_path: Path) -> None:
    file = write(tmp_path, HISTORY, "past.jsonl")
    new = SMALL.replace("      escalation: urgent", "      escalation: none")
    _, said = answer(tmp_path, new, "--history", str(file), "--json")
    found = json.loads(said)
    assert {one["who"] for one in found["no_longer_paged"]} == {"ana"}
    assert found["newly_paged"] == []
    assert {one["what"] for one in found["changes"]} == {"changed"}


def test_who_is_on_call_otherwise_is_told(tmp_path: Path) -> None:
    more = "users:\n  bo: {contacts: [{channel: slack, address: U2}]}\n"
    new = SMALL.replace("users:\n", more, 1).replace("- users: [ana]", "- users: [bo]")
    _, said = answer(tmp_path, new, "--weeks", "1")
    assert "+ user bo  added" in said
    assert ": ana -> bo" in said


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"at": "2026-11-30T09:00:00", "labels": {"a": "b"}}', "say the zone"),
        ('{"at": "2026-11-30T09:00:00Z"}', "missing required field `labels`"),
        ('{"at": 1, "labels": {}, "status": "on"}', "firing or resolved"),
        ("{", "past.jsonl:1: "),
        ("", "no alerts are in it"),
    ],
)
def test_a_line_that_says_nothing_is_named(tmp_path: Path, line: str, message: str) -> None:
    file = write(tmp_path, line + "\n", "past.jsonl")
    code, said = answer(tmp_path, SMALL, "--history", str(file))
    assert code == 2
    assert message in said


def test_since_without_a_topic_is_refused(tmp_path: Path) -> None:
    code, said = answer(tmp_path, SMALL, "--since", "7d")
    assert code == 2
    assert "--since is of a topic" in said


@pytest.mark.parametrize("name", ["gone.jsonl", "gone.JSON", "./gone", "folder/gone"])
def test_a_file_that_is_not_there_is_not_taken_for_a_topic(tmp_path: Path, name: str) -> None:
    code, said = answer(tmp_path, SMALL, "--history", name)
    assert (code, said) == (2, f"tocsin: --history: there is no file {name}\n")
