"""Columns of gauges, of columns that were counters and histograms."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from streams.samples import Columns

COUNT = "count"

_NO_KINDS = np.zeros(0, np.uint8)
_NO_START = np.zeros(0)


class Made(NamedTuple):
    """A sample that was made of a histogram, with its place in the order of the source."""

    key: str
    at: float
    value: float
    order: int


def derived(key: str, word: str) -> str:
    """The key of a series that is made of another.

    >>> derived('lat{svc="a"}', "p99")
    'lat_p99{svc="a"}'
    """
    name, brace, labels = key.partition("{")
    return f"{name}_{word}{brace}{labels}"


def of_count(key: str) -> str:
    """The key of the histogram whose observations the series counts, or the key itself.

    >>> of_count('lat_count{svc="a"}')
    'lat{svc="a"}'
    """
    name, brace, labels = key.partition("{")
    return f"{name.removesuffix(f'_{COUNT}')}{brace}{labels}"


def only(columns: Columns, value: npt.NDArray[np.float64], kept: npt.NDArray[np.bool_]) -> Columns:
    """The samples that are kept, with other values, and the series that have any."""
    index, keys = columns.index[kept], columns.keys
    is_used = np.bincount(index, minlength=len(keys)) > 0
    if not is_used.all():
        index = (np.cumsum(is_used, dtype=np.int32) - 1)[index]
        keys = [keys[int(i)] for i in np.flatnonzero(is_used)]
    return replace(
        columns,
        keys=keys,
        index=index,
        at=columns.at[kept],
        value=value[kept],
        order=columns.order[kept],
        kinds=_NO_KINDS,
        start=_NO_START,
    )


def joined(columns: Columns, made: Iterable[Made]) -> Columns:
    """The columns without histograms, and what was made of these, in their order."""
    samples = [one for one in made if np.isfinite(one.value)]
    place_of = {key: i for i, key in enumerate(columns.keys)}
    index = [place_of.setdefault(one.key, len(place_of)) for one in samples]
    order = np.append(columns.order, np.array([one.order for one in samples], np.int64))
    by_order = np.argsort(order, kind="stable")
    return replace(
        columns,
        keys=list(place_of),
        index=np.append(columns.index, np.array(index, np.int32))[by_order],
        at=np.append(columns.at, [one.at for one in samples])[by_order],
        value=np.append(columns.value, [one.value for one in samples])[by_order],
        order=order[by_order],
        histograms=(),
    )
