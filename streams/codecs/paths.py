"""Paths and globs into JSON, compiled once: keys with dots between them.

A key may have dots itself: `host.name` finds both `{"host": {"name": "a"}}` and
`{"host.name": "a"}`, the nested one first. A number is the position in a list.
"""

import re
from collections.abc import Callable
from typing import Any

Find = Callable[[object], object]
"""What stands at a path of a record; None where there is nothing, or null."""

_DEEPEST = 64  # levels below which nobody keeps numbers
_MOST_KEYS = 100_000  # remembered of one glob
# Digits: of some thousands of them Python makes no number, and a record may name them.
_LONGEST_POSITION = 9


def compile_path(text: str) -> Find:
    """A function that finds what stands at the path.

    >>> find = compile_path("host.name")
    >>> find({"host": {"name": "a"}}), find({"host.name": "b"}), find({"host": 5})
    ('a', 'b', None)
    """
    return _compiled(text.split("."))


def _compiled(parts: list[str]) -> Find:
    key, index = parts[0], position(parts[0])
    if len(parts) == 1:

        def find_key(node: object) -> object:
            if type(node) is dict:
                return node.get(key)
            return _item(node, index)

        return find_key
    first = _compiled(parts[1:])
    longer = [
        (".".join(parts[:n]), _compiled(parts[n:]) if n < len(parts) else _itself)
        for n in range(2, len(parts) + 1)
    ]

    def find(node: object) -> object:
        """What stands at the path below a node; None for nothing."""
        if type(node) is not dict:
            return first(_item(node, index))
        inner = node.get(key)
        if inner is not None and (found := first(inner)) is not None:
            return found
        for joined, rest in longer:
            inner = node.get(joined)
            if inner is not None and (found := rest(inner)) is not None:
                return found
        return None

    return find


def position(part: str) -> int:
    """The position in a list that a part of a path is, -1 where it is none.

    >>> position("12"), position("host"), position("9" * 5000)
    (12, -1, -1)
    """
    is_one = part.isascii() and part.isdigit() and len(part) <= _LONGEST_POSITION
    return int(part) if is_one else -1


def _itself(node: object) -> object:
    return node


def _item(node: object, index: int) -> object:
    return node[index] if type(node) is list and 0 <= index < len(node) else None


def name_pattern(globs: tuple[str, ...]) -> Callable[[str], object]:
    """Whether one of the globs is the whole name; a star is any text.

    >>> matches = name_pattern(("*_id", "pid"))
    >>> bool(matches("user.account_id")), bool(matches("pids"))
    (True, False)
    """
    texts = (".*".join(re.escape(part) for part in re.split(r"\*+", glob)) for glob in globs)
    return re.compile("|".join(texts) or r"(?!)", re.DOTALL).fullmatch


class Glob:
    """Numbers below a node whose path fits, each with a name: all from the first star on.

    `*` is one key or a part of one, `**` any number of keys. `wants(path, name)` is asked once for
    each path whether to take it; `is_whole` has the whole path for a name.
    """

    def __init__(self, text: str, wants: Callable[[str, str], bool], *, is_whole: bool) -> None:
        parts = text.split(".")
        star = next(i for i, part in enumerate(parts) if "*" in part)
        self._base = "".join(f"{part}." for part in parts[:star])
        self._pattern = re.compile(re.escape(self._base) + _regex(parts[star:]), re.DOTALL)
        self._depth = _DEEPEST if "**" in parts else len(parts)
        self._wants = wants
        self._is_whole = is_whole
        self._root = _Branch("", self._depth)
        self._remembered = 0

    def collect(self, node: object, names: list[str], values: list[float]) -> None:
        """Add the numbers that fit and their names, in the order they stand."""
        if type(node) is dict:
            if self._remembered > _MOST_KEYS:
                self._root, self._remembered = _Branch("", self._depth), 0
            self._walk(node, self._root, names, values)

    def _walk(
        self, node: dict[str, Any], branch: "_Branch", names: list[str], values: list[float]
    ) -> None:
        known, inner = branch.names, branch.inner
        for key, value in node.items():
            kind = type(value)
            if kind is float or kind is int:
                try:
                    name = known[key]
                except KeyError:
                    name = known[key] = self._name(branch.path + key)
                if name is not None:
                    names.append(name)
                    values.append(value)
            elif kind is dict and branch.left > 1:
                try:
                    below = inner[key]
                except KeyError:
                    below = inner[key] = self._below(branch, key)
                if below is not None:
                    self._walk(value, below, names, values)

    def _name(self, path: str) -> str | None:
        self._remembered += 1
        if self._pattern.fullmatch(path) is None:
            return None
        name = path if self._is_whole else path.removeprefix(self._base)
        return name if self._wants(path, name) else None

    def _below(self, branch: "_Branch", key: str) -> "_Branch | None":
        self._remembered += 1
        path = f"{branch.path}{key}."
        if self._base.startswith(path) or path.startswith(self._base):
            return _Branch(path, branch.left - 1)
        return None


class _Branch:
    """The names that a glob made below one path."""

    __slots__ = ("inner", "left", "names", "path")

    def __init__(self, path: str, left: int) -> None:
        self.path = path
        self.left = left
        self.names: dict[str, str | None] = {}
        self.inner: dict[str, _Branch | None] = {}


def _regex(parts: list[str]) -> str:
    """Of paths with dots. A key that has dots itself is one key: the walk goes no deeper."""
    text = ""
    for i, part in enumerate(parts):
        if part != "**":
            text += r".*".join(re.escape(piece) for piece in part.split("*"))
            text += r"\." if i < len(parts) - 1 else ""
        else:
            text += r"(?:.*\.)?" if i < len(parts) - 1 else r".+"
    return text
