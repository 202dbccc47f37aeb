"""docs/detectors.md has every detector that can be named in YAML, with all its parameters."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.models.signature import parameters
from detectors.registry import DETECTORS, MODELS

DOCUMENT = Path(__file__).parents[1] / "docs/detectors.md"
REGISTERED: dict[str, Callable[..., Any]] = {**DETECTORS, **MODELS}
ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \| ([^|]*) \|$", re.MULTILINE)
TABLE = {name: (text, set(re.findall(r"`(\w+)`", last))) for name, text, last in ROW.findall(
    DOCUMENT.read_text()
)}  # fmt: skip


def test_the_table_names_the_registered_detectors_and_no_others() -> None:
    assert len(TABLE) > 5
    assert set(TABLE) == set(REGISTERED)


@pytest.mark.parametrize("name", REGISTERED)
def test_the_table_has_all_parameters_as_they_are_written_in_yaml(name: str) -> None:
    assert TABLE[name][1] == {parameter.key for parameter in parameters(REGISTERED[name])}


@pytest.mark.parametrize("name", DETECTORS)
def test_the_table_says_which_detectors_are_absolute(name: str) -> None:
    is_absolute: Any = DETECTORS[name].is_absolute
    assert TABLE[name][0].startswith("absolute: ") == is_absolute
