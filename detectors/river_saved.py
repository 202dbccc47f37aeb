"""The saved form of a model of river's: what it knows, as plain values; no code, and no pickle.

A model is a web of objects. Each becomes an entry of a table: its kind, and its parts, of which
plain values stand there and others are references `[number]` into the table; whatever is shared
stays shared. Only what is listed here can be in it: plain values, containers, numeric arrays,
generators of chance, instances of river's classes (made without calling them), their methods, and
the counters of its compiled part. Anything else is refused, in saving and in reading.

Cost: 3-20 µs an object; a window of a thousand vectors is 3,000 objects.
"""

import random
from typing import Any

import msgspec

from detectors.river_kinds import attributes
from detectors.river_table import Table
from detectors.river_web import Web

VERSION = 1


def dump(model: Any) -> bytes:
    """What a model knows. Raises ValueError where something in it cannot be saved."""
    return msgspec.msgpack.encode([VERSION, *Table(model).packed()])


def load(data: bytes) -> Any:
    """The model of what :func:`dump` gave. Raises ValueError for anything else."""
    try:
        version, keys, entries = msgspec.msgpack.decode(data)
        if version != VERSION:
            raise ValueError(f"a model of version {version}, not {VERSION}")
        return Web(keys, entries).root()
    except (LookupError, TypeError, AttributeError, ImportError, msgspec.MsgspecError) as error:
        raise ValueError(f"not a saved model: {error}") from error


def parts(model: Any) -> list[Any]:
    """All objects that a model is made of, itself first. Raises ValueError as :func:`dump`."""
    table = Table(model)
    table.packed()
    return table.objects


def settle(model: Any) -> None:
    """Give a seed to what draws by chance without one: the same samples, the same model."""
    for part in parts(model):
        own = attributes(part)
        if own.get("seed", 0) is None:
            for value in own.values():
                if isinstance(value, random.Random):
                    value.seed(0)
