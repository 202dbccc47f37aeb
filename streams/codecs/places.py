"""Places: where something stands in a record, and what it is as a number or a text."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from streams.codecs.faults import Fault
from streams.codecs.json_records import kind_of
from streams.codecs.paths import Find, compile_path

ROOT = "$."
"""Begins a path in the whole record, where only a part of it is read."""


class Place(NamedTuple):
    """A path, from the whole record or from the part that is read."""

    text: str
    is_root: bool
    find: Find


def at(place: Place, node: object, root: object) -> Any:
    """What stands there, None where there is nothing."""
    return place.find(root if place.is_root else node)


def place_of(path: str) -> Place:
    """The place of a path."""
    is_root = path.startswith(ROOT)
    return Place(path, is_root, compile_path(path.removeprefix(ROOT)))


def first_of(paths: Iterable[str | None]) -> Place | None:
    """A place that is the first of several where something stands."""
    places = [place_of(path) for path in paths if path]
    if len(places) < 2:
        return places[0] if places else None
    finds = [place.find for place in places]

    def find(node: object) -> object:
        for one in finds:
            if (found := one(node)) is not None:
                return found
        return None

    return Place(places[0].text, places[0].is_root, find)


def number(value: Any, place: Place) -> float:
    """The number that a value is or reads. Raises Fault."""
    kind = type(value)
    if kind is float or kind is int:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return 1.0 if value else 0.0
    if kind is str:
        try:
            return float(value)
        except ValueError:
            pass
    raise Fault("shape", f"{kind_of(value)} stands at {place.text!r} where a number should")


def text_of(value: Any) -> str | None:
    """The text of a label; None for what is none."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return "true" if value else "false"
    return repr(value) if kind is int or kind is float else None
