"""Short stable names for things, the same on every machine and in every replay."""

import base64
import hashlib


def digest(*parts: str, chars: int) -> str:
    """`chars` base32 letters naming `parts` (at most 96); order and borders of the parts count.

    >>> digest("a", "b", chars=10)
    'duwgkx7syd'
    >>> digest("ab", chars=10) == digest("a", "b", chars=10)
    False
    """
    raw = hashlib.blake2b(joined(parts), digest_size=(chars * 5 + 7) // 8).digest()
    return base64.b32encode(raw).decode()[:chars].lower()


def joined(parts: tuple[str, ...] | list[str]) -> bytes:
    """The parts as bytes with 0xff between them, a byte that UTF-8 never uses."""
    return b"\xff".join(part.encode("utf-8", "surrogatepass") for part in parts)
