"""Look-ups and trees with indexes, against trying everything."""

from hypothesis import given
from hypothesis import strategies as st

from routing.labels import Matcher
from routing.lookup import Lookup
from routing.matching import matches
from routing.policy import Route
from routing.routes import Tree, find

NAMES = st.sampled_from(["env", "team", "zone"])
VALUES = st.sampled_from(["", "a", "b", "ab", "a b"])
PATTERNS = st.sampled_from(["", "a", "a|b", "b|b|ab", "a|", "a.*", ".+", ".*", "a b|b", "(a|b)"])
MATCHERS = st.one_of(
    st.builds(Matcher, name=NAMES, op=st.sampled_from(["=", "!="]), value=VALUES),
    st.builds(Matcher, name=NAMES, op=st.sampled_from(["=~", "!~"]), value=PATTERNS),
)
SETS = st.lists(MATCHERS, max_size=3).map(tuple)
LABELS = st.dictionaries(NAMES, VALUES)


@given(st.lists(SETS, max_size=8), LABELS)
def test_a_lookup_finds_what_trying_all_finds(
    sets: list[tuple[Matcher, ...]], labels: dict[str, str]
) -> None:
    tried = tuple(place for place, one in enumerate(sets) if matches(one, labels))
    assert Lookup(sets).find(labels) == tried


def nodes(depth: int) -> st.SearchStrategy[Route]:
    below = st.lists(nodes(depth - 1), max_size=4).map(tuple) if depth else st.just(())
    return st.builds(
        Route,
        path=st.just("0"),
        receiver=st.uuids().map(str),
        matchers=SETS,
        continues=st.booleans(),
        routes=below,
    )


@given(nodes(2), LABELS)
def test_a_tree_with_indexes_finds_what_the_plain_one_finds(
    root: Route, labels: dict[str, str]
) -> None:
    assert Tree(root).find(labels) == find(root, labels)


def test_sets_that_need_other_values_are_not_tried() -> None:
    many = [(Matcher(name="team", op="=", value=str(n)),) for n in range(1000)]
    lookup = Lookup([*many, (Matcher(name="team", op="=~", value="7|8"),)])
    assert lookup.find({"team": "8"}) == (8, 1000)
    assert lookup.find({"team": "none"}) == ()
