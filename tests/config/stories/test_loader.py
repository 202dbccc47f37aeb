"""Each way to break a story, and what is said about it, where."""

from pathlib import Path
from typing import NamedTuple

import pytest

from config.errors import ConfigError
from config.stories.loader import Sources, load_stories
from tests.config.samples import write
from tests.config.stories.telling import ONE, read, refused

MARK = "»"  # stands where the problem must be shown


class Broken(NamedTuple):
    what: str
    steps: str
    message: str


CASES = [
    Broken("an unknown user", "- {at: 0s, expect: [page user »anna]}", 'did you mean "ana"?'),
    Broken("an unknown receiver", "- {at: 0s, expect: page receiver »shoop}", '"shop"?'),
    Broken("an unknown channel", "- {at: 0s, expect: page user ana on »slak}", '"slack"?'),
    Broken("a channel that fails", "- {at: 0s, receipt: {»slak: failed}}", '"slack"?'),
    Broken("a wrong answer", "- {at: 0s, receipt: {slack: »fail}}", '"failed"?'),
    Broken("no verb", "- {at: 0s, expect: [»pages user ana]}", 'did you mean "page"?'),
    Broken("nobody", "- {at: 0s, expect: [»page]}", "whom?"),
    Broken("no kind of whom", "- {at: 0s, expect: page »ana}", "user ana, receiver ana"),
    Broken("no duration", "- {at: 0s, expect: page user ana within »1}", "is not a duration"),
    Broken("a word too many", "- {at: 0s, expect: page user ana »soon}", "within 1m may follow"),
    Broken("a step without doings", "- »{at: 0s}", "nothing is done or expected"),
    Broken("a step back", "- {at: 1m, expect: nothing}\n- {at: »1s, expect: nothing}", "earlier"),
    Broken("no labels", "- {at: 0s, alert: »{}}", "must not be empty"),
    Broken("an unknown key", "- {at: 0s, »alrt: {a: b}}", 'did you mean "alert"?'),
    Broken(
        "an unknown heir",
        "- {at: 0s, reassign: {by: ana, to: {user: »lina}}}",
        'did you mean "lena"?',
    ),
    Broken(
        "an unknown schedule",
        "- {at: 0s, stand_in: {schedule: »rota, user: ana, for: 1h}}",
        'there is no schedule "rota"',
    ),
    Broken("no such file", "- {at: 0s, reload: »gone.yaml}", "there is no file or directory"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_each_mistake_is_named_where_it_was_made(tmp_path: Path, case: Broken) -> None:
    error = refused(tmp_path, case.steps.replace(MARK, ""))
    (problem,) = error.problems
    assert case.message in problem.headline
    text = read(tmp_path, case.steps).read_text().partition(MARK)[0]
    line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    assert (problem.place.line, problem.place.column) == (line, column), error.render()


def test_a_mistake_in_the_policy_is_told_where_it_stands(tmp_path: Path) -> None:
    broken = ONE.replace("escalation: urgent", "escalation: urgnt")
    (problem,) = refused(tmp_path, "- {at: 0s, expect: nothing}", broken).problems
    assert 'did you mean "urgent"?' in problem.headline
    assert problem.place.line == broken.partition("urgnt")[0].count("\n") + 1


def test_a_mistake_in_a_policy_of_its_own_file_is_told_there(tmp_path: Path) -> None:
    write(tmp_path, "route: {}\n")
    text = "policy: tocsin.yaml\nstories: [{name: a, steps: [{at: 0s, expect: nothing}]}]\n"
    with pytest.raises(ConfigError) as caught:
        load_stories(write(tmp_path, text, "story.yaml"), Sources(environ={}))
    assert {problem.place.file.name for problem in caught.value.problems} == {"tocsin.yaml"}


def test_without_any_policy_it_says_what_to_do(tmp_path: Path) -> None:
    text = "stories: [{name: a, steps: [{at: 0s, expect: nothing}]}]\n"
    with pytest.raises(ConfigError, match='"policy" is missing'):
        load_stories(write(tmp_path, text, "story.yaml"), Sources(environ={}))
