"""YAML text to plain values, with the place of every key and value.

ruamel.yaml composes the text into nodes, which know where they stand; here the nodes become dicts,
lists and scalars. Everything wrong on the way is a :class:`Problem`, and reading goes on.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.errors import Place, Problem, Wrong
from config.interpolation import interpolate
from config.syntax import explain

Loc = tuple[str | int, ...]

_MOST_VALUES = 200_000  # aliases can multiply a small text into a huge value
_MOST_BYTES = 8_000_000
_DEEPEST = 60
_LOOP = "nested too deeply: does an alias (*name) stand inside its own anchor?"
_TAG = "tag:yaml.org,2002:"
_KEY_LINE = re.compile(r"\s*(- )?[\w-]+:(\s|$)")
_LINE_END = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # as ruamel.yaml counts them
_WHOLE = re.compile(r"[-+]?\d[\d_]*|0x[0-9a-fA-F_]+|0o[0-7_]+", re.ASCII)


@dataclass(slots=True)
class Document:
    """Plain data, and where each part of it was written."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Loc, Place] = field(default_factory=dict)  # of values
    keys: dict[Loc, Place] = field(default_factory=dict)  # of the keys of maps
    lines: dict[Path, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # what no message may show
    spoilt: set[tuple[Path, int, int]] = field(default_factory=set)
    calendars: list[Path] = field(default_factory=list)  # other files that it was read from
    is_broken: bool = False  # part of the text could not be read at all

    def report(self, place: Place, loc: Loc, message: str, *, is_warning: bool = False) -> None:
        """Note a problem at a place."""
        lines = self.lines.get(place.file, [])
        source = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
        self.problems.append(
            Problem(
                place=place,
                path=path_text(loc),
                message=message,
                source=source,
                level="warning" if is_warning else "error",
            )
        )

    def hide(self, value: object) -> None:
        """Show no text in this value when problems are rendered."""
        if isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                self.hide(part)
        elif value is not None and (text := str(value).strip()):
            self.hidden.add(text)

    def spoil(self, place: Place, loc: Loc, message: str) -> None:
        """Note a value that cannot be read, so that nothing else is said about it."""
        self.spoilt.add((place.file, place.line, place.column))
        self.report(place, loc, message)

    def is_spoilt(self, place: Place) -> bool:
        """Whether the value there could not be read."""
        return (place.file, place.line, place.column) in self.spoilt

    def give_up(self, place: Place, message: str) -> None:
        """Note a problem that keeps the rest of a file from being read."""
        self.is_broken = True
        self.report(place, (), message)

    def place_of(self, loc: Loc) -> Place:
        """Where the value at `loc` stands, or the nearest thing that is there."""
        for end in range(len(loc), 0, -1):
            if place := self.places.get(loc[:end]):
                return place
        return self._beginning()

    def key_of(self, loc: Loc) -> Place:
        """Where the key of `loc` stands; for a list item, the item."""
        for end in range(len(loc), 0, -1):
            if place := self.keys.get(loc[:end]) or self.places.get(loc[:end]):
                return place
        return self._beginning()

    def _beginning(self) -> Place:
        return Place(next(iter(self.lines), Path("config")), 1, 1)


def path_text(loc: Loc) -> str:
    """A location as people write it.

    >>> path_text(("route", "routes", 0, "receiver"))
    'route.routes[0].receiver'
    """
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_document(file: Path, content: bytes, environ: Mapping[str, str]) -> Document:
    """The document in one file's content. Problems are in it; it never raises."""
    document = Document()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        document.give_up(Place(file, line, column), "not UTF-8 text: save the file as UTF-8")
        return document
    document.lines[file] = _LINE_END.split(text)
    if len(content) > _MOST_BYTES:
        document.give_up(Place(file, 1, 1), "too large: a file may have 8 MB")
        return document
    root = _compose(document, file, text)
    if root is not None:
        _Reader(document, file, environ).read_root(root)
    return document


def _compose(document: Document, file: Path, text: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="rt", pure=True).compose(text)
    except YAMLError as error:
        line, column, message = explain(error, text)
        document.give_up(Place(file, line, column), message)
    except RecursionError:
        document.give_up(Place(file, 1, 1), "nested too deeply")
    except (ValueError, LookupError, AssertionError, AttributeError, TypeError, OverflowError):
        # ruamel.yaml fails in these ways on text that is far from YAML
        document.give_up(Place(file, 1, 1), "not YAML")
    else:
        return root
    return None


class _Reader:
    """Turns the nodes of one file into values."""

    def __init__(self, document: Document, file: Path, environ: Mapping[str, str]) -> None:
        self._document = document
        self._file = file
        self._environ = environ
        self._left = _MOST_VALUES

    def read_root(self, root: Node) -> None:
        """Read the whole file into the document; what is no map of sections is a problem there."""
        place = self._place(root)
        if isinstance(root, ScalarNode) and not root.value:
            return
        if not isinstance(root, MappingNode):
            self._document.give_up(
                place, "a configuration is a map of sections, such as `inputs:` and `route:`"
            )
            return
        try:
            self._document.data = self._mapping(root, (), ())
        except _TooMuch as error:
            self._document.give_up(error.place or place, str(error))

    def _value(self, node: Node, loc: Loc, inside: tuple[int, ...]) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _TooMuch("too much data: aliases (*name) repeat it too often")
        if id(node) in inside or len(inside) > _DEEPEST:
            raise _TooMuch(_LOOP, self._place(node))
        self._document.places[loc] = self._place(node)
        match node:
            case MappingNode():
                return self._mapping(node, loc, (*inside, id(node)))
            case SequenceNode():
                inside = (*inside, id(node))
                return [self._value(v, (*loc, i), inside) for i, v in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, loc)
        return None

    def _mapping(self, node: MappingNode, loc: Loc, inside: tuple[int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            name = self._key(key, loc)
            if name is None:
                continue
            if str(key.tag) == f"{_TAG}merge":
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif name in result:
                first = self._document.keys[(*loc, name)]
                self._document.report(
                    self._place(key),
                    (*loc, name),
                    f'"{name}" is here twice; it is already in line {first.line}',
                )
            else:
                self._document.keys[(*loc, name)] = self._place(key)
                result[name] = self._value(value, (*loc, name), inside)
        for source in merged:
            self._merge(source, result, loc, inside)
        return result

    def _merge(self, source: Node, into: dict[str, Any], loc: Loc, inside: tuple[int, ...]) -> None:
        """What `<<: *name` brings; keys written out win."""
        if not isinstance(source, MappingNode):
            self._document.report(self._place(source), loc, "<< takes a map: write <<: *name")
            return
        if id(source) in inside:
            raise _TooMuch(_LOOP, self._place(source))
        brought = [(key, value) for key, value in source.value if key.value not in into]
        part = MappingNode(source.tag, brought, source.start_mark, source.end_mark)
        into.update(self._mapping(part, loc, (*inside, id(source))))

    def _key(self, node: Node, loc: Loc) -> str | None:
        if isinstance(node, ScalarNode) and node.value:
            return str(node.value)
        self._document.report(self._place(node), loc, "a key must be plain text before the colon")
        return None

    def _scalar(self, node: ScalarNode, loc: Loc) -> Any:
        text, tag = str(node.value), str(node.tag).removeprefix(_TAG)
        if node.style == ">":
            text = text.replace("\a", "")  # where ruamel.yaml would fold the lines again
        self._suspect_open_quote(node, loc)
        try:
            if "${" in text:
                filled = interpolate(text, self._environ)
                is_plain = not node.style and filled != text
                return _retyped(filled) if is_plain else filled
            return _scalar(text, tag)
        except Wrong as error:
            self._document.spoil(self._place(node), loc, str(error))
            return text

    def _suspect_open_quote(self, node: ScalarNode, loc: Loc) -> None:
        """A quoted text that swallows whole lines of keys has most likely lost its end."""
        first, last = node.start_mark.line, node.end_mark.line
        swallowed = self._document.lines[self._file][first + 1 : last + 1]
        if node.style in {'"', "'"} and any(_KEY_LINE.match(line) for line in swallowed):
            message = f"this text ends in line {last + 1} only: is its closing quote missing?"
            self._document.report(self._place(node), loc, message, is_warning=True)

    def _place(self, node: Node) -> Place:
        start, end = node.start_mark, node.end_mark
        is_one_line = start.line == end.line and not isinstance(node, MappingNode | SequenceNode)
        width = max(1, end.column - start.column) if is_one_line else 1
        lines = self._document.lines[self._file]
        line = min(start.line, max(0, len(lines) - 1))  # an empty value may stand after the end
        text = lines[line][start.column : start.column + width] if lines else ""
        return Place(self._file, line + 1, start.column + 1, width, text)


class _TooMuch(Exception):
    """Nothing more of this file can be read, from `place` on where one is known."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.place = place
        super().__init__(message)


def _scalar(text: str, tag: str) -> Any:
    match tag:
        case "str" | "timestamp" | "value" | "merge":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return _whole(text)
        case "float":
            return _fraction(text)
    raise Wrong(f"tags are not used here: remove {tag}")


def _whole(text: str) -> int | str:
    if not _WHOLE.fullmatch(text) or len(text) > 30:
        return text
    digits = text.replace("_", "")
    return int(digits, 0 if digits[:2] in {"0x", "0o"} else 10)


def _fraction(text: str) -> float | str:
    try:
        number = float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    if not math.isfinite(number):
        raise Wrong(f"{text} is not a number that can be used")
    return number


def _retyped(text: str) -> Any:
    """A plain scalar after interpolation: numbers and booleans get their type back."""
    if _WHOLE.fullmatch(text):
        return _whole(text)
    if text in {"true", "false"}:
        return text == "true"
    return text
