"""JSON of unknown shape as leaves: what stands at each path, record by record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.codecs.instants import BadInstant, epoch_seconds

_KEY = re.compile(r"(?!\$(?:\.|$))[^*{}\x00-\x1f\x7f]{1,60}")  # what a path can name
_DEEPEST = 8
_MOST_PATHS = 500
_RECENT_S = 30 * 86400.0
_AHEAD_S = 86400.0


@dataclass(slots=True)
class Leaf:
    """What was seen at one path, by the number of the record: numbers, and texts."""

    numbers: dict[int, float] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """In how many records something stands here."""
        return len(self.numbers) + len(self.texts)

    def is_instant(self, now: float, *, recent: bool = False) -> bool:
        """Whether all that stands here are instants; `recent` asks for ones of the last month."""
        values: list[float | str] = [*self.numbers.values(), *self.texts.values()]
        earliest = now - _RECENT_S if recent else 0.0
        try:
            return bool(values) and all(
                epoch_seconds(value, latest=now + _AHEAD_S) >= earliest for value in values
            )
        except BadInstant:
            return False


Leaves = dict[str, Leaf]


def leaves_of(nodes: Sequence[Any]) -> Leaves:
    """The leaves of maps, by path; lists are left out."""
    leaves: Leaves = {}
    for number, node in enumerate(nodes):
        _add(leaves, node, "", number, 0)
    return leaves


def _add(leaves: Leaves, node: Any, path: str, number: int, depth: int) -> None:
    if type(node) is dict and depth < _DEEPEST:
        for key, inner in node.items():
            if _KEY.fullmatch(key) and ".." not in f".{key}.":
                _add(leaves, inner, f"{path}.{key}" if path else key, number, depth + 1)
    elif path and (path in leaves or len(leaves) < _MOST_PATHS):
        if type(node) is float or (type(node) is int and abs(node) < 1 << 63):
            leaves.setdefault(path, Leaf()).numbers[number] = node
        elif type(node) is str:
            leaves.setdefault(path, Leaf()).texts[number] = node


def lists_of(nodes: Sequence[Any], path: str = "", depth: int = 0) -> dict[str, list[Any]]:
    """Lists of maps by path, the items of all nodes together."""
    found: dict[str, list[Any]] = {}
    for node in nodes:
        if type(node) is not dict or depth >= _DEEPEST:
            continue
        for key, inner in node.items():
            here = f"{path}.{key}" if path else key
            if not _KEY.fullmatch(key) or ".." in f".{key}.":
                continue
            if type(inner) is list and inner and all(type(item) is dict for item in inner):
                found.setdefault(here, []).extend(inner)
            elif type(inner) is dict:
                for below, items in lists_of([inner], here, depth + 1).items():
                    found.setdefault(below, []).extend(items)
    return found
