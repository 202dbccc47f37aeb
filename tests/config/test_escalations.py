"""Escalation policies, conditions and people's own rules, from YAML to the policy."""

import re
from datetime import timedelta
from pathlib import Path

from routing.alert import Severity
from routing.labels import Matcher
from routing.policy import Contact, OnlyIf, Policy, Rule
from tests.config.samples import SMALL, loaded, problems

PAGE = Path(__file__).parents[2] / "docs/escalation.md"
LEVELS, PEOPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
BEN = "  ben:\n    contacts: [{channel: slack, address: U024BE94L}]\n"
MAIL = "  mail: {kind: email, host: smtp.example.org, sender: tocsin@example.org}\n"


def documented(folder: Path) -> Policy:
    """The YAML of the page, in the place of what the sample has."""
    head, _, rest = SMALL.partition("escalations:\n")
    text = head + LEVELS + rest[rest.index("receivers:") :]
    text = text.replace("users:\n", PEOPLE + BEN, 1)
    return loaded(folder, text.replace("channels:\n", "channels:\n" + MAIL, 1)).policy


def test_the_levels_of_the_page_are_what_it_says(tmp_path: Path) -> None:
    (urgent,) = documented(tmp_path).escalations
    assert (urgent.ack_expires, urgent.repeat) == (timedelta(minutes=30), 1)
    first, second, third, fourth = urgent.levels
    assert [target.is_next for target in (*first.targets, *second.targets)] == [False, True, False]
    loud = OnlyIf(severities=(Severity.ERROR, Severity.CRITICAL))
    assert (first.only_if, second.only_if) == (None, loud)
    assert [level.rotates for level in urgent.levels] == [False, False, True, False]
    assert third.wait == timedelta(minutes=15)
    shop = Matcher(name="team", op="=", value="shop")
    assert fourth.targets[1].only_if == OnlyIf(during=("office",), match=(shop,))


def test_the_people_of_the_page_have_their_rules(tmp_path: Path) -> None:
    users = {user.name: user for user in documented(tmp_path).users}
    assert users["ben"].rules == ()
    critical = OnlyIf(severities=(Severity.CRITICAL,))
    assert users["lena"].rules == (
        Rule(contact=Contact("slack", "U024BE92L"), only_if=critical),
        Rule(contact=Contact("slack", "U024BE93L")),
        Rule(contact=Contact("mail", "lena@example.org"), after=timedelta(minutes=5)),
    )
    assert len(users["lena"].contacts) == 3


def test_an_interval_that_only_a_condition_names_is_used(tmp_path: Path) -> None:
    text = SMALL.replace("wait: 5m", "wait: 5m\n        only_if: {during: [office]}")
    office = "time_intervals: {office: [{weekdays: ['monday:friday']}]}\n"
    assert problems(tmp_path, text + office) == ()
