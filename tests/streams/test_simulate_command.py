"""`tocsin simulate`: a policy on what a file says, or on chance."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.loader import load
from routing.event import AlertSeen
from routing.matching import labels_of
from routing.routes import ways
from streams.cli import app
from streams.history.chance import Chance, past_by_chance
from tests.config.samples import ENVIRON, EXAMPLES, SMALL, write
from tests.streams.test_diff_command import HISTORY

AT = ("--at", "2026-11-30T09:00:00Z")


def answer(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    file = str(write(folder, SMALL))
    done = CliRunner().invoke(app, ["simulate", "-c", file, *arguments])
    return done.exit_code, done.output


def test_it_says_who_is_told_what_when_and_who_is_woken(tmp_path: Path) -> None:
    code, said = answer(tmp_path, str(write(tmp_path, HISTORY, "past.jsonl")))
    assert code == 0
    first = said.splitlines()[0]
    assert first.startswith("2026-11-30 09:00:10 UTC  first        slack #shop: ")
    assert "2026-11-30 09:01:00 UTC  acknowledged ana over slack: " in said
    assert "6 messages, 1 page at night to ana" in said
    assert said.splitlines()[-1].split()[:3] == ["2", "1", "ana"]


def test_a_story_is_simulated_under_its_own_policy(tmp_path: Path) -> None:
    code, said = answer(tmp_path, str(EXAMPLES / "stories" / "checkout.yaml"))
    assert code == 0
    assert "2026-11-30 09:00:02 UTC  first        ben over pagerduty: " in said


def test_chance_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    by_chance = ("--random", "--for", "2d", *AT)
    one, again, other = (answer(tmp_path, *by_chance, "--seed", seed)[1] for seed in "112")
    assert one == again != other


def test_json_has_pages_and_totals(tmp_path: Path) -> None:
    _, said = answer(tmp_path, "--random", "--for", "1d", *AT, "--json")
    found = json.loads(said)
    assert sum(one["pages"] for one in found["totals"]) == sum(
        page["reason"] in {"first", "new_alerts", "repeat", "escalated"} for page in found["pages"]
    )


def test_chance_reaches_every_route_of_the_examples() -> None:
    policy = load(EXAMPLES, environ=ENVIRON).policy
    start = datetime(2026, 11, 30, tzinfo=UTC)
    chance = Chance(seed=1, starts_at=start, lasts=timedelta(days=30), per_day=20)
    past = past_by_chance(policy, chance)
    alerts = [event.alert for _, event in past.events if isinstance(event, AlertSeen)]
    assert 500 < len(alerts) / 2 < 700
    reached = {way[-1].path for alert in alerts for way in ways(policy.route, labels_of(alert))}
    assert len(reached) == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "either a file of what happens, or --random"),
        (("--random", "--for", "long"), "--for: "),
        (("gone.jsonl",), "gone.jsonl: cannot be read: no such file or directory"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, said = answer(tmp_path, *arguments)
    assert code == 2
    assert message in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe{}", "cannot be read: it is not UTF-8 text, save it as that"),
        (b'{"at": 1e20, "labels": {}}', ":1: at 1e+20: not seconds since 1970"),
        (b'{"at": 1e12, "labels": {}}', ":1: at 1000000000000.0: not seconds since 1970"),
    ],
)
def test_a_file_that_says_nothing_usable_is_said_in_a_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "past.jsonl"
    file.write_bytes(content)
    code, said = answer(tmp_path, str(file))
    assert code == 2
    assert message in said
