"""Routes of Alertmanager as routes of ours: the same tree in our words, as plain data.

What is read is Alertmanager's YAML as plain data, which it has accepted.
"""

from collections.abc import Callable, Mapping
from typing import Any

from config.grammars import fallback
from config.matchers import show
from routing.labels import Matcher, Operator

Rename = Callable[[str], str]

_SAME = ("group_by", "group_wait", "group_interval", "repeat_interval", "continue", "labels")
_INTERVALS = {"mute_time_intervals": "mute_intervals", "active_time_intervals": "active_intervals"}


def route_of(node: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """The node and all below it; `rename` makes names of receivers and intervals ours."""
    made: dict[str, Any] = {}
    if node.get("receiver"):
        made["receiver"] = rename(node["receiver"])
    if found := matchers_of(node):
        made["match"] = [show(matcher) for matcher in found]
    made |= {key: node[key] for key in _SAME if node.get(key) not in (None, False)}
    for theirs, ours in _INTERVALS.items():
        if node.get(theirs):
            made[ours] = [rename(name) for name in node[theirs]]
    if node.get("routes"):
        made["routes"] = [route_of(child, rename) for child in node["routes"]]
    return made


def matchers_of(node: Mapping[str, Any], prefix: str = "") -> tuple[Matcher, ...]:
    """All of `match`, `match_re` and `matchers`; they must all hold. Each once, sorted.

    >>> found = matchers_of({"match": {"b": 1}, "matchers": ['{a="x",c!=y}']})
    >>> [show(matcher) for matcher in found]
    ['a="x"', 'b="1"', 'c!="y"']
    """
    found = [*_plain(node, f"{prefix}match", "="), *_plain(node, f"{prefix}match_re", "=~")]
    texts = node.get(f"{prefix}matchers") or []
    for text in [texts] if isinstance(texts, str) else texts:
        found += fallback.matchers(text)
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda one: (one.name, one.value, one.op)))


def _plain(node: Mapping[str, Any], key: str, op: Operator) -> list[Matcher]:
    pairs = (node.get(key) or {}).items()
    return [Matcher(name=str(name), op=op, value=_text(value)) for name, value in pairs]


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
