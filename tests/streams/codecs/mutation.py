"""Records as no producer should write them: valid ones, mutated, and random bytes."""

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from streams.codecs.faults import LARGEST

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_HUGE = (b"1e999", b"-1e308", b"9" * 400, b"9" * 5000, b"1e-400", b"NaN", b"-Infinity", b"0x1F")
_ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        "",
        "NaN",
        "-Inf",
        "1e999",
        "\ud800",
        "a{b",
        'q"',
        "x\n",
        "\x00",
        "é" * 600,
    ),
    *(0, -1, 1 << 63, 1 << 64, 10**400, 1.7e308, float("nan"), float("inf"), -0.0),
    *([], {}, [[]], {"": {}}, {"a": None}, [None], ["x"], {"x}": "y", "": ""}, [{}]),
)
_NESTS = (50, 900, 5000, 100_000)
_SIZES = (LARGEST - 1, LARGEST, LARGEST + 1, 2 * LARGEST)

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(chance: random.Random, corpus: Sequence[bytes]) -> bytes | None:
    """One of the records with one to three things done to it; now and then something else."""
    if chance.random() < 0.02:
        return chance.choice((None, b"", b" \n", chance.randbytes(chance.randrange(200))))
    value = chance.choice(corpus)
    choices = _MEANING if chance.random() < 0.6 else _BYTES
    for _ in range(chance.randint(1, 3)):
        (mutation,) = chance.choices(*choices)
        value = mutation(chance, value, corpus)
    return value


def _flip_bits(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(value)
    for _ in range(min(len(changed), chance.randint(1, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    return value[: chance.randrange(len(value) + 1)]


def _cut_out(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(value) + 1) for _ in range(2))
    return value[:start] + value[end:]


def _repeat(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(value) + 1) for _ in range(2))
    return value[:end] + value[start:end] * chance.randint(1, 3) + value[end:]


def _splice(chance: random.Random, value: bytes, corpus: Sequence[bytes]) -> bytes:
    other = chance.choice(corpus)
    return value[: chance.randrange(len(value) + 1)] + other[chance.randrange(len(other) + 1) :]


def _insert(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(value) + 1)
    more = chance.choice((b"\x00", b"\xff\xfe", b"\\ud800", b'"', b"\n", b",", b"}", b"=", b"\r\n"))
    return value[:at] + more + value[at:]


def _change_number(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    numbers = list(_NUMBER.finditer(value))
    if not numbers:
        return value
    one = chance.choice(numbers)
    return value[: one.start()] + chance.choice(_HUGE) + value[one.end() :]


def _swap_types(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    try:
        tree = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return json.dumps(_replaced(chance, tree)).encode()


def _replaced(chance: random.Random, node: Any) -> Any:
    """The tree with something odd in one place of it, or one key gone, or one more."""
    if not isinstance(node, dict | list) or not node or chance.random() < 0.15:
        return chance.choice(_ODD)
    if isinstance(node, list):
        at = chance.randrange(len(node))
        return [*node[:at], _replaced(chance, node[at]), *node[at + 1 :]]
    key = chance.choice(list(node))
    if chance.random() < 0.1:
        return {name: inner for name, inner in node.items() if name != key}
    if chance.random() < 0.1:
        return {**node, chance.choice(("", "a=b", "x{", "é", "name", "k" * 2000)): node[key]}
    return {**node, key: _replaced(chance, node[key])}


def _nest(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    depth = chance.choice(_NESTS)
    opened, closed = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"\x0a\x7f", b"")))
    return opened * depth + value[:100] + closed * chance.choice((0, depth))


def _grow(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    size = chance.choice(_SIZES)
    if chance.random() < 0.5:
        return value.ljust(size)
    return (value * (size // max(1, len(value)) + 1))[:size]


def _random(chance: random.Random, value: bytes, _: Sequence[bytes]) -> bytes:
    return chance.randbytes(chance.randrange(300))


_Choices = tuple[Sequence[Mutation], Sequence[float]]
_MEANING: _Choices = ((_swap_types, _change_number), (5, 1))
_BYTES: _Choices = (
    (_flip_bits, _cut, _cut_out, _repeat, _splice, _insert, _random, _nest, _grow),
    (10, 5, 10, 5, 10, 10, 2, 0.1, 0.02),
)
