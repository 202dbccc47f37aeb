"""A model of river's put together from a table; see `detectors/river_saved.py`."""

import functools
import random
from collections import deque
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import Any

import numpy as np
from river._river_rust.vectordict import VectorDict

from detectors.river_kinds import CODE, COMPILED, CONTAINERS, Entry, class_of, is_known, untyped

_SHARED = ("list", "deque", "dict", "OrderedDict", "Counter", "defaultdict", "set", "instance")


class Web:
    """The objects of a table, made again: first all that others refer to, then what is in them."""

    def __init__(self, keys: list[Any], entries: list[Entry]) -> None:
        self._keys = [list(map(untyped, one)) for one in keys]
        self._entries = entries
        self._made: dict[int, Any] = {}

    def root(self) -> Any:
        """The first object, with all that belongs to it."""
        for number, (kind, *rest) in enumerate(self._entries):
            if kind in _SHARED:
                self._made[number] = _empty(kind, rest)
        filled = sorted(self._made, key=lambda n: self._entries[n][0] == "set")
        for number in filled:  # sets last: their members must be able to tell their hashes
            self._fill(self._made[number], *self._entries[number])
        return self._object(0)

    def _fill(self, thing: Any, kind: str, *rest: Any) -> None:
        if kind == "instance":
            for name, value in self._mapping(rest[1:]).items():
                object.__setattr__(thing, name, value)
        elif kind in ("list", "deque"):
            thing.extend(map(self._value, rest[kind == "deque" :]))
        elif kind == "set":
            thing.update(map(self._value, rest))
        else:
            if kind == "defaultdict":
                thing.default_factory = self._value(rest[0])
            thing.update(self._mapping(rest[kind == "defaultdict" :]))

    def _value(self, value: Any) -> Any:
        return self._object(value[0]) if isinstance(value, list) else value

    def _object(self, number: int) -> Any:
        if number not in self._made:
            kind, *rest = self._entries[number]
            self._made[number] = _MADE_OF[kind](self, *rest)
        return self._made[number]

    def _mapping(self, rest: Any) -> dict[Any, Any]:
        return dict(zip(self._keys[rest[0]], map(self._value, rest[1:]), strict=True))

    def _tuple(self, *values: Any) -> Any:
        return tuple(map(self._value, values))

    def _frozenset(self, *values: Any) -> Any:
        return frozenset(map(self._value, values))

    def _code(self, name: str) -> Any:
        return CODE[name]

    def _class(self, name: str) -> Any:
        return class_of(name)

    def _method(self, owner: Any, name: str) -> Any:
        thing = self._value(owner)
        method = getattr(type(thing), name)
        if not isinstance(method, FunctionType) or not is_known(type(thing)):
            raise ValueError(f"not a method of a model: {name}")
        return MethodType(method, thing)

    def _partial(self, function: Any, *arguments: Any) -> Any:
        return functools.partial(self._value(function), *map(self._value, arguments))

    def _vector(self, *rest: Any) -> Any:
        return VectorDict(self._mapping(rest), None, None, True)

    def _compiled(self, name: str, arguments: list[Any], state: bytes) -> Any:
        kind = class_of(name, COMPILED)
        thing = kind.__new__(kind, *arguments)
        thing.__setstate__(state)
        return thing

    def _random(self, *state: Any) -> Any:
        chance = random.Random(0)
        if state:
            words = tuple(np.frombuffer(state[1], "<u4").tolist())
            chance.setstate((state[0], words, state[2]))
        return chance

    def _array(self, dtype: str, shape: list[int], data: bytes, is_scalar: bool) -> Any:
        array = np.frombuffer(data, dtype).reshape(shape).copy()
        return array[()] if is_scalar else array


_MADE_OF: Mapping[str, Callable[..., Any]] = {
    "tuple": Web._tuple,
    "frozenset": Web._frozenset,
    "code": Web._code,
    "class": Web._class,
    "method": Web._method,
    "partial": Web._partial,
    "vector": Web._vector,
    "compiled": Web._compiled,
    "random": Web._random,
    "array": Web._array,
}
"""How what is not in `_SHARED` is made."""


def _empty(kind: str, rest: list[Any]) -> Any:
    if kind == "instance":
        return object.__new__(class_of(rest[0]))
    return deque(maxlen=rest[0]) if kind == "deque" else CONTAINERS[kind]()
