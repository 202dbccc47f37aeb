"""docs/detectors.md has every detector that can be named in YAML, with all its parameters."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.costs import GIVEN
from config.models.signature import parameters
from detectors.registry import DETECTORS, MODELS, OURS

DOCUMENT = Path(__file__).parents[1] / "docs/detectors.md"
REGISTERED: dict[str, Callable[..., Any]] = {**DETECTORS, **MODELS}
ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \| ([^|]*) \|$", re.MULTILINE)
COST = re.compile(r"^\| `([\w.]+)` \| ([\d., |]+) \|$", re.MULTILINE)
BY_USE, _, BY_COST = DOCUMENT.read_text().partition("## What each costs")
TABLE = {
    name: (text, set(re.findall(r"`(\w+)`", last))) for name, text, last in ROW.findall(BY_USE)
}
COSTS = {
    name: [float(cell.replace(",", "")) for cell in cells.split(" | ")]
    for name, cells in COST.findall(BY_COST)
}


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


def test_the_table_of_costs_names_the_registered_detectors_and_no_others() -> None:
    assert list(COSTS) == list(DETECTORS)
    assert {len(cells) for cells in COSTS.values()} == {4}


@pytest.mark.parametrize("name", OURS)
def test_the_table_of_costs_has_the_bytes_of_state_and_they_are_few(name: str) -> None:
    size = OURS[name](**GIVEN.get(name, {})).dtype.itemsize
    assert COSTS[name][-1] == size
    assert size <= 4096


@pytest.mark.parametrize("name", OURS)
def test_more_rows_in_a_round_do_not_make_a_sample_dearer(name: str) -> None:
    few, _, many, _ = COSTS[name]
    assert many <= 1.5 * few
