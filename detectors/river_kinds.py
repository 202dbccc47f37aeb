"""What may be in the saved form of a model of river's, by kind; see `detectors/river_saved.py`."""

import functools
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from river.utils.vectordict import euclidean_distance_tuple

Entry = list[Any]
"""The saved form of one object: its kind, and its parts."""

PLAIN = (type(None), bool, int, float, str)
"""Values that stand where they are."""

CODE: Mapping[str, Any] = {
    "float": float,
    "int": int,
    "list": list,
    "tuple": tuple,
    "euclidean": euclidean_distance_tuple,
}
"""Functions that models hold on to; saved by these names."""

CONTAINERS: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (list, deque, set, tuple, frozenset, dict, OrderedDict, Counter, defaultdict)
}
"""Kinds of containers; subclasses are not among them."""

COMPILED = "river._river_rust."
"""Where river's compiled classes are, which turn themselves into bytes."""

_BUILT_IN = (*CONTAINERS.values(), str, int, float, bytes, UserDict, BaseException)


def typed(key: Any) -> tuple[str, Any]:
    """A key with its type, since 1, 1.0 and True are equal."""
    if type(key) is tuple:
        return "tuple", tuple(map(typed, key))
    if type(key) not in PLAIN:
        raise ValueError(f"a key of type {type(key).__qualname__} cannot be saved")
    return type(key).__name__, key


def untyped(pair: Any) -> Any:
    """The key of what :func:`typed` gave."""
    kind, key = pair
    return tuple(map(untyped, key)) if kind == "tuple" else key


def attributes(thing: Any) -> dict[str, Any]:
    """What an instance has, its slots included."""
    slots = {name: getattr(thing, name) for name in _slots(type(thing)) if hasattr(thing, name)}
    return {**getattr(thing, "__dict__", {}), **slots}


def _slots(kind: type[Any]) -> tuple[str, ...]:
    declared = [one.__dict__.get("__slots__", ()) for one in kind.__mro__]
    names = [name for one in declared for name in ((one,) if isinstance(one, str) else one)]
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def name_of(kind: type[Any]) -> str:
    """By which a class is found again."""
    return f"{kind.__module__}:{kind.__qualname__}"


def is_known(kind: type[Any]) -> bool:
    """Whether instances of a class can be saved: it is one of river's own, of plain objects."""
    return _found(kind.__module__, kind.__qualname__) is kind


@functools.cache
def _found(module: str, name: str) -> type[Any] | None:
    if not module.startswith("river.") or module.startswith(COMPILED):
        return None
    found = getattr(import_module(module), name, None)
    is_plain = isinstance(found, type) and not issubclass(found, _BUILT_IN)
    return found if is_plain else None


def class_of(name: str, prefix: str = "river.") -> type[Any]:
    """The class of a name. Raises ValueError for one that is none of ours."""
    module, _, kind = name.partition(":")
    found = _found(module, kind)
    if prefix == COMPILED == module[: len(COMPILED)]:
        found = getattr(import_module(module), kind, None)
    if not isinstance(found, type):
        raise ValueError(f"not a class of river's: {name}")
    return found
