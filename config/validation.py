"""Runs a pydantic model over part of a document, and says what it found in our words."""

import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.documents import Document, Loc
from config.errors import EMPTY, BareSecret, Place, Wrong, did_you_mean, listed
from config.models.values import is_variable

M = TypeVar("M", bound=BaseModel)

_OF_KEYS = frozenset({"missing", "extra_forbidden"})
_OR = "or"  # where the words stand that would do as well

_WORD = re.compile(r"'((?:[^'\\]|\\.)*)'")


def validate(model: type[M], document: Document, loc: Loc, data: object) -> M | None:
    """The checked object, or None with the problems in the document."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = _one_each(data, error.errors(include_url=False))
        for details in found:
            if not _is_misspelt(model, details, found):
                _report(document, model, loc, data, details)
    return None


def _one_each(data: object, found: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Of a value that is neither this nor that one problem, which says both."""
    kept: dict[tuple[object, ...], ErrorDetails] = {}
    for details in found:
        loc = (details["type"] in _OF_KEYS, *_existing(data, details["loc"]))
        place = (*loc, details["loc"]) if details["type"] in _OF_KEYS else loc
        first = kept.setdefault(place, details)
        if first is not details and details["type"] == "literal_error":
            first["ctx"] = {**first.get("ctx", {}), _OR: _words(details)}
    return list(kept.values())


def _is_misspelt(
    model: type[BaseModel], missing: ErrorDetails, found: Sequence[ErrorDetails]
) -> bool:
    """Whether a missing key is there, under a name that another problem already speaks of."""
    if missing["type"] != "missing":
        return False
    *parent, name = missing["loc"]
    known = keys_at(model, tuple(parent))
    return any(
        other["type"] == "extra_forbidden"
        and list(other["loc"][:-1]) == parent
        and f'"{name}"' in did_you_mean(str(other["loc"][-1]), known)
        for other in found
    )


def _report(
    document: Document, model: type[BaseModel], base: Loc, data: object, details: ErrorDetails
) -> None:
    loc = _existing(data, details["loc"])
    whole = (*base, *loc)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        document.report(document.key_of(whole[:-1]), whole[:-1], f'"{loc[-1]}" is missing')
    elif kind == "extra_forbidden":
        word = str(loc[-1])
        message = f'unknown key "{word}"' + _other_key(word, keys_at(model, details["loc"][:-1]))
        document.report(document.key_of(whole), whole, message)
        if whole[0] == "channels" or whole[:2] in {("kafka", "sasl"), ("kafka", "tls")}:
            _hide(document, details["input"])  # it may be a secret under a misspelt key
    elif loc and loc[-1] == "[key]":
        document.report(document.key_of(whole[:-1]), whole[:-1], _name_message(details))
    else:
        place = document.place_of(whole)
        error = context.get("error")
        if isinstance(error, BareSecret):
            _hide(document, details["input"])
        elif isinstance(error, Wrong):
            place = inside(document, place, details["input"], error.offset)
        if not document.is_spoilt(place):
            known = keys_at(model, details["loc"]) if kind == "model_type" else []
            its_keys = f"; its keys: {', '.join(sorted(known))}" if known else ""
            document.report(place, whole, _message(details, place) + its_keys)


def _hide(document: Document, source: object) -> None:
    """Hide what stands where the source of a secret should, names of sources apart."""
    if not isinstance(source, Mapping):
        document.hide(source)
        return
    for key, value in source.items():
        if key != "file" and not (key == "env" and is_variable(value)):
            document.hide(value)


def _existing(data: object, loc: tuple[int | str, ...]) -> Loc:
    """The parts of pydantic's location that are in the data; it also names types of unions."""
    found: list[str | int] = []
    for i, part in enumerate(loc):
        if _has(data, part):
            data = data[part]  # type: ignore[index]
            found.append(part)
        elif i == len(loc) - 1 and (isinstance(data, Mapping) or part == "[key]"):
            found.append(part)
    return tuple(found)


def _has(data: object, part: int | str) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, Mapping) and part in data


def _other_key(word: str, known: list[str]) -> str:
    if meant := did_you_mean(word.removesuffix("_s"), known) or did_you_mean(word, known):
        return meant
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def inside(document: Document, place: Place, value: object, offset: int) -> Place:
    """The place moved into the text of a value, where the source shows the value as it is."""
    lines = document.lines.get(place.file, [])
    if not offset or not isinstance(value, str) or not 0 < place.line <= len(lines):
        return place
    start = lines[place.line - 1].find(value, place.column - 1)
    if start < 0 or offset > len(value):
        return place
    return Place(place.file, place.line, start + offset + 1, 1)


