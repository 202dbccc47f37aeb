"""`tocsin test`: its exit codes, what it prints, and the JUnit report."""

from pathlib import Path
from xml.etree import ElementTree

from typer.testing import CliRunner

from streams.cli import app
from tests.config.samples import EXAMPLES, SMALL, write
from tests.config.stories.telling import read

FIRES = "- {at: 0s, alert: {service: api}}\n"
GOOD = FIRES + "- {at: 30s, expect: [page receiver shop, page user ana]}\n"


def answer(*arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    done = CliRunner().invoke(app, ["test", *arguments])
    return done.exit_code, done.output


def test_the_examples_are_good() -> None:
    code, said = answer(str(EXAMPLES / "stories"))
    assert code == 0
    assert said.endswith("stories, all good\n")


def test_a_story_that_goes_otherwise_is_an_error(tmp_path: Path) -> None:
    code, said = answer(str(read(tmp_path, FIRES + "- {at: 30s, expect: page user ana}\n")))
    assert code == 1
    assert "FAILED one" in said
    assert "1 story, 1 failed" in said


def test_the_report_for_build_servers_has_every_story(tmp_path: Path) -> None:
    good = read(tmp_path, GOOD)
    text = good.read_text()
    bad = text.partition("stories:\n")[2].replace("30s", "20s").replace("one", "two")
    good.write_text(text + bad)
    report = tmp_path / "report.xml"
    code, _ = answer(str(good), "--junit", str(report))
    assert code == 1
    root = ElementTree.fromstring(report.read_bytes())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    (failure,) = root.iter("failure")
    assert "story.yaml:" in (failure.get("message") or "")
    assert [case.get("name") for case in root.iter("testcase")] == ["one", "two"]


def test_a_report_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    report = tmp_path / "gone" / "report.xml"
    code, said = answer(str(read(tmp_path, GOOD)), "--junit", str(report))
    assert code == 2
    assert f"tocsin: {report} cannot be written (No such file or directory)" in said


def test_stories_that_name_no_policy_are_about_the_given_one(tmp_path: Path) -> None:
    story = "stories:\n  - name: one\n    steps:\n"
    step = "- {at: 0s, alert: {service: a}, expect: page receiver shop within 10s}"
    file = read(tmp_path, step, story)
    assert answer(str(file), "-c", str(write(tmp_path, SMALL)))[0] == 0


def test_wrong_usage_is_said_in_a_line(tmp_path: Path) -> None:
    code, said = answer(str(tmp_path / "gone.yaml"))
    assert code == 2
    assert "there is no file or folder" in said
