"""Words: the list that an expression is said to be is all that it matches."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.labels import Matcher
from routing.patterns import PatternError, check, fits
from routing.words import listed, refused, words

ALPHABET = "abc.|"
TEXTS = ["".join(letters) for size in range(5) for letters in product(ALPHABET, repeat=size)]
PIECES = ["a", "b", "c", "(", "(?:", ")", "|", "?", "[ab]", "[a-c]", "\\.", "\\|", "^", "$", "[b]"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("api", ("api",)),
        ("", ("",)),
        ("a|b", ("a", "b")),
        ("^(a|b)$", ("a", "b")),
        ("db-(?:[1-3]|x)", ("db-1", "db-2", "db-3", "db-x")),
        ("colou?r", ("colour", "color")),
        ("a\\.b", ("a.b",)),
        ("a\\$", ("a$",)),
        ("a.b", None),
        ("a*", None),
        ("a{2}", None),
        ("(?i)a", None),
        ("\\d", None),
        ("[^a]", None),
        ("a$b", None),
        ("(a", None),
        ("[0-9][0-9][0-9]", None),
    ],
)
def test_an_expression_is_a_list_of_words(pattern: str, found: tuple[str, ...] | None) -> None:
    assert listed(pattern) == found


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=5).map("".join))
def test_the_words_of_a_list_are_all_that_match(pattern: str) -> None:
    found = listed(pattern)
    if found is None:
        return
    check(pattern)
    assert {text for text in TEXTS if fits(pattern, text)} == {t for t in found if len(t) < 5}


def test_a_broken_expression_lists_nothing() -> None:
    for pattern in ("(", "a)", "[", "?", "a|?"):
        with pytest.raises(PatternError):
            check(pattern)
        assert listed(pattern) is None


def test_negations_refuse_what_they_list() -> None:
    test = Matcher(name="a", op="!~", value="x|y")
    assert refused(test) == ("x", "y")
    assert words(test) is None
    assert words(Matcher(name="a", op="!~", value=".+")) == ("",)
    assert words(Matcher(name="a", op="!~", value=".*")) == ()
