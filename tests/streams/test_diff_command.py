"""`tocsin diff`: what it says of an edit, over a history too, and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors.ewma import Ewma
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
                f"    detectors: {Ewma(memory_s=600.0)!r} -> {Ewma(memory_s=720.0)!r}",
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
