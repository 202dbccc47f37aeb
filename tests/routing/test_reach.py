"""Reach: what is called unreachable is never arrived at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.labels import Matcher
from routing.matching import matches
from routing.policy import Route
from routing.reach import conflict, takers, unreachable
from routing.routes import ways

NAMES, VALUES = ("a", "b"), ("", "x", "y", "xy")
PATTERNS = ("x", "x|y", ".*", ".+", "x.*", "y|xy", "x?y?", "[xy]|", "(x|y)y?", "^(?:x|)$")


def matcher(text: str) -> Matcher:
    name, op, value = text.split(" ")
    return Matcher(name=name, op=op, value=value.strip('"'))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("narrow", "wide", "holds"),
    [
        ("a = x", "a = x", True),
        ("a = x", "a =~ x|y", True),
        ("a =~ x|y", "a = x", False),
        ("a = x", "a != y", True),
        ("a =~ x|y", "a !~ y|z", False),
        ("a =~ .+", 'a != ""', True),
        ('a != ""', "a =~ .+", True),
        ("a != x", "a != x", True),
        ("a != x", "a != y", False),
        ("a = x", "b = x", False),
        ("a =~ x.*", "a != y", True),
        ("a =~ x.*", "a =~ x.+", False),
    ],
)
def test_one_matcher_implies_another(narrow: str, wide: str, holds: bool) -> None:
    assert (takers([matcher(narrow)], [[matcher(wide)]]) is not None) is holds


def route(path: str, *tests: str, continues: bool = False, routes: tuple[Route, ...] = ()) -> Route:
    found = tuple(matcher(test) for test in tests)
    return Route(path=path, receiver="r", matchers=found, continues=continues, routes=routes)


def names(*routes: Route) -> list[tuple[str, str]]:
    found = unreachable(route("0", routes=routes))
    return [(one.route.path, "+".join(by.path for by in one.by)) for one in found]


def test_an_earlier_sibling_takes_everything() -> None:
    assert names(route("1", "a =~ x|y"), route("2", "a = x", "b = y")) == [("2", "1")]


def test_one_that_continues_takes_nothing_away() -> None:
    assert names(route("1", "a =~ x|y", continues=True), route("2", "a = x")) == []


def test_tests_of_parents_count() -> None:
    below = route("2", "b = x")
    assert names(route("1", "a = x", routes=(route("11", "a = y"), below))) == [("11", "")]


def test_what_is_below_an_unreachable_route_is_not_named_again() -> None:
    assert names(route("1"), route("2", "a = x", routes=(route("21", "b = x"),))) == [("2", "1")]


@pytest.mark.parametrize(
    ("earlier", "last", "by"),
    [
        ((["a = x"], ["a != x"]), [], "0+1"),
        ((["a = x"], ["a = y"], ["a = z"]), ["a =~ (x|y)"], "0+1"),
        ((["a = x", "b = x"], ["a = x", "b != x"]), ["a = x"], "0+1"),
        ((["a = x", "b = x"], ["a != x"], ["b != x"]), [], "0+1+2"),
        ((["a =~ x.*"], ["a !~ x.*"]), ["b = x"], "0+1"),
        ((["a =~ x.*", "b = y"], ["b != y"]), ["a =~ x.*"], "0+1"),
        ((["a =~ [x-z]"], ["a !~ x|y"]), ["b = x"], "0+1"),
        ((['a = ""'], ["a =~ .+"]), ["b = x"], "0+1"),
        ((["a = x", "b = x"], ["a != x"]), [], None),
        ((["a =~ x.*"], ["a =~ y.*"]), ["a != z"], None),
        ((["a = x"], ["a = y"]), ["a =~ x|y|z"], None),
    ],
)
def test_earlier_siblings_take_everything_together(
    earlier: tuple[list[str], ...], last: list[str], by: str | None
) -> None:
    siblings = [route(str(n), *tests) for n, tests in enumerate(earlier)]
    found = names(*siblings, route("last", *last))
    assert found == ([("last", by)] if by is not None else [])


def test_routes_before_the_parents_count() -> None:
    below = route("2", "b = x", routes=(route("21", "a = x"), route("22", "a = y")))
    assert names(route("1", "a = x"), below) == [("21", "1")]


def test_a_proof_that_would_take_too_long_is_given_up() -> None:
    many = [route(str(n), *(f"l{n}{m} = x" for m in range(4))) for n in range(40)]
    assert names(*many, route("last")) == []


def matchers() -> st.SearchStrategy[Matcher]:
    plain = st.builds(
        Matcher,
        name=st.sampled_from(NAMES),
        op=st.sampled_from(["=", "!="]),
        value=st.sampled_from(VALUES),
    )
    patterns = st.builds(
        Matcher,
        name=st.sampled_from(NAMES),
        op=st.sampled_from(["=~", "!~"]),
        value=st.sampled_from(PATTERNS),
    )
    return plain | patterns


LABELS = [{"a": a, "b": b} for a in (*VALUES, "z") for b in (*VALUES, "z")]
SETS = st.lists(matchers(), max_size=3)


@settings(deadline=None)
@given(SETS, SETS)
def test_what_is_proved_holds_for_all_labels(wide: list[Matcher], narrow: list[Matcher]) -> None:
    passing = [labels for labels in LABELS if matches(narrow, labels)]
    if takers(narrow, [wide]) is not None:
        assert all(matches(wide, labels) for labels in passing)
    if conflict(narrow):
        assert passing == []


def trees(depth: int = 2) -> st.SearchStrategy[tuple[Route, ...]]:
    below = trees(depth - 1) if depth else st.just(())
    one = st.tuples(SETS, st.booleans(), below)
    return st.lists(one, max_size=3).map(
        lambda some: tuple(
            Route(path=str(i), receiver="r", matchers=tuple(m), continues=c, routes=r)
            for i, (m, c, r) in enumerate(some)
        )
    )


@settings(deadline=None)
@given(trees())
def test_no_alert_arrives_at_an_unreachable_route(routes: tuple[Route, ...]) -> None:
    root = Route(path="root", receiver="r", routes=routes)
    arrived = [node for labels in LABELS for way in ways(root, labels) for node in way]
    for one in unreachable(root):
        assert not any(node is one.route for node in arrived)
