"""What is said where a path of a mapping leads to nothing: the key, and which keys there are."""

import re
from collections.abc import Iterable

from streams.codecs.json_records import kind_of
from streams.codecs.paths import position

_MOST_KEYS = 8
_LONGEST = 40
_BRACKETS = re.compile(r"\[(\d+|\*)\]")


def absent(setting: str, path: str, node: object) -> str:
    """Why nothing is found at a path below a node.

    >>> absent("timestamp", "meta.at", {"meta": {"time": 5, "id": "a"}})
    'mapping.timestamp is meta.at: there is no "at" in "meta", which has: time, id'
    >>> absent("each", "readings", {"values": []})
    'mapping.each is readings: there is no "readings" in the record, which has: values'
    """
    return f"mapping.{setting} is {_clipped(path)}: {_where(path, node)}{_hint([path])}"


def none_of(paths: Iterable[str], node: object) -> str:
    """Why there is no number at any of the paths that `fields` and `series` name.

    >>> none_of(["load", "disk.*"], {"cpu": 1})
    'mapping takes numbers at load, disk.*: none stands there; the record has: cpu'
    """
    named = list(paths)
    if len(named) == 1 and "*" not in named[0]:
        return f"mapping takes a number at {_clipped(named[0])}: {_where(named[0], node)}" + _hint(
            named
        )
    return (
        f"mapping takes numbers at {_few(named)}: none stands there; the record {_keys(node)}"
        + _hint(named)
    )


def _where(path: str, node: object) -> str:
    """How far a path leads, and which keys there are where it ends."""
    parts, inside = path.removeprefix("$.").split("."), "the record"
    while parts:
        key, found = _longest_key(parts, node)
        if found is None and isinstance(node, dict) and key in node:
            return f"null stands at {_quoted(key)} in {inside}"
        if found is None:
            return f"there is no {_quoted(parts[0])} in {inside}, which {_keys(node)}"
        node, inside = found, _quoted(key)
        del parts[: key.count(".") + 1]
    return f"{kind_of(node)} stands there"


def _longest_key(parts: list[str], node: object) -> tuple[str, object]:
    """The key that begins a path and that a node has, and what stands at it."""
    if isinstance(node, list):
        place = position(parts[0])
        return parts[0], node[place] if 0 <= place < len(node) else None
    keys = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    has = node if isinstance(node, dict) else {}
    return next(((key, has[key]) for key in keys if has.get(key) is not None), (parts[0], None))


def _keys(node: object) -> str:
    """What a node has, as the end of a sentence."""
    if isinstance(node, dict):
        return f"has: {_few(map(str, node))}" if node else "has no keys"
    if isinstance(node, list):
        return f"is a list of {len(node)}"
    return f"is {kind_of(node)}"


def _few(names: Iterable[str]) -> str:
    shown = [_clipped(name) for name in names]
    more = len(shown) - _MOST_KEYS
    return ", ".join(shown[:_MOST_KEYS]) + (f" and {more} more" if more > 0 else "")


def _hint(paths: Iterable[str]) -> str:
    if any(_BRACKETS.search(path) for path in paths):
        return " (lists: readings.0.value is in the first item; `each: readings` reads all)"
    return ""


def _quoted(key: str) -> str:
    return f'"{_clipped(key)}"'


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
