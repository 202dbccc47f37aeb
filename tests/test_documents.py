"""The documents tell the truth: files, targets, topics and the example configuration they name."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.loader import load
from config.topics import Topics
from streams.cli import app

ROOT = Path(__file__).parents[1]
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *DECISIONS,
]
IN_BACKTICKS = re.compile(r"`([^`\s]+)`")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOP = {path.name for path in ROOT.iterdir()} | {"docs"}


def prose_of(document: Path) -> str:
    return FENCED.sub("", document.read_text())


def files_named_in(document: Path) -> Iterator[str]:
    """What stands in backticks and begins like a path of this repository, or ends like a file."""
    for name in IN_BACKTICKS.findall(prose_of(document)):
        is_file = re.fullmatch(r"[\w./-]+\.(py|md|toml|txt|yml|yaml|xml)", name)
        is_below = re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", name) and "/" in name
        if is_file or (is_below and name.split("/")[0] in TOP):
            yield name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    missing = [name for name in files_named_in(document) if not is_there(name)]
    assert missing == []


def is_there(name: str) -> bool:
    return (ROOT / name).exists() or ("/" not in name and any(ROOT.glob(f"*/{name}")))


def test_the_search_for_file_names_finds_them() -> None:
    named = set(files_named_in(ROOT / "CONTRIBUTING.md"))
    assert {"constraints.txt", "routing/secret.py", "tests/routing/channels"} <= named


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", " ".join(commands_of(document))))
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= targets
    assert named <= targets


def commands_of(document: Path) -> Iterator[str]:
    """Code in backticks, and shell in fences."""
    yield from re.findall(r"`([^`]+)`", prose_of(document))
    yield from (body for kind, body in FENCED.findall(document.read_text()) if kind == "sh")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_tocsin_command_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"(?<!\S)(?:\S*/)?tocsin ([a-z]+)", "\n".join(commands_of(document))))
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    assert {"demo", "check"} <= commands
    assert named <= commands


def test_the_documents_name_make_targets_at_all() -> None:
    assert any("make demo" in command for command in commands_of(ROOT / "README.md"))


def test_the_configuration_in_the_readme_is_four_lines_and_valid(tmp_path: Path) -> None:
    (body,) = (body for kind, body in FENCED.findall(read("README.md")) if kind == "yaml")
    assert len(body.splitlines()) == 4
    file = tmp_path / "tocsin.yaml"
    file.write_text(body)
    assert load(file, environ={"SLACK_TOKEN": "x"}).warnings == ()


def test_topics_that_documents_name_are_ours() -> None:
    topics = Topics("tocsin")
    ours = {getattr(topics, name) for name, kind in vars(Topics).items() if is_property(kind)}
    named = {name for file in DOCUMENTS for name in re.findall(r"`(tocsin\.[a-z]+)`", read(file))}
    assert named - {"tocsin.yaml"} <= ours
    assert "tocsin.deadletter" in named


def is_property(value: object) -> bool:
    return isinstance(value, property)


def read(path: Path | str) -> str:
    return (ROOT / path).read_text()


def test_decisions_are_numbered_without_gaps_and_carry_a_status() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(len(DECISIONS)))
    for path in DECISIONS[1:]:
        assert re.match(
            rf"# {path.name[:4]}: \S.*\n\n- Status: (accepted|replaced by \d{{4}})\n", read(path)
        ), path.name
        assert len(read(path).splitlines()) <= 70, f"{path.name} is longer than a page"


def test_every_make_target_explains_itself() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)
    assert phony is not None
    shown = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True)
    assert all(f"make {target} " in shown.stdout for target in phony[1].split())


def test_kafka_is_the_same_version_in_tests_and_containers() -> None:
    tested = re.search(r"<kafka.version>([\d.]+)<", read("tests/kafka/pom.xml"))
    assert tested is not None
    assert f"image: apache/kafka:{tested[1]}\n" in read("docker-compose.yml")


def test_every_test_that_needs_a_broker_is_where_make_looks_for_it() -> None:
    looked = re.search(r"-m broker -o testpaths='(.*?)'", read("Makefile"))
    assert looked is not None
    needing = re.compile(r"^(async )?def .*\bbootstrap\b|mark\.(broker|kafka)\b", re.MULTILINE)
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if needing.search(read(path))]
    assert len(files) > 15
    roots = [ROOT / folder for folder in looked[1].split()]
    assert [file for file in files if not any(map(file.is_relative_to, roots))] == []


def test_every_pin_is_exact_and_names_no_address() -> None:
    pins = read("constraints.txt").splitlines()
    assert len(pins) > 50
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.+!]+( ;.*)?", pin)] == []
