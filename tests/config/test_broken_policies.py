"""Broken policies: where, and in which words, each mistake is told; and that it is the only one."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loader import load
from tests.config.broken import mutes, people, routes, schedules
from tests.config.broken.policy import FILES, Broken

CASES = [*people.CASES, *schedules.CASES, *routes.CASES, *mutes.CASES]
ENVIRON = {"SLACK_TOKEN": "xoxb-not-a-token-of-anybody"}


def said(folder: Path, case: Broken | None = None) -> list[str]:
    """The errors of the policy, broken as the case says, with the names of files only."""
    for name, text in FILES.items():
        is_broken = case is not None and case.old in text
        broken = text.replace(case.old, case.new, 1) if case and is_broken else text
        (folder / name).write_text(broken)
    try:
        load(folder, environ=ENVIRON)
    except ConfigError as error:
        found = [problem for problem in error.problems if problem.level == "error"]
        return [problem.headline.replace(f"{folder}/", "") for problem in found]
    return []


def test_the_policy_is_good_before_it_is_broken(tmp_path: Path) -> None:
    assert said(tmp_path) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_a_broken_policy_is_refused_with_place_and_reason(tmp_path: Path, case: Broken) -> None:
    assert sum(case.old in text for text in FILES.values()) == 1
    assert said(tmp_path, case) == list(case.said)


def test_sixty_and_more_are_tried_each_once() -> None:
    assert len({case.what for case in CASES}) == len(CASES) >= 60
