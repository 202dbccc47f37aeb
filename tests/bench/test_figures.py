"""Figures, their goals, and how a rate is made of what workers say."""

import doctest

import pytest

from bench.chaos import storm
from bench.streams import pace
from bench.streams.figures import at_least, at_most, figure
from bench.streams.pace import Point, _end


@pytest.mark.parametrize(
    ("goal", "value", "is_met"),
    [
        (at_least(300), 300, True),
        (at_least(300), 299, False),
        (at_most(250), 250, True),
        (at_most(250), 251, False),
    ],
)
def test_a_goal_is_met_on_its_bound(goal: object, value: float, is_met: bool) -> None:
    assert goal.is_met(value) is is_met  # type: ignore[attr-defined]


def test_figure_is_the_median_of_its_runs() -> None:
    found = figure("a", [1.0, 100.0, 3.0], "x", at_least(2))
    assert (found.value, found.is_met, found.runs) == (3.0, True, (1.0, 100.0, 3.0))
    assert found.as_json()["goal"] == ">= 2"


def test_figure_without_a_goal_is_neither_met_nor_missed() -> None:
    assert figure("a", 1.0, "x").is_met is None


def test_end_is_never_after_the_last_status() -> None:
    points = [Point(t, 0, s, 0, 1, 1) for t, s in ((1, 100), (2, 101), (3, 250))]
    assert _end(points, 250) == 3


@pytest.mark.parametrize("module", [pace, storm], ids=lambda module: module.__name__)
def test_examples_of_the_measurements_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted
    assert not done.failed
