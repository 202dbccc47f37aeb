"""Each way to break a configuration, and what is said about it, where."""

from pathlib import Path

import pytest

from tests.config.mistakes import names, people, quiet, values
from tests.config.mistakes.mistake import MARK, Broken
from tests.config.samples import SMALL, refused

CASES = [*values.CASES, *names.CASES, *quiet.CASES, *people.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_each_mistake_is_named_where_it_was_made(tmp_path: Path, case: Broken) -> None:
    assert case.old in SMALL
    marked = SMALL.replace(case.old, case.new, 1)
    error = refused(tmp_path, marked.replace(MARK, ""))
    problem = next(p for p in error.problems if p.level == "error")
    assert case.message in problem.headline
    if MARK in marked:
        before = marked.partition(MARK)[0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        assert (problem.place.line, problem.place.column) == (line, column), error.render()
    assert len([p for p in error.problems if p.level == "error"]) == 1, error.render()


def test_the_table_covers_thirty_mistakes() -> None:
    assert len(CASES) >= 30
    assert len({case.what for case in CASES}) == len(CASES)
