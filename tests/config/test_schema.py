"""The schema that editors read says the same as the loader."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from config.schema import SCHEMA_FILE, json_schema, text
from detectors.registry import DETECTORS
from tests.config.samples import EXAMPLES, SMALL

SCHEMA = json_schema()
LINE = "# yaml-language-server: $schema=../tocsin.schema.json\n"


def _plain(source: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    return json.loads(json.dumps(yaml.load(source), default=lambda at: at.isoformat()))


def faults(source: str) -> list[str]:
    validator = Draft202012Validator(SCHEMA)
    return [
        error.json_path + ": " + error.message for error in validator.iter_errors(_plain(source))
    ]


def test_the_committed_schema_is_up_to_date() -> None:
    fresh = "python -m config.schema > config/tocsin.schema.json"
    assert SCHEMA_FILE.read_text() == text(), f"write it anew: {fresh}"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_examples_name_the_schema_and_fit_it(file: Path) -> None:
    source = file.read_text()
    assert source.startswith(LINE)
    assert (EXAMPLES / "../tocsin.schema.json").resolve() == SCHEMA_FILE.resolve()
    assert not faults(source.replace("${TOCSIN_CONSOLE_PORT:-8080}", "8080"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("topic: shop.metrics", "topik: shop.metrics"),
        ("kind: metrics", "kind: metric"),
        ("ewma:", "ewam:"),
        ("{memory: 10m}", "{memory: 10}"),
        ("{memory: 10m}", "{memory_s: 10m}"),
        ("kind: slack", "kind: slak"),
        ("{env: SLACK_TOKEN}", "xoxb-1"),
        ("1/30d", "often"),
        ("3 of 5", "3/5"),
        ("group_wait: 10s", "group_wait: 10"),
        ("""'service="checkout"'""", "checkout"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    assert not faults(SMALL)
    assert faults(SMALL.replace(old, new, 1))


def _fields(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for part in node.values():
            yield from _fields(part)
    elif isinstance(node, list):
        for part in node:
            yield from _fields(part)


def test_every_key_has_a_description() -> None:
    fields = list(_fields(SCHEMA))
    assert len(fields) > 80
    registered = set(DETECTORS)
    bare = {name for name, field in fields if "description" not in field and "anyOf" not in field}
    assert bare <= registered
