"""Matchers: anchors, absent labels and the severity that is no label."""

from datetime import UTC, datetime

import pytest

from routing.alert import Alert, Severity
from routing.labels import Matcher, Operator
from routing.matching import labels_of, matches

NOW = datetime(2026, 11, 2, tzinfo=UTC)

TABLE: list[tuple[str, Operator, str, dict[str, str], bool]] = [
    ("equal", "=", "a", {"x": "a"}, True),
    ("equal is whole", "=", "a", {"x": "ab"}, False),
    ("absent equals empty", "=", "", {}, True),
    ("absent differs from a value", "!=", "a", {}, True),
    ("expression", "=~", "a|b", {"x": "b"}, True),
    ("expression is anchored before", "=~", "b", {"x": "ab"}, False),
    ("expression is anchored after", "=~", "a", {"x": "ab"}, False),
    ("alternatives are anchored together", "=~", "a|b", {"x": "bc"}, False),
    ("absent matches the empty expression", "=~", ".*", {}, True),
    ("absent does not match something", "=~", ".+", {}, False),
    ("negated expression", "!~", "a.*", {"x": "b"}, True),
    ("negated expression on absent", "!~", ".*", {}, False),
    ("a line break is no end", "=~", "a", {"x": "a\n"}, False),
    ("a broken expression matches nothing", "=~", "(", {"x": "("}, False),
    ("a broken expression negated matches", "!~", "(", {"x": "("}, True),
]


@pytest.mark.parametrize(("about", "op", "value", "labels", "expected"), TABLE)
def test_a_matcher_tests_one_label(
    about: str, op: Operator, value: str, labels: dict[str, str], expected: bool
) -> None:
    assert matches([Matcher(name="x", op=op, value=value)], labels) is expected, about


def test_all_matchers_must_pass() -> None:
    both = [Matcher(name="x", op="=", value="a"), Matcher(name="y", op="=", value="b")]
    assert not matches(both, {"x": "a"})
    assert matches(both, {"x": "a", "y": "b"})
    assert matches([], {})


def test_severity_is_a_label_unless_the_alert_has_its_own() -> None:
    plain = Alert(labels={"x": "a"}, severity=Severity.CRITICAL, starts_at=NOW)
    own = Alert(labels={"severity": "page"}, severity=Severity.CRITICAL, starts_at=NOW)
    worst = [Matcher(name="severity", op="=", value="critical")]
    assert matches(worst, labels_of(plain))
    assert not matches(worst, labels_of(own))
