"""How far the source partitions of samples have been applied in one partition of them.

What a crash keeps from being committed is sent to `tocsin.samples` again, with other offsets
there. A sample's `order` is that of its source and the same each time: what is not beyond the
newest order applied is a repeat.

A topic that is made anew begins a *life*, and offsets begin again in it. Those of later lives count
as later than all before: what was flushed of a new life and what was not can be told apart, though
a crash loses that it began.
"""

import msgspec
import numpy as np
from msgspec import Struct

from streams.samples import Columns, chosen, last_order


class _Place(Struct, array_like=True):
    order: int  # the newest that was applied
    newest: float  # event time that was shown up to there, in epoch seconds
    life: bytes = b""  # the id of its topic, where that is known


class _Kept(Struct, array_like=True):
    """One record, so that a flush which a crash cuts off has all of it or nothing."""

    places: dict[str, _Place]
    offset: int
    lives: int


_LIFE_BITS = 44  # more than offsets have: with a record's own order they have 43
_kept = msgspec.msgpack.Decoder(_Kept | dict[str, _Place])


class Sources:
    """Source partition (`topic/0`) -> how far it has been applied."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._offset = -1  # the newest of messages that were new, where they have their own
        self._lives = 0  # how often the topic that is read was made anew
        self._is_whole = False

    @property
    def first_offset(self) -> int:
        """What is to be added to an offset of this life."""
        return self._lives << _LIFE_BITS

    def take(self, columns: Columns, at: int | None) -> Columns | None:
        """What :meth:`fresh` gives of a message read at an offset (None: the records have theirs).

        New samples at an offset before others' are of a topic that was made anew as well.
        """
        began_anew = at is None and self.began_anew(columns)
        fresh = self.fresh(columns)
        if fresh is not None and at is not None and last_order(columns) >= 0:
            began_anew, self._offset = at <= self._offset, at
        self._lives += began_anew
        return fresh

    def fresh(self, columns: Columns) -> Columns | None:
        """What of a message was not applied before; it counts as applied from now on.

        Where a source :meth:`began_anew`, all of it is.
        """
        last = last_order(columns)
        if last < 0:
            return columns
        newest = _newest(columns, last)
        place = self._places.get(columns.source)
        if place is None or self.began_anew(columns):
            self._places[columns.source] = _Place(last, newest, columns.life)
            return columns
        applied = place.order
        place.order, place.newest = max(applied, last), max(place.newest, newest)
        place.life = columns.life or place.life
        if last <= applied:
            return None
        histograms = [h for h in columns.histograms if h.position > applied]
        kept = columns.order > applied
        return (
            columns if kept.all() and not columns.histograms else chosen(columns, kept, histograms)
        )

    def began_anew(self, columns: Columns) -> bool:
        """Whether the source's topic was made anew: it has another id.

        Where ids are not known its offsets begin again, which repeats do as well: they have
        nothing newer in event time than what was applied, while this has.
        """
        place = self._places.get(columns.source)
        if place is None or last_order(columns) < 0:
            return False
        if place.life and columns.life:
            return place.life != columns.life
        return _newest(columns, place.order) > place.newest

    def dump(self) -> bytes:
        """All of it, to be kept."""
        return msgspec.msgpack.encode(_Kept(self._places, self._offset, self._lives))

    def load(self, kept: bytes) -> None:
        """Take back what :meth:`dump` gave, or gave when it was only the places."""
        told = _kept.decode(kept)
        if isinstance(told, dict):
            self._places = told
            return
        self._is_whole = True
        self._places, self._offset, self._lives = told.places, told.offset, told.lives

    def load_offset(self, offset: int) -> None:
        """Take back what was kept beside the places before it was kept with them."""
        if not self._is_whole:
            self._offset = offset


def _newest(columns: Columns, last: int) -> float:
    """The newest time of what is at an order or before it, 0 where there is none."""
    at = columns.at[: np.searchsorted(columns.order, last, "right")]
    of_histograms = (h.at for h in columns.histograms if h.position <= last)
    return max(float(np.max(at, initial=0.0)), max(of_histograms, default=0.0))
