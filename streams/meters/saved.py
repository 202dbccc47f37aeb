"""The saved form of the meters: a version, and what it says.

Numbers in it are little-endian. Another version is refused in words: its reader begins anew.
"""

from typing import TypeVar

import msgspec

VERSION = 1

Saved = TypeVar("Saved")

_encode = msgspec.msgpack.Encoder().encode
_whole = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])


def save(state: object) -> bytes:
    """State as bytes."""
    return _encode((VERSION, state))


def load(record: bytes, kind: type[Saved]) -> Saved:
    """The state of :func:`save`. Raises ValueError for any other bytes, and another version's."""
    version, state = _whole.decode(record)
    if version != VERSION:
        raise ValueError(f"saved by version {version}, this is {VERSION}")
    return msgspec.msgpack.decode(state, type=kind)
