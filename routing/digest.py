"""Short stable names for things, the same on every machine and in every replay."""

import hashlib

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]


def digest(*parts: str, chars: int) -> str:
    """`chars` base32 letters naming `parts` (even, at most 96); order and borders of parts count.

    >>> digest("a", "b", chars=10)
    'duwgkx7syd'
    >>> digest("ab", chars=10) == digest("a", "b", chars=10)
    False
    """
    size = (chars * 5 + 7) // 8
    number = int.from_bytes(hashlib.blake2b(joined(parts), digest_size=size).digest(), "big")
    number >>= size * 8 - chars * 5
    places = range(5 * (chars - 2), -1, -10)
    return "".join([_PAIRS[number >> place & 1023] for place in places])


def joined(parts: tuple[str, ...] | list[str]) -> bytes:
    """The parts as bytes with 0xff between them, a byte that UTF-8 never uses."""
    text = "\0".join(parts)
    if text.isascii() and text.count("\0") < len(parts):  # as nearly always, and far quicker
        return text.encode("ascii").replace(b"\0", b"\xff")
    return b"\xff".join([part.encode("utf-8", "surrogatepass") for part in parts])
