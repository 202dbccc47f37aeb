"""The state of series as the verbs of detectors see it: by columns.

A detector's `dtype` says what is kept of one series. Its verbs get the state of n series as a
:class:`State`: an array of n for each plain field, and :class:`Cells` for each field with a shape;
of a detector that holds objects, :class:`detectors.objects.Objects` as well.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.objects import Holder, Objects, none_of

Column = npt.NDArray[Any]
Index = npt.NDArray[np.intp]


class Cells:
    """A field of many cells a series, of which a sample touches a few; shape (cells, components).

    `flat` holds the components of many series; those of series i begin at `base[i]`.
    """

    __slots__ = ("_base", "_flat", "_shape")

    def __init__(self, flat: Column, base: Index, shape: tuple[int, int]) -> None:
        self._flat = flat
        self._base = base
        self._shape = shape

    @property
    def flat(self) -> Column:
        """The components of many series, these among them; what is written here is kept."""
        return self._flat

    @property
    def base(self) -> Index:
        """Where the components of each of these series begin in `flat`."""
        return self._base

    def at(self, first: Index) -> Index:
        """Where cells are, given the place of their first component: (..., n) to (c, ..., n)."""
        return first + self._base + _components(self._shape[1], first.ndim)

    def values(self) -> Column:
        """All cells of all series, as a copy: (n, cells, components)."""
        size = self._shape[0] * self._shape[1]
        return self._flat.take(self._base[:, None] + np.arange(size)).reshape(-1, *self._shape)

    def take(self, where: Index) -> Column:
        """The components at places that :meth:`at` gave."""
        return self._flat.take(where)

    def put(self, where: Index, components: Column) -> None:
        """Write components to places that :meth:`at` gave."""
        self._flat[where] = components

    def of(self, chosen: Any) -> "Cells":
        """The cells of some of the series."""
        return Cells(self._flat, self._base[chosen], self._shape)


@lru_cache
def _components(count: int, dimensions: int) -> Index:
    return np.arange(count).reshape(-1, *(1,) * dimensions)


class State(dict[str, Column]):
    """State of n series: a plain field of the dtype is an array of n, to be changed or replaced.

    Fields with a shape are in `cells`, and what a holder keeps in `objects`; `has_replaced` says
    whether an array was replaced by another.
    """

    __slots__ = ("cells", "has_replaced", "objects")

    def __init__(
        self,
        columns: Mapping[str, Column],
        cells: Mapping[str, Cells],
        objects: Objects | None = None,
    ) -> None:
        super().__init__(columns)
        self.has_replaced = False
        self.cells = dict(cells)
        self.objects = objects

    def __setitem__(self, name: str, column: Column) -> None:
        super().__setitem__(name, column)
        self.has_replaced = True

    def update(self, *columns: Any, **more: Column) -> None:
        """As that of a dict, which does not replace one by one."""
        super().update(*columns, **more)
        self.has_replaced = True

    def __ior__(self, columns: Any) -> "State":  # type: ignore[override, misc]
        self.update(columns)
        return self

    def of(self, chosen: Any) -> "State":
        """Some of the series: their columns as copies (or views, by a slice), their own cells."""
        columns = {name: column[..., chosen] for name, column in self.items()}
        cells = {name: cells.of(chosen) for name, cells in self.cells.items()}
        return State(columns, cells, None if self.objects is None else self.objects.of(chosen))

    def fields(self) -> dict[str, Column]:
        """What is kept by field, those of cells as well."""
        return {**self, **{name: cells.values() for name, cells in self.cells.items()}}

    def bytes(self) -> bytes:
        """All that is kept, to be compared."""
        objects = [] if self.objects is None else self.objects.packed()
        columns = [column.tobytes() for column in self.fields().values()]
        return b"".join(columns + [data for data in objects if data is not None])

    def put(self, chosen: Index, columns: Mapping[str, Column]) -> None:
        """Replace columns, with those of some of the series changed."""
        for name, changed in columns.items():
            column = self[name].copy()
            column[..., chosen] = changed
            self[name] = column


def per_row(number: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    """Numbers of rows, or one for all of them, as kernels take them: an array of n, or of 1."""
    return number if isinstance(number, np.ndarray) else np.array([number], np.float64)


def fresh(dtype: np.dtype[Any], series: int = 1, holder: Holder | None = None) -> State:
    """Zeroed state of some series, which belongs to no bank."""
    columns: dict[str, Column] = {}
    cells: dict[str, Cells] = {}
    for name, field in (dtype.fields or {}).items():
        kind, shape = field[0].base, field[0].shape
        if shape:
            size = int(np.prod(shape))
            flat = np.zeros(series * size, kind)
            cells[name] = Cells(flat, np.arange(series) * size, (shape[0], size // shape[0]))
        else:
            columns[name] = np.zeros(series, kind)
    objects = None if holder is None else none_of(np.arange(series), holder)
    return State(columns, cells, objects)
