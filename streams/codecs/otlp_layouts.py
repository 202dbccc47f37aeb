"""Layouts of OTLP messages: what a resource sends again and again, with other numbers in it.

A producer sends the same points in the same order every few seconds, and their instants and values
have a fixed width: two of its messages differ in nothing else. So one is remembered without its
numbers, and from a later one that is the same but for these, they are taken all at once.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.codecs.decoded import Kind
from streams.codecs.gathered import Gathered
from streams.codecs.otlp_points import Other, Walk, resource_of

_FEWEST = 16  # points for which it pays, if there is not more of other things
_MOST_BYTES = 128 << 20  # of all that is remembered
_POINT_BYTES = 64  # what a point adds to its bytes in the message

_HAS_START, _INT = 0x11, 0x31  # tags
_WIDTH = 9  # of a number with its tag

Places = npt.NDArray[np.intp]


class Layout(NamedTuple):
    """A message without its numbers, and where these are in it.

    `others` are the metrics that are not made of numbers, which may hold anything of that length.
    """

    bare: bytes
    keys: list[str]
    kinds: Mapping[str, Kind]
    starts: Places  # beyond the message where a point has none
    stamps: Places
    values: Places
    are_ints: npt.NDArray[np.bool_]
    others: list[Other]


class Layouts:
    """The layouts of the messages that came more than once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes], Layout | None] = {}
        self._bytes = 0

    def find(self, block: bytes) -> Layout | None:
        """The layout of what a resource sent, None where it is not known."""
        layout = self._known.get((len(block), resource_of(block)))
        if layout is None or _bare(block, layout) != layout.bare:
            return None
        return layout

    def remember(self, block: bytes, walk: Walk, found: Gathered, before: int) -> None:
        """Remember a block that was walked, if one like it was there; its samples are the last."""
        if not walk.are_plain or len(walk.points) < max(_FEWEST, len(walk.others)):
            return
        like = (len(block), resource_of(block))
        self._bytes += len(block) + len(like[1]) + _POINT_BYTES * len(walk.points)
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._bytes = 0
        self._known[like] = _layout(block, walk, found, before) if like in self._known else None


def add_laid_out(found: Gathered, block: bytes, layout: Layout) -> None:
    """Add the numbers of a block of that layout, without `position`."""
    words = _words(block + bytes(8))
    raw = words[layout.values]
    values = np.where(layout.are_ints, raw.view(np.int64), raw.view(np.float64))
    found.keys += layout.keys
    found.stamps += words[layout.stamps].tolist()
    found.values += values.tolist()
    found.starts += words[layout.starts].tolist()
    found.kinds.update(layout.kinds)


def _layout(block: bytes, walk: Walk, found: Gathered, before: int) -> Layout:
    """The numbers of a point follow each other: start, which may be missing, time and value."""
    tags = [block[point : point + 2 * _WIDTH + 1 : _WIDTH] for point in walk.points]
    points = np.array(walk.points, np.intp) + 1
    has_start = np.array([tag[0] == _HAS_START for tag in tags])
    stamps = points + _WIDTH * has_start
    layout = Layout(
        bare=b"",
        keys=found.keys[before:],
        kinds=walk.kinds,
        starts=np.where(has_start, points, len(block)),
        stamps=stamps,
        values=stamps + _WIDTH,
        are_ints=np.array([_INT in tag for tag in tags]),
        others=walk.others,
    )
    return layout._replace(bare=bytes(_bare(block, layout)))


def _bare(block: bytes, layout: Layout) -> bytearray:
    """A message without the numbers that are where a layout says."""
    bare = bytearray(block + bytes(8))
    words = _words(bare)
    for places in (layout.starts, layout.stamps, layout.values):
        words[places] = 0
    for _, first, last in layout.others:
        bare[first:last] = bytes(last - first)
    return bare


def _words(data: bytes | bytearray) -> npt.NDArray[Any]:
    """The eight bytes from each place on, as a number."""
    return np.ndarray((len(data) - 7,), "<u8", data, 0, (1,))
