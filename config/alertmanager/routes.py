"""Routes of Alertmanager as routes of ours: the same tree in our words, as plain data."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from config.errors import Wrong
from config.grammars import fallback
from config.matchers import show
from routing.labels import Matcher, Operator

Rename = Callable[[str], str]

NEVER = "never"
"""The time interval that keeps a route quiet whose receiver is to tell nobody."""

_SAME = ("group_by", "continue", "labels")
_TIMERS = ("group_wait", "group_interval", "repeat_interval")
_INTERVALS = {"mute_time_intervals": "mute_intervals", "active_time_intervals": "active_intervals"}


class Misplaced(Wrong):
    """What is wrong in Alertmanager's file; `path` says where."""

    def __init__(self, path: tuple[str | int, ...], wrong: Wrong) -> None:
        self.path = path
        super().__init__(str(wrong), offset=wrong.offset)


def route_of(
    node: Mapping[str, Any],
    rename: Rename,
    null: Collection[str] = (),
    *,
    above: str = "",
    path: tuple[str | int, ...] = ("route",),
) -> dict[str, Any]:
    """The node and all below it.

    `rename` makes names of receivers and intervals ours; a route to a receiver in `null` is quiet.
    """
    receiver = node.get("receiver") or above
    made: dict[str, Any] = {}
    if node.get("receiver"):
        made["receiver"] = rename(receiver)
    if found := matchers_of(node, path=path):
        made["match"] = [show(matcher) for matcher in found]
    made |= {key: node[key] for key in _SAME if node.get(key) not in (None, False)}
    made |= {key: duration(node[key]) for key in _TIMERS if node.get(key)}
    for theirs, ours in _INTERVALS.items():
        if node.get(theirs):
            made[ours] = [rename(name) for name in node[theirs]]
    if receiver in null:
        made["active_intervals"] = [NEVER]
    if node.get("routes"):
        made["routes"] = [
            route_of(child, rename, null, above=receiver, path=(*path, "routes", i))
            for i, child in enumerate(node["routes"])
        ]
    return made


def matchers_of(
    node: Mapping[str, Any], prefix: str = "", path: tuple[str | int, ...] = ()
) -> tuple[Matcher, ...]:
    """All of `match`, `match_re` and `matchers`; they must all hold. Each once, sorted.

    >>> found = matchers_of({"match": {"b": 1}, "matchers": ['{a="x",c!=y}']})
    >>> [show(matcher) for matcher in found]
    ['a="x"', 'b="1"', 'c!="y"']
    """
    found = [*_plain(node, f"{prefix}match", "="), *_plain(node, f"{prefix}match_re", "=~")]
    key = f"{prefix}matchers"
    texts = node.get(key) or []
    for i, text in enumerate([texts] if isinstance(texts, str) else texts):
        try:
            found += fallback.matchers(text)
        except Wrong as wrong:
            raise Misplaced((*path, key, i), wrong) from None
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda one: (one.name, one.value, one.op)))


def duration(text: object) -> str:
    """A duration of theirs as ours: years are days here, and nothing is a millisecond.

    >>> duration("1y"), duration("0s"), duration("1h30m")
    ('365d', '1ms', '1h30m')
    """
    said = re.sub(r"(\d+)y", lambda found: f"{int(found[1]) * 365}d", str(text))
    return said if re.search(r"[1-9]", said) else "1ms"


def _plain(node: Mapping[str, Any], key: str, op: Operator) -> list[Matcher]:
    pairs = (node.get(key) or {}).items()
    return [Matcher(name=str(name), op=op, value=_text(value)) for name, value in pairs]


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
