"""The attic of a bank: the objects of its rows, for the parts that hold any."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from detectors.layout import Part
from detectors.objects import Holder, Objects
from detectors.state import Index


class Attic:
    """Objects by part and row; see `detectors/objects.py`. Most banks have none."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._holders = {part.name: part.holder for part in parts if part.holder is not None}
        self._held: dict[str, dict[int, Any]] = {name: {} for name in self._holders}

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    @property
    def parts(self) -> Collection[str]:
        """The parts that hold objects."""
        return self._holders.keys()

    def objects(self, part: str, rows: Index) -> Objects | None:
        """The objects of a part of some rows; None where it holds none."""
        holder: Holder | None = self._holders.get(part)
        return None if holder is None else Objects(self._held[part], rows, holder)

    def packed(self, rows: Index) -> list[bytes]:
        """The objects of each row as bytes: none at all where no part holds any."""
        if not self._holders:
            return [b""] * len(rows)
        parts = [Objects(self._held[name], rows, h).packed() for name, h in self._holders.items()]
        return list(map(msgspec.msgpack.encode, zip(*parts, strict=True)))

    def read(self, data: bytes) -> list[Any]:
        """The objects of bytes that :meth:`packed` gave. Raises ValueError for anything else."""
        try:
            packed = _objects(data) if data else []
        except msgspec.MsgspecError as error:
            raise ValueError(f"not the objects of a row: {error}") from error
        if len(packed) != len(self._holders):
            raise ValueError(f"{len(packed)} objects of a row, not {len(self._holders)}")
        holders = self._holders.values()
        return [one and h.load(one) for h, one in zip(holders, packed, strict=True)]

    def put(self, row: int, objects: Sequence[Any]) -> None:
        """Make objects that :meth:`read` gave those of a row."""
        for held, one in zip(self._held.values(), objects, strict=True):
            held.pop(row, None)
            if one is not None:
                held[row] = one

    def free(self, rows: Index) -> None:
        """Let go of the objects of rows."""
        for held in self._held.values():
            for row in rows.tolist():
                held.pop(row, None)


_objects = msgspec.msgpack.Decoder(list[bytes | None]).decode
