"""`tocsin route test`: what it says of a configuration, and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from tests.config.samples import SMALL, write

AT = ("--at", "2026-01-10T23:00:00Z")


def answer(tmp_path: Path, *arguments: str, text: str = SMALL) -> tuple[int, str]:
    """Exit code, and what was printed."""
    file = str(write(tmp_path, text))
    done = CliRunner().invoke(app, ["route", "test", "-c", file, *arguments])
    return done.exit_code, done.output


def test_it_says_the_way_the_group_and_who_is_told(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "service=checkout", "severity=critical", *AT)
    assert code == 0
    assert "shop  (route.routes[0])" in said
    assert 'group key  gk1:0/{service="checkout"}:{service="checkout"}' in said
    assert "told       slack #shop" in said
    assert "level 1    slack U024BE91L (ana)" in said
    assert "quiet" not in said


def test_it_says_which_silence_is_in_force_and_until_when(tmp_path: Path) -> None:
    _, said = answer(tmp_path, "service=shipping", *AT)
    assert "quiet      move, until 2026-01-11 04:00:00 UTC" in said


def test_json_has_all_of_it(tmp_path: Path) -> None:
    _, said = answer(tmp_path, "service=checkout", "--json", *AT)
    (found,) = json.loads(said)
    assert found["receiver"] == "shop"
    assert found["way"] == ["{}", '{service="checkout"}']
    assert found["group_labels"] == {"service": "checkout"}
    assert [step["level"] for step in found["told"]] == [0, 1]
    assert found["escalation"] == "urgent"


def test_other_receivers_than_expected_are_an_error(tmp_path: Path) -> None:
    assert answer(tmp_path, "service=checkout", "--receivers", "shop")[0] == 0
    assert answer(tmp_path, "service=checkout", "--receivers", "shop,all")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("service",), "a label is written k=v"),
        (("service!=web",), "a label is written k=v"),
        (("service=~web",), "a label is written k=v"),
        (("a=b", "--at", "soon"), "--at takes an instant"),
        (("a=b", "--at", "2026-01-10T23:00:00"), "say the zone"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, said = answer(tmp_path, *arguments)
    assert code == 2
    assert message in said
    assert len(said.splitlines()) == 1
