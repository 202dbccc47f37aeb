"""The schema of stories says the same as the loader, as far as schemas can."""

import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from config.schema import stories_schema
from tests.config.samples import EXAMPLES
from tests.config.stories.telling import ONE

VALIDATOR = Draft202012Validator(stories_schema())
STEP = "      - {at: 0s, alert: {a: b}, expect: page user ana}\n"


def faults(source: str) -> list[str]:
    data = YAML(typ="safe", pure=True).load(source)
    plain = json.loads(json.dumps(data, default=lambda at: at.isoformat()))
    return [error.message for error in VALIDATOR.iter_errors(plain)]


def test_it_is_a_schema_and_says_what_every_key_is_for() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)
    steps = VALIDATOR.schema["$defs"]["StepModel"]["properties"]
    assert all(step["title"] and step["description"] for step in steps.values())


def test_stories_that_are_read_fit_it() -> None:
    assert faults(ONE + STEP) == []
    assert faults((EXAMPLES / "stories" / "checkout.yaml").read_text()) == []


@pytest.mark.parametrize("wrong", ["{at: 0s, alrt: {a: b}}", "{alert: {a: b}}", "{at: 0}"])
def test_what_the_loader_refuses_does_not_fit_it(wrong: str) -> None:
    assert faults(f"{ONE}      - {wrong}\n")
