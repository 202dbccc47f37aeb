"""The saved form of groups: a record each, its key the group's."""

import msgspec
from msgspec import Struct

from detectors.group import Group
from detectors.model import Model
from detectors.records import VERSION, Ignored
from detectors.running_range import Range


class _Head(Struct, frozen=True, array_like=True):
    version: int
    signature: str


class _Saved(Struct, frozen=True, array_like=True):
    version: int
    signature: str
    key: str
    applied: int
    ranges: dict[str, Range]
    vector: dict[str, float]
    at: float
    newest: dict[str, float]
    grown: msgspec.Raw  # as the model gave it; nil where it has seen nothing


_NIL = msgspec.Raw(b"\xc0")
_encode = msgspec.msgpack.Encoder().encode
_head = msgspec.msgpack.Decoder(_Head).decode
_saved = msgspec.msgpack.Decoder(_Saved).decode


class GroupRecords:
    """Packs and unpacks the groups of banks of one signature."""

    def __init__(self, signature: str, model: Model) -> None:
        self._signature = signature
        self._model = model

    def pack(self, group: Group) -> bytes:
        """The value of a group's record."""
        return _encode(
            _Saved(
                VERSION,
                self._signature,
                group.key,
                group.applied,
                group.ranges,
                group.vector,
                group.at,
                group.newest,
                _NIL if group.grown is None else msgspec.Raw(group.grown.dump()),
            )
        )

    def unpack(self, value: bytes) -> Group | Ignored:
        """The group of a value. Raises ValueError where it is none of ours."""
        head = _head(value)
        if head.version != VERSION:
            return Ignored.VERSION
        if head.signature != self._signature:
            return Ignored.SIGNATURE
        saved = _saved(value)
        group = Group(saved.key, self._model, saved.applied)
        group.ranges, group.vector = saved.ranges, saved.vector
        group.at, group.newest = saved.at, saved.newest
        if saved.grown != _NIL:
            group.knowing.load(bytes(saved.grown))
        return group