def _name_message(details: ErrorDetails) -> str:
    if isinstance(error := details.get("ctx", {}).get("error"), Wrong):
        return str(error)
    return f"{details['input']!r} will not do as a name: no spaces, slashes or braces"


def _message(details: ErrorDetails, place: Place) -> str:
    if details["input"] is None and details["type"] not in {"value_error"}:
        return EMPTY
    speak = _MESSAGES.get(details["type"])
    said = speak(details, place) if speak else details["msg"]
    words = details.get("ctx", {}).get(_OR)
    return f"{said}, or {listed(words)}" if words else said


def _text(details: ErrorDetails, place: Place) -> str:
    value = details["input"]
    if isinstance(value, bool | int | float):
        return f'must be text: write "{place.text or value}" in quotes'
    return f"must be text, not {_kind(value)}"


def _literal(details: ErrorDetails, _: Place) -> str:
    words = _words(details)
    return f"must be {listed(words)}" + did_you_mean(str(details["input"]), words)


def _words(details: ErrorDetails) -> list[str]:
    return _WORD.findall(str(details.get("ctx", {}).get("expected", "")))


def _pattern(details: ErrorDetails, _: Place) -> str:
    return f"{details['input']!r} is not of the form {details.get('ctx', {}).get('pattern')}"


def _kind(value: object) -> str:
    names = {dict: "a map", list: "a list", str: "text", bool: "true or false"}
    return names.get(type(value), "a number")


def _bound(words: str) -> Callable[[ErrorDetails, Place], str]:
    def speak(details: ErrorDetails, _: Place) -> str:
        bound = next(iter(details.get("ctx", {}).values()), "")
        return f"must be {words} {f'{bound:g}' if isinstance(bound, float) else bound}"

    return speak


def _too_few(least: int) -> str:
    return "must not be empty" if least == 1 else f"must have {least} items at least"


def _wanted(words: str) -> Callable[[ErrorDetails, Place], str]:
    return lambda details, _: f"must be {words}, not {_kind(details['input'])}"


_MESSAGES: Mapping[str, Callable[[ErrorDetails, Place], str]] = {
    "value_error": lambda details, _: str(details.get("ctx", {}).get("error", details["msg"])),
    "string_type": _text,
    "literal_error": _literal,
    "enum": _literal,
    "string_pattern_mismatch": _pattern,
    "int_type": _wanted("a whole number"),
    "float_type": _wanted("a number"),
    "bool_type": _wanted("true or false"),
    "list_type": _wanted("a list (items that begin with a dash)"),
    "tuple_type": _wanted("a list (items that begin with a dash)"),
    "dict_type": _wanted("a map (`key: value`)"),
    "model_type": _wanted("a map (`key: value`)"),
    "greater_than": _bound("more than"),
    "greater_than_equal": _bound("at least"),
    "less_than": _bound("less than"),
    "less_than_equal": _bound("at most"),
    "too_short": lambda details, _: _too_few(details.get("ctx", {}).get("min_length", 1)),
    "string_too_short": lambda *_: "must not be empty",
    "string_too_long": lambda *_: "is too long",
}


def keys_at(model: object, loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the model knows at a location below it."""
    for part in loc:
        model = _step(model, part)
    keys: list[str] = []
    for found in _models(model):
        keys += [field.alias or name for name, field in found.model_fields.items()]
    return keys


def _step(hint: object, part: int | str) -> object:
    for model in _models(hint):
        for name, field in model.model_fields.items():
            if part in {name, field.alias}:
                return field.annotation
    for candidate in _unwrapped(hint):
        origin, arguments = typing.get_origin(candidate), typing.get_args(candidate)
        if origin is dict:
            return arguments[1]
        if origin in {list, tuple} and isinstance(part, int):
            return arguments[0]
    return hint  # pydantic's own word for the branch of a union


def _models(hint: object) -> list[type[BaseModel]]:
    return [
        part for part in _unwrapped(hint) if isinstance(part, type) and issubclass(part, BaseModel)
    ]


def _unwrapped(hint: object) -> list[object]:
    """The alternatives of a union, annotations taken off."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _unwrapped(typing.get_args(hint)[0])
    if origin in {Union, types.UnionType}:
        return [part for option in typing.get_args(hint) for part in _unwrapped(option)]
    return [hint]
