"""Our routes against Alertmanager's: `python -m bench.routes`; needs its `amtool`.

Random trees of routes, in its words and read into ours, and random labels: `amtool config routes
test` and our tree must name the same receivers in the same order. Every node has a receiver of its
own, so that the answer names nodes.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from config.alertmanager.routes import route_of
from config.documents import Document
from config.matchers import quoted
from config.models.routing import RouteModel
from config.policy import build_route
from routing.policy import Route
from routing.routes import find

NAMES = ("env", "team", "zone", "alertname", "_x", "a:b")
VALUES = ("", "a", "b", "ab", "prod", "a b", 'a"b', "a,b", "a\\b", "é", "=", "~a", "{a}", "a\nb")
PATTERNS = (
    *(
        "",
        "a",
        "a|b",
        "a.*",
        ".+",
        ".*",
        "[ab]",
        "(a|b)b?",
        "^a$",
        "a|",
        "prod|dev",
        r"\w+",
        "[^a]",
    ),
    *(
        r"a\.b",
        "(?i)A",
        "a{1,2}",
        ".",
        "..",
        r"\pL",
        "a\\s?b",
        "(?s)a.b",
        "b*",
        "(?:a|b)+",
        "é|=",
        ".?",
    ),
)
OPERATORS = ("=", "!=", "=~", "!~")


def main() -> None:
    """Compare, and exit with 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    amtool = shutil.which("amtool")
    if amtool is None:
        sys.exit("amtool is not here; Debian's package prometheus-alertmanager has it")
    differences = list(compare(amtool, chosen.trees, chosen.seed))
    for difference in differences[:10]:
        print(json.dumps(difference, ensure_ascii=False))
    print(f"{chosen.trees} trees, {len(differences)} differences")
    sys.exit(bool(differences))


def compare(amtool: str, trees: int, seed: int) -> Iterator[dict[str, Any]]:
    """The cases in which the two differ."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        cases = (_case(random.Random(f"{seed}/{n}")) for n in range(trees))
        numbered = ((n, *case) for n, case in enumerate(cases))
        for difference in pool.map(lambda one: _differs(amtool, Path(folder), *one), numbered):
            if difference:
                yield difference


def ours(tree: dict[str, Any], labels: dict[str, str]) -> list[str]:
    """The receivers that our tree finds."""
    return [route.receiver for route in find(read(tree), labels)]


def read(tree: dict[str, Any]) -> Route:
    """A tree of theirs, as the importer and our builder read it."""
    document = Document()
    model = RouteModel.model_validate(route_of(tree, str))
    route = build_route(document, model)
    return route


def theirs(amtool: str, file: Path, tree: dict[str, Any], labels: dict[str, str]) -> list[str]:
    """The receivers that amtool names."""
    document = {"route": tree, "receivers": [{"name": name} for name in _receivers(tree)]}
    file.write_text(json.dumps(document))
    given = [f"{name}={quoted(value)}" for name, value in labels.items()]
    command = [amtool, "config", "routes", "test", f"--config.file={file}", *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip().split(",") if done.returncode == 0 else [done.stderr]


def _differs(
    amtool: str, folder: Path, number: int, tree: dict[str, Any], labels: dict[str, str]
) -> dict[str, Any] | None:
    file = folder / f"{number}.yml"
    answers = {"ours": ours(tree, labels), "theirs": theirs(amtool, file, tree, labels)}
    file.unlink()
    if answers["ours"] == answers["theirs"]:
        return None
    return {"tree": tree, "labels": labels, **answers}


def _case(chance: random.Random) -> tuple[dict[str, Any], dict[str, str]]:
    tree = {"receiver": "r", "routes": _below(chance, "r", 3)}
    names = chance.sample(NAMES, chance.randint(0, len(NAMES)))
    return tree, {name: chance.choice(VALUES[1:]) for name in names}


def _below(chance: random.Random, above: str, depth: int) -> list[dict[str, Any]]:
    count = chance.choice((0, 1, 2, 3, 5)) if depth < 3 else chance.randint(1, 6)
    return [_node(chance, f"{above}-{n}", depth) for n in range(count if depth else 0)]


def _node(chance: random.Random, name: str, depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"receiver": name, "continue": chance.random() < 0.4}
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        _add_matcher(chance, node)
    node["routes"] = _below(chance, name, depth - 1)
    return node


def _add_matcher(chance: random.Random, node: dict[str, Any]) -> None:
    label, op = chance.choice(NAMES), chance.choice(OPERATORS)
    value = chance.choice(PATTERNS if op.endswith("~") else VALUES)
    form = chance.choice(("match", "list", "several"))
    if form == "match" and op in ("=", "=~") and ":" not in label:
        node.setdefault("match" if op == "=" else "match_re", {})[label] = value
        return
    text = f"{label}{op}{quoted(value)}"
    other = f"{chance.choice(NAMES)}!={chance.choice(('a', 'prod', 'x'))}"
    node.setdefault("matchers", []).append(f"{{{text}, {other}}}" if form == "several" else text)


def _receivers(node: dict[str, Any]) -> list[str]:
    below = (name for child in node.get("routes", []) for name in _receivers(child))
    return [node["receiver"], *below]


if __name__ == "__main__":
    main()
