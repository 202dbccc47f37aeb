"""The commands of `docs/policies.md` are run as they stand there, on a past and files of a test."""

import re
import shlex
from pathlib import Path

import pytest

from tests.config.samples import EXAMPLES
from tests.streams.history.past import Past
from tests.streams.letters.post import tocsin
from tests.streams.test_diff_command import HISTORY

DOCUMENT = Path(__file__).parents[3] / "docs" / "policies.md"
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = [line for body in FENCED.findall(DOCUMENT.read_text()) for line in body.splitlines()]


@pytest.fixture
def folder(past: Past, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the files that the document names; one incident was taken."""
    past.fires(10, service="checkout", severity="critical")
    past.passes(40)
    past.is_acknowledged(100, "ana")
    past.recorded()
    past.configured("edited.yaml", second="ana")
    (past.folder / "past.jsonl").write_text(HISTORY)
    monkeypatch.chdir(past.folder)
    return past.folder


def test_there_is_a_command_for_each_of_the_document_s_parts() -> None:
    assert {shlex.split(line)[1] for line in COMMANDS} == {
        *("test", "diff", "simulate", "replay", "why"),
    }


@pytest.mark.usefixtures("folder")
def test_every_command_of_the_document_does_its_work(past: Past) -> None:
    (id_,) = past.made.incidents
    ours = {
        "config/examples/stories": str(EXAMPLES / "stories"),
        "tocsin.events": past.topics.events,
        "4on5xzfu5y": id_,
    }
    for line in COMMANDS:
        _, *words = shlex.split(line)
        done = tocsin(*(ours.get(word, word) for word in words), SLACK_TOKEN="x")
        differs = words[0] == "diff"
        assert done.exit_code == int(differs), f"{line}\n{done.output}"
        assert done.stdout
