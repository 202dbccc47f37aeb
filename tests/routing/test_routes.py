"""The route tree, against Alertmanager's own cases and against amtool."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from ruamel.yaml import YAML

from bench.routes import compare, read
from routing.labels import Matcher
from routing.policy import Route
from routing.routes import find

CASES = Path(__file__).parents[3] / "shared" / "data" / "alertmanager" / "routes.json"
AMTOOL = shutil.which("amtool")
ROOT = Route(path="root", receiver="root")


def recorded() -> list[Any]:
    if not CASES.is_file():
        reason = "../shared/data/alertmanager/routes.json is not here"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(case, id=f"{index}-{case['source']}")
        for index, case in enumerate(json.loads(CASES.read_text())["cases"])
    ]


@pytest.mark.parametrize("case", recorded())
def test_routes_are_found_as_alertmanager_finds_them(case: dict[str, Any]) -> None:
    root = read(YAML(typ="safe").load(case["route_yaml"]))
    found = find(root, case["labels"])
    assert [route.path for route in found] == [path_of(key) for key in case["keys"]]
    assert [
        {
            "receiver": route.receiver,
            "group_by": sorted(route.group_by),
            "group_wait_s": route.group_wait.total_seconds(),
            "group_interval_s": route.group_interval.total_seconds(),
            "repeat_interval_s": route.repeat_interval.total_seconds(),
        }
        for route in found
    ] == [
        {key: sorted(v) if key == "group_by" else v for key, v in want.items() if key in KEYS}
        for want in case["expect"]
    ]


def path_of(key: str) -> str:
    """Our path of the node that Alertmanager calls by this key."""
    return re.sub(r"\^\(\?:(.*?)\)\$\"", r'\1"', key).replace("{}", "0", 1)


KEYS = {"receiver", "group_by", "group_wait_s", "group_interval_s", "repeat_interval_s"}

names = st.sampled_from(["env", "team", "zone"])
values = st.sampled_from(["", "a", "b", "ab"])
patterns = st.sampled_from(["", "a", "a|b", "a.*", ".+", ".*", "[ab]", "(a|b)b?"])
matchers = st.one_of(
    st.builds(Matcher, name=names, op=st.sampled_from(["=", "!="]), value=values),
    st.builds(Matcher, name=names, op=st.sampled_from(["=~", "!~"]), value=patterns),
)


def nodes(depth: int) -> st.SearchStrategy[Route]:
    below: st.SearchStrategy[list[Route]] = (
        st.lists(nodes(depth - 1), max_size=3) if depth else st.just([])
    )
    return st.builds(
        lambda found, continues, routes: Route(
            path="", receiver="", matchers=tuple(found), continues=continues, routes=tuple(routes)
        ),
        st.lists(matchers, min_size=1, max_size=2, unique=True),
        st.booleans(),
        below,
    )


def named(route: Route, name: str) -> Route:
    """The tree with a receiver of its own for every node, so that the answer names nodes."""
    below = tuple(named(child, f"{name}-{i}") for i, child in enumerate(route.routes))
    return replace(route, path=name, receiver=name, routes=below)


def written(route: Route) -> dict[str, Any]:
    node: dict[str, Any] = {"receiver": route.receiver}
    if route.matchers:
        node["matchers"] = [f'{m.name}{m.op}"{m.value}"' for m in route.matchers]
    if route.continues:
        node["continue"] = True
    if route.routes:
        node["routes"] = [written(child) for child in route.routes]
    return node


def receivers(route: Route) -> list[str]:
    return [route.receiver, *(name for child in route.routes for name in receivers(child))]


@pytest.mark.skipif(AMTOOL is None, reason="amtool (prometheus-alertmanager) is not installed")
@settings(max_examples=60, deadline=None)
@given(st.lists(nodes(2), min_size=1, max_size=4), st.dictionaries(names, values))
def test_routes_are_found_as_amtool_finds_them(top: list[Route], labels: dict[str, str]) -> None:
    root = named(replace(ROOT, routes=tuple(top)), "r")
    document = {
        "route": written(root),
        "receivers": [{"name": name} for name in receivers(root)],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "alertmanager.yml"
        file.write_text(json.dumps(document))
        given_labels = [f"{name}={value}" for name, value in labels.items() if value]
        command = [str(AMTOOL), "config", "routes", "test", f"--config.file={file}", *given_labels]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert [route.receiver for route in find(root, labels)] == done.stdout.strip().split(",")


@pytest.mark.skipif(AMTOOL is None, reason="amtool (prometheus-alertmanager) is not installed")
def test_random_trees_of_every_kind_of_matcher_are_read_as_amtool_reads_them() -> None:
    assert list(compare(str(AMTOOL), trees=100, seed=7)) == []


def test_a_root_that_does_not_match_finds_nothing() -> None:
    root = replace(ROOT, matchers=(Matcher(name="env", op="=", value="prod"),))
    assert find(root, {"env": "dev"}) == ()
