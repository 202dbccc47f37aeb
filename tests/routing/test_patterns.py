"""Patterns: what RE2 accepts, where it does not, and that no text makes it slow."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.patterns import LONGEST_REMEMBERED, PatternError, check, fits


def test_an_expression_that_blows_up_elsewhere_does_not_here() -> None:
    text = "a" * 50_000 + "!"
    begun = time.process_time()
    assert not fits("(a+)+", text)
    assert not fits("(a|aa)+", text)
    assert not fits("(.*)*=(.*)*", text)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("pattern", "message", "offset"),
    [
        ("a(b", "missing )", 1),
        ("(a)(b", "missing )", 3),
        (r"\((a", "missing )", 2),
        ("[(](a", "missing )", 3),
        ("é[b", "missing ]", 1),
        ("a(?=b)", "invalid perl operator: (?=", 1),
        (r"(a)\1", r"invalid escape sequence: \1", 3),
        ("(?x) a", "invalid perl operator: (?x", 0),
        ("a**", "bad repetition operator: **", 1),
        ("a{1001}", "invalid repetition size: {1001}", 1),
        ("((a{100}){100}){100}", "invalid repetition size: {100}", 3),
    ],
)
def test_what_is_no_expression_is_said_and_where(pattern: str, message: str, offset: int) -> None:
    with pytest.raises(PatternError) as caught:
        check(pattern)
    assert message in str(caught.value)
    assert caught.value.offset == offset
    assert not fits(pattern, pattern)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("a", "a\n", False),
        (".", "é", True),
        (".", "🙂", True),
        ("(?i)É", "é", True),
        ("(?m)^a$", "a", True),
        (r"\d+", "٣", False),
        (r"\pL+", "Ελλ", True),
        ("", "", True),
    ],
)
def test_a_pattern_means_what_it_means_in_alertmanager(
    pattern: str, value: str, expected: bool
) -> None:
    check(pattern)
    assert fits(pattern, value) is expected


@given(st.text(alphabet="ab\ud800", max_size=2 * LONGEST_REMEMBERED))
def test_any_text_can_be_looked_at(value: str) -> None:
    assert fits("(?s).*", value)


_PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "ab", ".", "[ab]", "[^a]"]),
    lambda below: st.one_of(
        st.builds("({}|{})".format, below, below),
        st.builds("{}{}".format, below, below),
        st.builds("({})*".format, below),
        st.builds("({})?".format, below),
    ),
    max_leaves=6,
)


@given(_PATTERNS, st.text(alphabet="abc", max_size=8))
def test_a_plain_expression_means_what_it_means_in_python(pattern: str, value: str) -> None:
    assert fits(pattern, value) is (re.fullmatch(pattern, value) is not None)
