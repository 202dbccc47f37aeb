"""Paths and globs: nested and flat keys alike, and names from the first star on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codecs.paths import Glob, compile_path, name_pattern

RECORD: dict[str, Any] = {
    "a": {"b": {"c": 1}, "b.d": 2, "e": [10, {"f": 11}]},
    "a.g": {"h": 3},
    "a.b.i": 4,
    "null": None,
    "@timestamp": 5,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.c", 1),
        ("a.b.d", 2),
        ("a.g.h", 3),
        ("a.b.i", 4),
        ("@timestamp", 5),
        ("a.e.0", 10),
        ("a.e.1.f", 11),
        ("a.e.2", None),
        ("a.e." + 5000 * "9", None),
        ("a.e.b", None),
        ("a.b.c.d", None),
        ("null", None),
        ("null.a", None),
        ("missing", None),
    ],
)
def test_path_finds_nested_and_flat_keys(path: str, found: object) -> None:
    assert compile_path(path)(RECORD) == found


@pytest.mark.parametrize("node", [None, 5, "text", [], [{}], True])
def test_path_finds_nothing_in_what_is_no_map(node: object) -> None:
    assert compile_path("a")(node) is None
    assert compile_path("a.b")(node) is None


def collected(text: str, node: object, *, is_whole: bool = False) -> dict[str, float]:
    names: list[str] = []
    values: list[float] = []
    Glob(text, lambda path, name: True, is_whole=is_whole).collect(node, names, values)
    return dict(zip(names, values, strict=True))


HOST: dict[str, Any] = {
    "up": 1,
    "is_up": True,
    "name": "web1",
    "cpu": {"0": {"idle": 0.9, "user": 0.1}, "1": {"idle": 0.8}, "count": 2},
    "cpu.2": {"idle": 0.7},
    "disk": {"sda.read": 5, "list": [1, 2]},
}


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        pytest.param("*", {"up": 1}, id="one key, numbers only"),
        pytest.param("u*", {"up": 1}, id="a part of a key"),
        pytest.param("cpu.*", {"count": 2, "2.idle": 0.7}, id="keys below, flat ones as a whole"),
        pytest.param(
            "cpu.*.idle", {"0.idle": 0.9, "1.idle": 0.8, "2.idle": 0.7}, id="a key in between"
        ),
        pytest.param("cpu.0.*", {"idle": 0.9, "user": 0.1}, id="below a path"),
        pytest.param("disk.*", {"sda.read": 5}, id="a key with a dot is one key"),
        pytest.param(
            "**.idle", {"cpu.0.idle": 0.9, "cpu.1.idle": 0.8, "cpu.2.idle": 0.7}, id="anywhere"
        ),
        pytest.param("cpu.**.idle", {"0.idle": 0.9, "1.idle": 0.8, "2.idle": 0.7}, id="below"),
        pytest.param("none.**", {}, id="nothing"),
    ],
)
def test_glob_collects_numbers_named_from_the_first_star_on(
    glob: str, found: dict[str, float]
) -> None:
    assert collected(glob, HOST) == found


def test_glob_of_any_depth_takes_all_numbers() -> None:
    names = {"up", "cpu.0.idle", "cpu.0.user", "cpu.1.idle", "cpu.count", "cpu.2.idle"}
    assert collected("**", HOST).keys() == names | {"disk.sda.read"}
    assert collected("cpu.**", HOST, is_whole=True).keys() == {n for n in names if "." in n}


def test_glob_stops_far_below() -> None:
    deep: dict[str, Any] = {"x": 1}
    for _ in range(500):
        deep = {"d": deep}
    assert collected("**", deep) == {}


def test_glob_forgets_keys_that_never_come_again() -> None:
    glob = Glob("**", lambda path, name: True, is_whole=False)
    names: list[str] = []
    values: list[float] = []
    for i in range(120_000):
        glob.collect({f"k{i}": 1, "same": {"x": 2}}, names, values)
    assert len(names) == 240_000
    assert len(glob._root.names) < 100_000


KEYS = st.text("abc", min_size=1, max_size=2)
TREES = st.recursive(
    st.floats(allow_nan=False) | st.integers() | st.text(max_size=2) | st.none(),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def _leaves(tree: object, path: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {path: tree}
    found: dict[str, Any] = {}
    for key, inner in tree.items():
        found |= _leaves(inner, f"{path}.{key}" if path else key)
    return found


@given(TREES.filter(lambda tree: isinstance(tree, dict)))
def test_flat_record_is_read_as_the_nested_one(tree: dict[str, Any]) -> None:
    leaves = _leaves(tree)
    for path, value in leaves.items():
        found = compile_path(path)(tree)
        assert found == (None if isinstance(value, dict) else value)
        assert compile_path(path)(leaves) == value
    numbers = {path: v for path, v in leaves.items() if isinstance(v, int | float)}
    assert collected("**", tree) == collected("**", leaves) == numbers


def test_name_pattern_without_globs_fits_nothing() -> None:
    assert not name_pattern(())("")
    assert name_pattern(("*",))("")
    assert not name_pattern(("a.c",))("abc")
