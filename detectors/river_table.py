"""A model of river's taken apart into a table; see `detectors/river_saved.py`."""

import functools
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

import numpy as np
from river._river_rust.vectordict import VectorDict

from detectors.river_kinds import CODE, COMPILED, PLAIN, Entry, attributes, is_known, name_of, typed

_NAME_OF = {id(code): name for name, code in CODE.items()}
_UNDRAWN = random.Random(0).getstate()


class Table:
    """The objects of a model, numbered as they are found."""

    def __init__(self, root: Any) -> None:
        self.objects: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._keys: dict[tuple[Any, ...], int] = {}
        self._root = self._value(root)

    def packed(self) -> tuple[list[Any], list[Entry]]:
        """The names of attributes and keys, each set of them once; and the entries."""
        entries = []
        for thing in self.objects:  # grows on the way
            entries.append(self._entry(thing))
        return [list(keys) for keys in self._keys], entries

    def _value(self, value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        # whether equal frozensets are one object differs between a model and its copy
        identity = value if type(value) is frozenset else id(value)
        number = self._numbers.setdefault(identity, len(self.objects))
        if number == len(self.objects):
            self.objects.append(value)
        return [number]

    def _values(self, values: Any) -> list[Any]:
        return [self._value(value) for value in values]

    def _mapped(self, mapping: Mapping[Any, Any]) -> list[Any]:
        """The number of the keys, and the values."""
        keys = tuple(map(typed, mapping))
        return [self._keys.setdefault(keys, len(self._keys)), *self._values(mapping.values())]

    def _entry(self, thing: Any) -> Entry:
        kind = type(thing)
        if kind in _ENTRIES:
            return _ENTRIES[kind](self, thing)
        if id(thing) in _NAME_OF:
            return ["code", _NAME_OF[id(thing)]]
        if is_known(kind):
            return ["instance", name_of(kind), *self._mapped(attributes(thing))]
        if isinstance(thing, type) and is_known(thing):
            return ["class", name_of(thing)]
        if kind.__module__.startswith(COMPILED):
            return self._compiled(thing)
        raise ValueError(f"an object of {kind.__module__}.{kind.__qualname__} cannot be saved")

    def _compiled(self, thing: Any) -> Entry:
        arguments = thing.__getnewargs__() if hasattr(thing, "__getnewargs__") else ()
        return ["compiled", name_of(type(thing)), list(arguments), thing.__getstate__()]

    def _vector(self, thing: Any) -> Entry:
        made, (content, factory, mask, _) = thing.__reduce__()
        if made is not VectorDict or factory is not None or mask is not None:
            raise ValueError("a masked vector cannot be saved")
        return ["vector", *self._mapped(content)]

    def _bound(self, thing: MethodType) -> Entry:
        return ["method", self._value(thing.__self__), thing.__name__]

    def _partial(self, thing: "functools.partial[Any]") -> Entry:
        if thing.keywords:
            raise ValueError("a partial function with keywords cannot be saved")
        return ["partial", self._value(thing.func), *self._values(thing.args)]


def _random(_: Table, thing: random.Random) -> Entry:
    state = thing.getstate()
    if state == _UNDRAWN:
        return ["random"]
    return ["random", state[0], np.array(state[1], "<u4").tobytes(), state[2]]


def _array(_: Table, thing: Any) -> Entry:
    array = np.asarray(thing)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"an array of {array.dtype} cannot be saved")
    dtype = array.dtype.newbyteorder("<")
    is_scalar = isinstance(thing, np.generic)
    return ["array", dtype.str, list(array.shape), array.astype(dtype).tobytes(), is_scalar]


_ENTRIES: dict[type[Any], Callable[[Table, Any], Entry]] = {
    **{
        kind: lambda table, thing: [type(thing).__name__, *table._values(thing)]
        for kind in (list, tuple, set, frozenset)
    },
    **{
        kind: lambda table, thing: [type(thing).__name__, *table._mapped(thing)]
        for kind in (dict, OrderedDict, Counter)
    },
    deque: lambda table, thing: ["deque", thing.maxlen, *table._values(thing)],
    defaultdict: lambda table, thing: [
        "defaultdict",
        table._value(thing.default_factory),
        *table._mapped(thing),
    ],
    VectorDict: Table._vector,
    MethodType: Table._bound,
    functools.partial: Table._partial,
    random.Random: _random,
    np.ndarray: _array,
    **dict.fromkeys((np.float64, np.float32, np.int64, np.int32, np.bool_), _array),
}
