"""State that is objects: for detectors whose state of a series is not numbers of a fixed count.

A detector that keeps an object a series is a :class:`Holder`: it says how one is saved. Its verbs
find the objects of the series they are given in `state.objects`.
"""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


@runtime_checkable
class Holder(Protocol):
    """Saves and restores the objects of a detector."""

    def dump(self, thing: Any) -> bytes:
        """An object as bytes; the same bytes for the same knowledge."""

    def load(self, data: bytes) -> Any:
        """The object of what `dump` gave; raises ValueError for anything else."""


class Objects:
    """The objects of n series, to be changed where they are; a series that has none has None."""

    __slots__ = ("_held", "_holder", "_rows")

    def __init__(self, held: dict[int, Any], rows: npt.NDArray[Any], holder: Holder) -> None:
        self._held = held
        self._rows = rows
        self._holder = holder

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return map(self._held.get, self._rows.tolist())

    def __getitem__(self, i: int) -> Any:
        return self._held.get(int(self._rows[i]))

    def __setitem__(self, i: int, thing: Any) -> None:
        self._held[int(self._rows[i])] = thing

    def of(self, chosen: Any) -> "Objects":
        """Those of some of the series: the same objects."""
        return Objects(self._held, self._rows[chosen], self._holder)

    def packed(self) -> list[bytes | None]:
        """Each of them as bytes."""
        return [None if thing is None else self._holder.dump(thing) for thing in self]


def none_of(rows: npt.NDArray[Any], holder: Holder) -> Objects:
    """No objects as yet, in a place of their own."""
    return Objects({}, np.asarray(rows), holder)
